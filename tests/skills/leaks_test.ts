/** Parts of the operator's process and machine that a job must not reach: descriptors, keys, paths. Each test first shows that the part is there outside of the job. */
import assert from "node:assert/strict";
import { ciRun } from "../../skills/builtin/ci_run/ci_run.ts";
import { createSkillHost } from "../../skills/host/host.ts";
import { createSkillRegistry } from "../../skills/catalog/registry.ts";
import { findWorkPlace, NOTE } from "../../skills/sandbox/work_place.ts";
import { logOf, noSandbox, requestEvent, sandbox, temporaryFolder, tools } from "./machine.ts";
import { writeSkill } from "./skill_files.ts";

const policy = { ownNetwork: true, allowBuyers: [] };

const CHILD = new URL("job_child.ts", import.meta.url).pathname;
const CONFIG = new URL("../../deno.json", import.meta.url).pathname;

/** Runs the job's command in a process that shell code starts; returns the job's log. */
async function job(work: string, command: string, start = 'exec "$@"'): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", start, "sh", Deno.execPath(), "run", "--quiet", "--no-prompt", "--allow-all"]
      .concat("--config", CONFIG, CHILD, work, command),
    stdin: "null",
  }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return new TextDecoder().decode(stdout);
}

const inSandbox = { ignore: noSandbox.ignore };

Deno.test(
  `a job has no descriptor of who started its provider, of one digit or more${noSandbox.why}`,
  inSandbox,
  async () => {
    await using folder = await temporaryFolder();
    const secret = `${folder.path}/identity.enc`;
    await Deno.writeTextFile(secret, "the operator's secret");
    const log = await job(
      `${folder.path}/work`,
      'for n in /proc/self/fd/*; do echo "$n"; done; cat <&7; cat /proc/self/fd/88/identity.enc; echo x >&7',
      `exec 7<>'${secret}' 88<'${folder.path}'; exec "$@"`,
    );
    // The shell that closes high descriptors is another one, and it still passes on the child's PATH, not the operator's.
    const path = await job(
      `${folder.path}/work2`,
      'echo "PATH is $PATH"',
      `exec 88<'${folder.path}'; PATH="$PATH:${folder.path}/bin" exec "$@"`,
    );
    assert.match(path, /PATH is \/opt\/job:\/usr\/local\/sbin:[a-z/:]+$/m);
    assert.doesNotMatch(log, /operator/);
    assert.doesNotMatch(log, /fd\/(7|88)$/m);
    assert.equal(await Deno.readTextFile(secret), "the operator's secret");
  },
);

Deno.test("runChild() starts nothing with a high descriptor that no shell here can close, and names it", async () => {
  await using folder = await temporaryFolder();
  // As on a machine without bash: the launching shell's PATH is an empty folder.
  const script = `import { runChild } from ${
    JSON.stringify(new URL("../../skills/sandbox/child.ts", import.meta.url).href)
  };
    const path = ${JSON.stringify(folder.path)};
    const child = { command: "/bin/true", args: [], env: {}, timeoutMs: 9_000, outputBytes: 9_999, sh: "/bin/sh", path, clock: Date.now };
    console.log(await runChild(child).then(({ exitCode }) => exitCode, (error) => error.name + ": " + error.message));`;
  await Deno.writeTextFile(`${folder.path}/child.ts`, script);
  const { stdout, stderr } = await new Deno.Command("bash", {
    args: ["-c", `exec 88</dev/null; exec "$@"`, "sh", Deno.execPath(), "run", "--quiet"]
      .concat("--no-check", "--allow-all", "--config", CONFIG, `${folder.path}/child.ts`),
  }).output();
  const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  // A shell that closes high descriptors itself (bash as sh, busybox) just runs it.
  const high = await new Deno.Command("/bin/sh", {
    args: ["-c", "PATH=; eval 'exec 10>&-'"],
    stderr: "null",
  }).output();
  assert.match(said, high.success ? /^0$/m : /^LaunchError: descriptors[ \d]* 88[ \d]* are open/m);
});

const CALLS = Deno.build.arch === "aarch64"
  ? { addKey: 217, requestKey: 218, keyctl: 219 }
  : { addKey: 248, requestKey: 249, keyctl: 250 };
const noPerl = await Deno.stat("/usr/bin/perl").then(
  () => noSandbox,
  () => ({ ignore: true, why: " (ignored: no perl to make system calls with)" }),
);

Deno.test(`a job cannot reach the session keyring of its provider${noPerl.why}`, {
  ignore: noPerl.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  // perl can pass variables to a system call, but no literals.
  const words = 'my ($type, $name, $value) = ("user", "ct-key", "secret"); ';
  const search = `syscall(${CALLS.keyctl}, 10, -3, $type, $name, 0)`;
  const add = `syscall(${CALLS.addKey}, $type, $name, $value, 6, -3)`;
  const request = `syscall(${CALLS.requestKey}, $type, $name, 0, 0)`;
  // A separate session keyring with a key, which can be found outside of the sandbox.
  const start =
    `${words}syscall(${CALLS.keyctl}, 1, 0); ${add}; ${search} > 0 or die "no key"; exec @ARGV`;
  const script = `${words}for (${search}, ${add}, ${request}) { print "got $_ ", $! + 0, "\n" }`;
  const log = await job(
    `${folder.path}/work`,
    `perl -e '${script}'; cat /proc/keys /proc/key-users`,
    `exec perl -e '${start}' "$@"`,
  );
  assert.deepEqual(log.match(/^got .*$/gm), ["got -1 38", "got -1 38", "got -1 38"], log);
  assert.doesNotMatch(log, /ct-key|_ses|_uid/);
});

