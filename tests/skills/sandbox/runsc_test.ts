import assert from "node:assert/strict";
import { RunPause } from "../../../base/pausing.ts";
import { type ChildSpec, runChild } from "../../../skills/sandbox/child.ts";
import { LaunchError } from "../../../skills/sandbox/launch_error.ts";
import { jobUser } from "../../../skills/sandbox/own_user.ts";
import { sandboxed } from "../../../skills/sandbox/sandbox.ts";
import { limitSettings } from "../../../skills/sandbox/shell_limits.ts";
import { bundleTags, command, run } from "../ci_run_rig.ts";
import { noRunsc, runscSandbox } from "../gvisor.ts";
import { noGroups, temporaryFolder, tools } from "../machine.ts";

const LIMITS = { memoryMb: 128, processes: 16 };

let folderNow = "";

/** The processes of a job: bubblewrap, which names its folder, and those of the user that only this job has. */
function processesOf(folder: string): string[] {
  const user = jobUser(runscSandbox!.mode, folder);
  const search = `for p in /proc/[0-9]*; do
    case $p in /proc/$$) continue ;; esac
    case $(tr '\\0' ' ' <$p/cmdline) in *bwrap*"$1"/job*) echo "$p"; continue ;; esac
    while read -r key id _; do [ "$key" = Uid: ] && [ "$id" = "$2" ] && echo "$p"; done <$p/status
  done 2>/dev/null`;
  const { stdout } = new Deno.Command(tools.sh!, {
    args: ["-c", search, "sh", folder, String(user)],
    stderr: "null",
  }).outputSync();
  return new TextDecoder().decode(stdout).split("\n").filter((line) => line !== "");
}

/** Runs shell text as a job in gVisor, in a folder of its own. */
async function job(script: string, more: Partial<ChildSpec> & { readonly path?: string } = {}) {
  await using folder = await temporaryFolder();
  await Deno.mkdir(`${folder.path}/job`);
  folderNow = folder.path;
  const { stdout, stderr, ...result } = await runChild({
    timeoutMs: 120_000,
    outputBytes: 65_536,
    sh: tools.sh!,
    tree: { ...LIMITS, disk: { folder: `${folder.path}/job`, mb: 32, files: 500 } },
    groups: tools.groups,
    clock: Date.now,
    ...sandboxed(runscSandbox!, {
      binds: [{ from: `${folder.path}/job`, to: "/job", write: true }],
      temp: `${folder.path}/job`,
      seed: folder.path,
      cwd: "/job",
      env: { PATH: "/usr/bin:/bin", ODD: 'a "quote", \\ and\n\té' },
      setup: limitSettings(LIMITS),
      command: ["/bin/sh", "-c", script],
    }, folder.path),
    ...more,
    path: tools.path,
  });
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  const left = [...Deno.readDirSync(`${folder.path}/job`)].map(({ name }) => name).sort();
  // The kernel may need a moment for the last of the killed processes.
  let running = processesOf(folder.path);
  for (let tries = 0; running.length > 0 && tries < 600; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    running = processesOf(folder.path);
  }
  return { ...result, out: text(stdout.bytes), err: text(stderr.bytes), left, running };
}

function test(name: string, body: () => Promise<void>, no = noRunsc) {
  Deno.test(`runsc: ${name}${no.why}`, { ignore: no.ignore }, body);
}

test("a job runs in gVisor as user 1000 without rights, and sees what a job sees", async () => {
  const { exitCode, out, left } = await job(
    'id -u; pwd; echo "$ODD"; cat /proc/version; grep CapEff /proc/self/status; echo x >file\n' +
      "(: >/usr/x) 2>/dev/null || echo read-only; [ -e /state ] || [ -e /tree ] || echo no state\n" +
      "[ -e /home ] || [ -e /root ] || echo no home; unshare --user true 2>/dev/null || echo alone",
  );
  assert.equal(exitCode, 0);
  const [user, folder, odd, more, version, rights, ...rest] = out.trim().split("\n");
  assert.deepEqual([user, folder, `${odd}\n${more}`], ["1000", "/job", 'a "quote", \\ and\n\té']);
  assert.match(version, /^Linux version 4\.4\.0 /, "gVisor's kernel, not the machine's");
  assert.match(rights, /^CapEff:\s0+$/);
  assert.deepEqual(rest, ["read-only", "no state", "no home", "alone"]);
  assert.deepEqual(left, ["file"]);
});

test("the trial says whether ls works in this runsc", async () => {
  const { exitCode } = await job("ls / >/dev/null 2>&1");
  assert.equal(runscSandbox!.runsc!.lists, exitCode === 0);
});

