/** The total that a job holds: memory that its processes share, and empty files. */
import assert from "node:assert/strict";
import { type ChildResult, type ChildSpec, runChild } from "../../skills/sandbox/child.ts";
import { findControlGroups } from "../../skills/sandbox/control_groups.ts";
import { noGroups, temporaryFolder, tools } from "./machine.ts";

const python = tools.path.split(":").map((folder) => `${folder}/python3`);
const interpreter = await (async () => {
  for (const file of python) {
    if (!file.includes("shims") && await Deno.stat(file).then(() => true, () => false)) return file;
  }
  return null;
})();

function child(folder: string, more: Partial<ChildSpec>): Promise<ChildResult> {
  return runChild({
    command: "/bin/sh",
    args: [],
    cwd: folder,
    env: { PATH: "/usr/bin:/bin" },
    timeoutMs: 120_000,
    outputBytes: 10_000,
    sh: "/bin/sh",
    path: "/usr/bin:/bin",
    clock: Date.now,
    ...more,
  });
}

for (const groups of [true, false]) {
  const need = groups ? noGroups : { ignore: false, why: "" };
  Deno.test(
    `runChild() tells what a child took, ${
      groups ? "by its control group" : "as the watchdog saw it"
    }${need.why}`,
    { ignore: need.ignore },
    async () => {
      await using folder = await temporaryFolder();
      // One child process works, and a second one waits for the watchdog's next check.
      const work = "i=0; while [ $i -lt 200000 ]; do i=$((i + 1)); done";
      const result = await child(folder.path, {
        args: ["-c", `sh -c '${work}'; sleep 2`],
        tree: { memoryMb: 200, processes: 10 },
        groups: groups ? tools.groups : null,
      });
      assert.equal(result.end, "exit");
      const { cpuMs, memoryBytes } = result.usage;
      assert.ok(cpuMs !== null && cpuMs >= 20 && cpuMs < 30_000, `${cpuMs} ms`);
      assert.ok(memoryBytes !== null && memoryBytes > 50_000 && memoryBytes < 200 << 20);
    },
  );
}

/** Python that holds 400 MiB and waits. */
const HOLDS = {
  "shared by two processes":
    "import mmap,os,time\nm=mmap.mmap(-1,400<<20)\nos.fork()\nfor i in range(0,400<<20,4096): m[i]=1\ntime.sleep(60)",
  "in a memfd that no process maps":
    "import os,time\nf=os.memfd_create('x')\nfor i in range(400): os.write(f,bytes(1<<20))\ntime.sleep(60)",
  "in a shared mapping whose pages were let go":
    "import mmap,time\nm=mmap.mmap(-1,400<<20)\nfor i in range(0,400<<20,4096): m[i]=1\nm.madvise(mmap.MADV_DONTNEED)\ntime.sleep(60)",
};

const noPython = interpreter === null
  ? { ignore: true, why: " (ignored: no python3 to take memory with)" }
  : { ignore: false, why: "" };

for (const [name, script] of Object.entries(HOLDS)) {
  const need = noGroups.ignore ? noGroups : noPython;
  Deno.test(
    `runChild() with a control group ends a job that holds too much memory ${name}${need.why}`,
    {
      ignore: need.ignore,
    },
    async () => {
      await using folder = await temporaryFolder();
      const result = await child(folder.path, {
        command: interpreter!,
        args: ["-c", script],
        tree: { memoryMb: 200, processes: 10 },
        groups: tools.groups,
      });
      assert.equal(result.end, "memory", new TextDecoder().decode(result.stderr.bytes));
      assert.equal(result.exitCode, 137);
    },
  );
}

Deno.test(`runChild() without control groups counts shared memory, once${noPython.why}`, {
  ignore: noPython.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const run = (memoryMb: number, script: string) =>
    child(folder.path, {
      command: interpreter!,
      args: ["-c", script],
      tree: { memoryMb, processes: 10 },
    });
  const shared = HOLDS["shared by two processes"];
  assert.equal((await run(200, shared)).end, "memory");
  // Both processes map all of it, so the sum of resident memory is 800 MiB.
  const brief = shared.replace("sleep(60)", "sleep(1)");
  assert.equal((await run(600, brief)).end, "exit");
});