Deno.test(`a job makes no socket but unix and internet ones of its own network${noPerl.why}`, {
  ignore: noPerl.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const [AF_UNIX, AF_INET, AF_NETLINK, AF_ALG, AF_VSOCK] = [1, 2, 16, 38, 40];
  const families = [AF_UNIX, AF_INET, AF_NETLINK, AF_ALG, AF_VSOCK].join(",");
  const ring = 'my $space = chr(0) x 120; print "ring ", syscall(425, 1, $space), " ", $! + 0';
  const script =
    `for (${families}) { print "socket $_ ", socket(my $s, $_, 1, 0) ? "made" : $! + 0, "\n" } ${ring}`;
  const log = await job(`${folder.path}/work`, `perl -e '${script}'`);
  assert.deepEqual(log.match(/^(socket|ring) .*$/gm), [
    "socket 1 made",
    "socket 2 made",
    "socket 16 97",
    "socket 38 97",
    "socket 40 97",
    "ring -1 38",
  ], log);
});

Deno.test(
  `a job sees no path of the home, whatever of it the sandbox shows${noSandbox.why}`,
  inSandbox,
  async () => {
    await using home = await temporaryFolder();
    const look =
      "cat /proc/self/mountinfo; cat /proc/*/cmdline /proc/*/environ | tr '\\0' '\\n'; cat /skill/*";
    await writeSkill(
      `${home.path}/skills/look`,
      'kinds = [5650]\n[run]\nrunner = "command"\ncommand = ["./look.sh"]\n',
      { "look.sh": `#!/bin/sh\n${look}\n` },
    );
    await Deno.mkdir(`${home.path}/state`, { mode: 0o700 });
    const { folder, hidden } = await findWorkPlace({
      stateFolder: `${home.path}/state`,
      temp: "/var/tmp",
    });
    assert.ok(hidden);
    try {
      const host = createSkillHost({
        registry: createSkillRegistry({
          approvals: null,
          builtin: [ciRun({ tools, sandbox, policy, platform: "linux/amd64" })],
          folders: [`${home.path}/skills`],
        }),
        workFolder: folder,
        tools,
        sandbox,
        policy,
        clock: Date.now,
      });
      for (
        const [kind, tags] of [[5650, []], [5601, [[
          "param",
          "command",
          `${look}; cat ../repo.git/worktrees/*/*`,
        ]]]] as const
      ) {
        const event = requestEvent(kind, tags);
        const outcome = await host.runKind({
          jobId: "job-1",
          attempt: 1,
          bytes: new TextEncoder().encode("{}"),
          encoding: "json",
          kind,
          event,
          maxContentBytes: 1 << 20,
        });
        assert.equal(outcome.status, "success", outcome.content + outcome.log);
        const log = kind === 5601 ? await logOf(outcome.content) : outcome.content;
        assert.match(log, /\/proc ro/);
        assert.equal(log.split("\n").find((line) => line.includes(home.path)), undefined);
        assert.ok(log.includes(folder), "what is shown lies in the work folder");
      }
      // Only the name of the home, which no job sees.
      assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["home"]);
      assert.equal(
        (await findWorkPlace({ stateFolder: `${home.path}/state`, temp: "/var/tmp" })).folder,
        folder,
      );
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("findWorkPlace() uses no folder that is another user's, open to others, or a link, and stays in the home if it may not use another place", async () => {
  await using at = await temporaryFolder();
  const [state, temp] = [`${at.path}/state`, `${at.path}/temp`];
  for (const folder of [state, temp]) await Deno.mkdir(folder, { mode: 0o700 });
  const options = { stateFolder: state, temp };
  const first = (await findWorkPlace(options)).folder;
  assert.match(first, new RegExp(`^${temp}/crosstown-`));
  await Deno.chmod(first, 0o777);
  const second = (await findWorkPlace(options)).folder;
  assert.notEqual(second, first);
  await Deno.remove(second, { recursive: true });
  await Deno.symlink(at.path, second);
  const third = (await findWorkPlace(options)).folder;
  assert.notEqual(third, second);
  await Deno.remove(`${state}/${NOTE}`);
  await Deno.symlink(`${at.path}/victim`, `${state}/${NOTE}`);
  assert.equal((await findWorkPlace(options)).hidden, true);
  await assert.rejects(Deno.lstat(`${at.path}/victim`), Deno.errors.NotFound);
  const missing = { stateFolder: `${at.path}/state2`, temp: `${at.path}/missing` };
  await Deno.mkdir(missing.stateFolder);
  assert.deepEqual(await findWorkPlace(missing), {
    folder: `${missing.stateFolder}/work`,
    hidden: false,
  });
});
