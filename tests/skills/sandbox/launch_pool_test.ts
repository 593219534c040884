/** Shells that wait to become a job. */
import assert from "node:assert/strict";
import { type ChildResult, runChild } from "../../../skills/sandbox/child.ts";
import { createLaunchPool, type LaunchPool } from "../../../skills/sandbox/launch_pool.ts";
import { sandboxed } from "../../../skills/sandbox/sandbox.ts";
import { limitSettings } from "../../../skills/sandbox/shell_limits.ts";
import { noGroups, noSandbox, sandbox, temporaryFolder, tools } from "../machine.ts";

const no = noSandbox.ignore ? noSandbox : noGroups;
const place = () => ({ sh: tools.sh!, path: tools.path, groups: tools.groups ?? null, size: 2 });

async function job(
  folder: string,
  pool: LaunchPool | null,
  script: string,
  stdin?: Uint8Array,
): Promise<ChildResult> {
  if (sandbox.type === "none") throw new Error("there is no sandbox");
  const limits = { memoryMb: 100, processes: 20 };
  const at = await Deno.makeTempDir({ dir: folder });
  await Deno.mkdir(`${at}/job`);
  return await runChild({
    ...sandboxed(sandbox, {
      binds: [{ from: `${at}/job`, to: "/job", write: true }],
      temp: `${at}/job`,
      seed: at,
      cwd: "/job",
      env: { PATH: "/usr/bin:/bin", QUOTED: "it's $HOME `x`\n\\" },
      setup: limitSettings(limits),
      command: ["/bin/sh", "-c", script],
    }, at),
    timeoutMs: 120_000,
    outputBytes: 100_000,
    sh: tools.sh!,
    path: tools.path,
    tree: limits,
    groups: tools.groups,
    pool,
    stdin,
    clock: Date.now,
  });
}

const text = ({ stdout }: ChildResult) => new TextDecoder().decode(stdout.bytes);
const groupsOf = async () => {
  const list = 'ls -d "$@" 2>/dev/null; :';
  const { memory, processes, processor } = tools.groups!;
  const at = [memory, processes, processor].filter((each) => each !== null)
    .map((each) => `${each}/crosstown-job-${Deno.pid}-*`);
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", list.replace('"$@"', at.join(" "))],
  }).output();
  return new TextDecoder().decode(stdout).trim().split("\n").filter((line) => line !== "");
};

Deno.test(`a waiting shell becomes the same job that is started by itself${no.why}`, {
  ignore: no.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const pool = createLaunchPool(place());
  try {
    const script = 'env | sort; pwd; for f in /proc/self/fd/*; do echo "${f##*/}"; done; ' +
      "ulimit -n; cat; echo e >&2; exit 7";
    const input = crypto.getRandomValues(new Uint8Array(5_000)).toHex();
    const bytes = new TextEncoder().encode(input);
    const [one, two] = [
      await job(folder.path, pool, script, bytes),
      await job(folder.path, null, script, bytes),
    ];
    assert.equal(text(one), text(two));
    assert.ok(text(one).endsWith(input));
    assert.match(text(one), /^QUOTED=it's \$HOME `x`\n(.*\n)?\\\n/m);
    assert.deepEqual([one.exitCode, two.exitCode], [7, 7]);
    assert.equal(new TextDecoder().decode(one.stderr.bytes), "e\n");
    assert.equal(text(await job(folder.path, pool, "cat; echo end")), "end\n");
  } finally {
    await pool.close();
  }
});

Deno.test(`each job of a pool has a control group of its own, and none is left${no.why}`, {
  ignore: no.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const before = await groupsOf();
  const pool = createLaunchPool(place());
  const taken: string[] = [];
  try {
    // A fixed number: on a slow machine the pool is filled again before a shell has ended.
    while (taken.length < 4) {
      const shell = pool.take();
      if (shell === null) break;
      taken.push(shell.group!.kills);
      await Promise.all([shell.child.stdout.cancel(), shell.child.stderr.cancel()]);
      await shell.child.stdin.close();
      await shell.child.status;
    }
    assert.ok(taken.length >= 2);
    assert.equal(new Set(taken).size, taken.length);
    // Until a shell waits again.
    await new Promise((resolve) => setTimeout(resolve, 60));
    const hog = "x=$(head -c 300000000 /dev/zero | tr '\\0' x); echo ${#x}";
    assert.equal((await job(folder.path, pool, hog)).end, "memory");
  } finally {
    await pool.close();
  }
  await untilGone((await groupsOf()).filter((each) => !before.includes(each)));
});

Deno.test(
  `a job whose waiting shell is ended by a signal before it became the job is run all the same${no.why}`,
  {
    ignore: no.ignore,
  },
  async () => {
    await using folder = await temporaryFolder();
    const before = await groupsOf();
    for (const signal of ["SIGINT", "SIGTERM", "SIGKILL"] as const) {
      const pool = createLaunchPool({ ...place(), size: 1 });
      try {
        const taken = pool.take()!;
        taken.child.kill(signal);
        await taken.child.status;
        // It has ended, and nobody has noticed yet.
        const shells = [taken];
        const late: LaunchPool = { ...pool, take: () => shells.shift() ?? null };
        const { end, exitCode, stdout } = await job(folder.path, late, "echo ran; exit 3");
        assert.deepEqual([end, exitCode, new TextDecoder().decode(stdout.bytes)], [
          "exit",
          3,
          "ran\n",
        ]);
        assert.deepEqual(shells, []);
      } finally {
        await pool.close();
      }
    }
    await untilGone((await groupsOf()).filter((each) => !before.includes(each)));
  },
);

Deno.test(`a waiting shell whose provider is gone takes its group away${no.why}`, {
  ignore: no.ignore,
}, async () => {
  const before = await groupsOf();
  const pool = createLaunchPool({ ...place(), size: 1 });
  const { child } = pool.take()!;
  await child.stdin.close();
  await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
  assert.equal((await child.status).code, 0);
  await pool.close();
  await untilGone((await groupsOf()).filter((each) => !before.includes(each)));
});

/** Tests in other files make groups meanwhile, which are removed when their jobs end. A group that stays is a leak. */
async function untilGone(groups: readonly string[]): Promise<void> {
  let left = groups;
  for (let tries = 0; left.length > 0 && tries < 2_400; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const now = await groupsOf();
    left = left.filter((each) => now.includes(each));
  }
  assert.deepEqual(left, []);
}