Deno.test(`runChild() leaves no control group behind, and nothing that ran in it${noGroups.why}`, {
  ignore: noGroups.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const { memory } = tools.groups!;
  // With the task's permissions, Deno opens no file below /sys and /proc for a test.
  const shell = async (script: string, arg: string) => {
    const { stdout } = await new Deno.Command("/bin/sh", {
      args: ["-c", script, "sh", arg],
      stderr: "null",
    }).output();
    return new TextDecoder().decode(stdout).trim();
  };
  const mine = async () =>
    (await shell('ls "$1"', memory)).split("\n").filter((name) => /^crosstown-job/.test(name));
  const before = new Set(await mine());
  // In its own session, so that the end of the process group does not reach it.
  const script = "setsid sleep 300 >/dev/null 2>&1 & echo $!; cat /proc/self/cgroup";
  const result = await child(folder.path, {
    args: ["-c", script],
    tree: { memoryMb: 100, processes: 10 },
    groups: tools.groups,
  });
  const [pid, ...groups] = new TextDecoder().decode(result.stdout.bytes).split("\n");
  assert.match(groups.join("\n"), /crosstown-job-/);
  // It was killed; its new parent may not have reaped it yet.
  const stat = await shell('cat "/proc/$1/stat" || echo "(gone) Z"', pid);
  assert.match(stat, /\) [ZX]/);
  const left = (await mine()).filter((name) => !before.has(name) && groups.join().includes(name));
  assert.deepEqual(left, []);
});

Deno.test("findControlGroups() takes version 2 where the group is a service of our own, and moves its processes down", async () => {
  await using at = await temporaryFolder();
  // The kernel fills a new group with files; here a mkdir of the test does. No machine of ours has memory under version 2.
  const own = `${at.path}/cgroup/system.slice/crosstown.service`;
  const bin = `${at.path}/bin`;
  await Deno.mkdir(own, { recursive: true });
  await Deno.mkdir(bin);
  await Deno.writeTextFile(`${own}/cgroup.controllers`, "cpu memory pids\n");
  await Deno.writeTextFile(`${own}/cgroup.subtree_control`, "");
  await Deno.writeTextFile(`${own}/cgroup.procs`, "101\n102\n");
  const fake = (name: string, text: string) =>
    Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\nPATH=/usr/bin:/bin\n${text}\n`, {
      mode: 0o755,
    });
  await fake(
    "mkdir",
    'for d; do :; done; /bin/mkdir "$@" && grep -q pids "${d%/*}/cgroup.subtree_control" && touch "$d/memory.max"; exit 0',
  );
  await fake("rmdir", 'rm -r "$1"');
  const self = `${at.path}/self`;
  await Deno.writeTextFile(self, "0::/system.slice/crosstown.service\n");
  const find = () =>
    findControlGroups({ sh: "/bin/sh", path: `${bin}:/usr/bin:/bin` }, {
      mount: `${at.path}/cgroup`,
      self,
    });
  assert.deepEqual(await find(), { version: 2, memory: own, processes: null, processor: null });
  assert.match(await Deno.readTextFile(`${own}/cgroup.subtree_control`), /pids/);
  assert.equal(await Deno.readTextFile(`${own}/crosstown/cgroup.procs`), "102\n");
  await Deno.writeTextFile(self, "0::/system.slice/crosstown.service/crosstown\n");
  assert.deepEqual(
    await find(),
    { version: 2, memory: own, processes: null, processor: null },
    "a second start",
  );
  await Deno.writeTextFile(self, "0::/user.slice/session-2.scope\n");
  assert.equal(await find(), null, "a session is shared with the user's other programs");
});

Deno.test("findControlGroups() removes the empty groups of processes that have ended, and none of those that live", async () => {
  await using at = await temporaryFolder();
  const mine = `${at.path}/memory/mine`;
  const self = `${at.path}/self`;
  await Deno.writeTextFile(self, "4:memory:/mine\n");
  const ended = await endedPid();
  const names = [`crosstown-job-${Deno.pid}-0a`, `crosstown-job-${ended}-0b`, "crosstown-job-x"];
  for (const name of names) await Deno.mkdir(`${mine}/${name}`, { recursive: true });
  await findControlGroups({ sh: "/bin/sh", path: "/usr/bin:/bin" }, { mount: at.path, self });
  const left = [...Deno.readDirSync(mine)].map(({ name }) => name).sort();
  assert.deepEqual(left, [names[0], names[2]]);
});

/** The id of a process that was there and is there no more. */
async function endedPid(): Promise<number> {
  const child = new Deno.Command("true").spawn();
  await child.status;
  return child.pid;
}