test("input, outputs, exit code and signals pass through, as they come", async () => {
  const seen: string[] = [];
  const { exitCode, out, err, end } = await job("cat; echo bad >&2; exit 7", {
    stdin: new TextEncoder().encode("in\n"),
    onOutput: (bytes) => seen.push(new TextDecoder().decode(bytes)),
  });
  assert.deepEqual([end, exitCode, out, err, seen.join("")], ["exit", 7, "in\n", "bad\n", "in\n"]);
  assert.equal((await job("kill -9 $$")).exitCode, 137);
  assert.equal((await job("exec nothing-here")).exitCode, 127);
});

test("a job ends with every process of it at its time limit and when it is cancelled", async () => {
  const script = "(setsid sh -c 'trap \"\" TERM HUP; sleep 300' &) ; echo up; sleep 300";
  const late = await job(script, { timeoutMs: 5_000 });
  assert.deepEqual([late.end, late.exitCode, late.running], ["timeout", 137, []]);
  const cancel = new AbortController();
  let beside: string[] = [];
  const cancelled = await job(script, {
    signal: cancel.signal,
    onOutput: () => {
      beside = processesOf(folderNow);
      cancel.abort();
    },
  });
  assert.ok(beside.length > 3, "bubblewrap, runsc and its processes were seen");
  assert.deepEqual([cancelled.end, cancelled.running], ["aborted", []]);
});

test("a job of a paused provider stops, and goes on when the provider does", async () => {
  const pausing = new RunPause();
  const stopped = async () => {
    const folder = folderNow;
    pausing.set(true);
    const isStopped = (path: string) => {
      const { stdout } = new Deno.Command("cat", { args: [`${path}/stat`], stderr: "null" })
        .outputSync();
      return /\) [TtZ] /.test(new TextDecoder().decode(stdout));
    };
    while (!processesOf(folder).every(isStopped)) await new Promise((go) => setTimeout(go, 50));
    pausing.set(false);
  };
  let pause: Promise<void> | null = null;
  const { end, exitCode, out } = await job("echo one; sleep 2; echo two; exit 3", {
    pausing,
    onOutput: () => pause ??= stopped(),
  });
  await pause;
  assert.deepEqual([end, exitCode, out], ["exit", 3, "one\ntwo\n"]);
});

for (
  const { limit, script, where = "" } of [
    { limit: "memory", script: "dd if=/dev/zero bs=300M count=1 | sleep 100" },
    { limit: "disk", script: "head -c 67108864 /dev/zero >big; sleep 100" },
    { limit: "disk", script: "head -c 67108864 /dev/zero >/tmp/big; sleep 100", where: " in /tmp" },
    { limit: "files", script: "i=0; while [ $i -lt 600 ]; do : >f$i; i=$((i+1)); done; sleep 100" },
    { limit: "output", script: "head -c 2097152 /dev/zero; sleep 100" },
  ]
) {
  test(`a job is stopped that exceeds its limit of ${limit}${where}`, async () => {
    assert.equal((await job(script)).end, limit);
  });
}

test("the watchdog sees memory that gVisor holds in a file", async () => {
  const script = "dd if=/dev/zero bs=300M count=1 | sleep 100";
  assert.equal((await job(script, { groups: null })).end, "memory");
});

test("a job cannot start more processes than it may, and may start as many", async () => {
  const { out } = await job(
    "sh -c 'for i in 1 2 3 4 5 6 7 8 9 10; do sleep 2 & done; wait; echo ten'; " +
      "sh -c 'for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do sleep 2 & done; wait; echo twenty'",
  );
  assert.equal(out, "ten\n");
}, noGroups.ignore ? noGroups : noRunsc);

test("a job is not started where runsc cannot start, and the fault is no result of the job", async () => {
  const runsc = { ...runscSandbox!.runsc!, path: "/bin/false" };
  await using folder = await temporaryFolder();
  const failing = `${folder.path}/runsc`;
  await Deno.writeTextFile(failing, "#!/bin/sh\necho 'running container: no' >&2\nexit 128\n", {
    mode: 0o755,
  });
  const child = sandboxed({ ...runscSandbox!, runsc: { ...runsc, path: failing } }, {
    binds: [],
    temp: null,
    seed: folder.path,
    cwd: "/",
    env: {},
    command: ["/bin/true"],
  }, folder.path);
  await assert.rejects(
    job("true", child),
    (error) => error instanceof LaunchError && error.message === "no",
  );
});

test("ci-run runs a project's tests with git and deno, and its result names the tier", async () => {
  const files: Record<string, string> = {};
  for (const name of ["greet.ts", "greet_test.ts", "greet_fail_test.ts", "test.sh"]) {
    const url = new URL(`../../../fixtures/projects/greeting/${name}`, import.meta.url);
    files[name] = await Deno.readTextFile(url);
  }
  const tags = [...await bundleTags(files), command("sh test.sh")];
  const { outcome, content, log } = await run(tags, { sandbox: runscSandbox! });
  assert.equal(outcome.exitCode, 0, log);
  assert.deepEqual(content?.tests, { passed: 4, failed: 0, total: 4 });
  assert.equal(content?.sandbox, "runsc");
});
