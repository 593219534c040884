/** A job that never started is told from one that failed. */
import assert from "node:assert/strict";
import { runChild } from "../../../skills/sandbox/child.ts";
import { createLaunchPool } from "../../../skills/sandbox/launch_pool.ts";
import { LaunchError } from "../../../skills/sandbox/launch_error.ts";
import { sandboxed } from "../../../skills/sandbox/sandbox.ts";
import { writeSkill } from "../skill_files.ts";
import { hostOf, hostRequest } from "../host/host_rig.ts";
import { noSandbox, sandbox, temporaryFolder, tools } from "../machine.ts";

const LIMITS = { memoryMb: 128, processes: 16 };

function test(name: string, body: () => Promise<void>) {
  Deno.test(`${name}${noSandbox.why}`, { ignore: noSandbox.ignore }, body);
}

/** Runs shell text as a job that also sees `shown`. */
async function job(script: string, shown?: string, pooled = false) {
  await using folder = await temporaryFolder();
  const pool = pooled
    ? createLaunchPool({ sh: tools.sh!, path: tools.path, groups: tools.groups ?? null, size: 1 })
    : null;
  try {
    assert.ok(sandbox.type === "bubblewrap");
    const { exitCode, stdout } = await runChild({
      ...sandboxed(sandbox, {
        binds: shown === undefined ? [] : [{ from: shown, to: "/shown" }],
        temp: null,
        seed: folder.path,
        cwd: "/",
        env: { PATH: "/usr/bin:/bin" },
        command: ["/bin/sh", "-c", script],
      }, folder.path),
      timeoutMs: 60_000,
      outputBytes: 65_536,
      sh: tools.sh!,
      path: tools.path,
      tree: LIMITS,
      groups: tools.groups,
      pool,
      clock: Date.now,
    });
    return { exitCode, out: new TextDecoder().decode(stdout.bytes) };
  } finally {
    await pool?.close();
    assert.deepEqual([...Deno.readDirSync(folder.path)], [], "nothing is left beside the job");
  }
}

for (const pooled of [false, true]) {
  test(`runChild() throws if the sandbox cannot be made${pooled ? ", also in a waiting shell" : ""}`, async () => {
    await assert.rejects(
      job("exit 0", "/nonexistent", pooled),
      (error) =>
        error instanceof LaunchError && /find source path \/nonexistent/.test(error.message),
    );
  });

  test(`a job that talks like bubblewrap has its own exit code${pooled ? ", also in a waiting shell" : ""}`, async () => {
    const script =
      'for f in /proc/self/fd/*; do echo "${f##*/}"; done; echo "bwrap: no" >&2; exit 1';
    const { exitCode, out } = await job(script, undefined, pooled);
    assert.equal(exitCode, 1);
    assert.doesNotMatch(out, /^[89]$/m, "it has not the descriptors of its start");
  });
}

test("a skill whose sandbox cannot be made ends as cannot_run, and tells its buyer no path", async () => {
  await using folder = await temporaryFolder();
  const terms = 'kinds = [5650]\n[run]\nrunner = "command"\ncommand = ["true"]\n';
  await writeSkill(`${folder.path}/skills/plain`, terms);
  assert.ok(sandbox.type === "bubblewrap");
  const broken = { ...sandbox, hidden: [...sandbox.hidden, "/proc/no/such/file"] };
  const outcome = await hostOf(folder.path, { sandbox: broken }).runKind(hostRequest(5650));
  assert.deepEqual([outcome.status, outcome.errorCode], ["error", "cannot_run"]);
  assert.equal(outcome.content, "this provider could not start the job in its sandbox");
  assert.match(outcome.log ?? "", /no\/such/);
});
