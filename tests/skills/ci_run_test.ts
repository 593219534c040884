import assert from "node:assert/strict";
import { ciRun } from "../../skills/builtin/ci_run/ci_run.ts";
import type { Sandbox } from "../../skills/sandbox/sandbox.ts";
import { contentBytes } from "../../skills/skill.ts";
import {
  noSandbox,
  requestEvent,
  sandbox,
  skillContext,
  skillRequest,
  temporaryFolder,
} from "./machine.ts";
import { bundleTags, command, options, PLATFORM, run } from "./ci_run_rig.ts";

Deno.test("ciRun() runs the greeting project's tests in a worktree of its bundle", async () => {
  const files: Record<string, string> = {};
  for (const name of ["greet.ts", "greet_test.ts", "greet_fail_test.ts", "test.sh"]) {
    const url = new URL(`../../fixtures/projects/greeting/${name}`, import.meta.url);
    files[name] = await Deno.readTextFile(url);
  }
  const tags = await bundleTags(files);
  const good = await run([...tags, command("sh test.sh"), ["param", "platform", PLATFORM]]);
  assert.equal(good.outcome.status, "success", good.outcome.content);
  assert.equal(good.outcome.exitCode, 0, good.log);
  assert.deepEqual(good.content?.tests, { passed: 4, failed: 0, total: 4 });
  assert.equal(good.content?.sandbox, sandbox.type);
  assert.match(good.content?.commit ?? "", /^[0-9a-f]{40}$/);
  assert.match(good.log, /git version[\s\S]*4 passed/);

  const bad = await run([...tags, command("sh test.sh --fail")]);
  assert.equal(bad.outcome.status, "success");
  assert.equal(bad.outcome.exitCode, 1);
  assert.deepEqual(bad.content?.tests, { passed: 4, failed: 1, total: 5 });
});

Deno.test("ciRun() shows the job a git worktree with its history", async () => {
  const tags = await bundleTags({ "a.txt": "a" });
  const { log, outcome } = await run([
    ...tags,
    command(
      "git status --porcelain && git log --format=%s && cat a.txt && git rev-parse --git-dir",
    ),
  ]);
  assert.equal(outcome.exitCode, 0, log);
  assert.match(log, /^first\na/);
  assert.match(log, /worktrees\/tree/);
});

Deno.test("ciRun() runs without an input, and on a plain file", async () => {
  assert.equal((await run([command("echo hello; exit 3")])).outcome.exitCode, 3);
  const { log } = await run([
    ["i", "two words", "text"],
    ["param", "name", "in.txt"],
    command("wc -w <in.txt"),
  ]);
  assert.equal(log.trim(), "2");
});

Deno.test(`ciRun() holds a fork bomb, and goes on${noSandbox.why}`, {
  ignore: noSandbox.ignore,
}, async () => {
  const { outcome, content, log } = await run([command("f() { f | f & }; f; sleep 30")], {
    limits: { timeoutS: 2, processes: 32 },
  });
  assert.equal(outcome.status, "success");
  assert.notEqual(outcome.exitCode, 0);
  // Its own shell may be the first that the kernel refuses a process, and end by itself.
  if (content?.stopped_by === undefined) assert.match(log, /fork/i);
  else assert.match(content.stopped_by, /^(timeout|processes|output)$/);
  assert.equal((await run([command("echo fine")])).log, "fine\n");
});

for (const mode of ["as this machine has it", "without a sandbox"]) {
  Deno.test(`ciRun() stops what takes too much memory, output or time, ${mode}`, async () => {
    await stopsWhatTakesTooMuch(
      mode === "without a sandbox" ? { type: "none", reason: "test" } : sandbox,
    );
  });
}

Deno.test("ciRun() ends a command that takes memory faster than the watchdog looks, by one limit or the other", async () => {
  const { outcome, content } = await run([
    command(
      `exec "$(command -v deno)" eval 'const a = []; for (;;) a.push(new Uint8Array(1e7).fill(1))'`,
    ),
  ], { limits: { memoryMb: 300 }, sandbox });
  assert.notEqual(outcome.exitCode, 0);
  assert.equal(outcome.exitCode === 137, content?.stopped_by === "memory");
});

async function stopsWhatTakesTooMuch(sandbox: Sandbox): Promise<void> {
  const hog =
    // Never so much that it reaches the limit of its own process, which would also end it, with another error.
    `exec "$(command -v deno)" eval 'const a = []; setInterval(() => a.length < 60 && a.push(new Uint8Array(1e7).fill(1)), 25)'`;
  for (
    const { name, script, limits, by } of [
      { name: "memory", script: hog, limits: { memoryMb: 300 }, by: /^memory$/ },
      { name: "output", script: "yes", limits: { outputBytes: 100_000 }, by: /^output$/ },
      { name: "time", script: "sleep 60", limits: { timeoutS: 1 }, by: /^timeout$/ },
      {
        name: "time, by a child in a session of its own",
        script: "trap '' TERM; (trap '' TERM; sleep 60) & wait",
        limits: { timeoutS: 1 },
        by: /^timeout$/,
      },
    ]
  ) {
    const { outcome, content, log } = await run([command(script)], { limits, sandbox });
    assert.equal(outcome.status, "success", name);
    assert.match(content?.stopped_by ?? "", by, `${name}: ${outcome.exitCode} ${log}`);
    assert.equal(outcome.exitCode, 137, name);
  }
}

Deno.test(`ciRun() keeps a command inside its sandbox${noSandbox.why}`, {
  ignore: noSandbox.ignore,
}, async () => {
  await using outside = await temporaryFolder();
  await Deno.writeTextFile(`${outside.path}/secret`, "secret");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("reached"),
  );
  const home = Deno.env.get("HOME") ?? "/home";
  for (
    const script of [
      `deno eval 'await fetch("http://127.0.0.1:${server.addr.port}")'`,
      `cat ${outside.path}/secret`,
      `ls -A ${home} | grep .`,
      `echo x >${outside.path}/new`,
      "echo x >/usr/new",
      "echo x >/etc/new",
      "echo x >/new",
      "mount -t tmpfs none /usr",
      "chroot / true",
      "cat /etc/shadow",
      `kill -0 ${Deno.pid}`,
      'test -n "$HOST_SECRET"',
      "ls /sys/class/net",
      "cat /proc/1/environ | tr '\\0' '\\n' | grep -v '^\\(PATH\\|HOME\\|PWD\\)=' | grep -i 'home\\|gastown'",
    ]
  ) {
    const { outcome, log } = await run([command(script)]);
    assert.equal(outcome.status, "success", outcome.content);
    assert.notEqual(outcome.exitCode, 0, `${script}: ${log}`);
  }
  assert.deepEqual([...Deno.readDirSync(outside.path)].map((entry) => entry.name), ["secret"]);
  await server.shutdown();
});

Deno.test("ciRun() without a sandbox serves loopback networks and the allow list alone", async () => {
  const none = { type: "none", reason: "bubblewrap (bwrap) is not installed" } as const;
  const buyer = requestEvent(5601, []).pubkey;
  for (
    const { policy, code } of [
      { policy: { ownNetwork: false, allowBuyers: [] }, code: "sandbox_required" },
      { policy: { ownNetwork: false, allowBuyers: ["4".repeat(64)] }, code: "sandbox_required" },
      { policy: { ownNetwork: false, allowBuyers: [buyer] }, code: undefined },
      { policy: { ownNetwork: true, allowBuyers: [] }, code: undefined },
    ]
  ) {
    const { outcome, content } = await run([command("echo hi; echo $HOME; pwd")], {
      sandbox: none,
      policy,
    });
    assert.equal(outcome.errorCode, code, outcome.content);
    if (code === undefined) {
      assert.equal(content?.sandbox, "none");
      assert.match(content?.log ?? "", /^hi\n.*\/home\n.*\/tree\n$/);
    }
  }
});

Deno.test("ciRun() always writes a result that fits", async () => {
  for (
    const { script, maxContentBytes, field } of [
      { script: "echo short", maxContentBytes: 4000, field: "log" },
      { script: "seq 1 20000", maxContentBytes: 60_000, field: "log_gzip" },
      { script: "head -c 60000 /dev/urandom | base64", maxContentBytes: 20_000, field: "log" },
      { script: "head -c 60000 /dev/urandom", maxContentBytes: 20_000, field: "log" },
      { script: "head -c 3000000 /dev/zero", maxContentBytes: 20_000, field: "log" },
      {
        script: `yes '"\\' | head -n 20000 | cat; head -c 30000 /dev/urandom | base64`,
        maxContentBytes: 4000,
        field: "log",
      },
    ]
  ) {
    const { outcome, content } = await run([command(script)], { maxContentBytes });
    assert.equal(outcome.status, "success", outcome.content);
    assert.ok(contentBytes(outcome.content) <= maxContentBytes, script);
    assert.ok(content !== null && field in content, `${script}: ${Object.keys(content ?? {})}`);
    if (content?.log_truncated) {
      const size = contentBytes(outcome.content);
      assert.ok(size > maxContentBytes - 16, `${script}: ${size} of ${maxContentBytes}`);
    }
  }
  const long = await run([command(`: ${"x".repeat(30_000)}`)], { maxContentBytes: 2000 });
  assert.equal(long.outcome.exitCode, 0);
  const tiny = await run([command("true")], { maxContentBytes: 50 });
  assert.equal(tiny.outcome.errorCode, "too_large");
});

Deno.test("ciRun() ends when its signal is aborted", async () => {
  await using folder = await temporaryFolder();
  const controller = new AbortController();
  const context = skillContext(controller.signal);
  const request = skillRequest(requestEvent(5601, [command("sleep 60")]), folder.path);
  const outcome = await ciRun(options).run(request, {
    ...context,
    feedback: ({ message }) => {
      if (message.startsWith("running")) controller.abort();
    },
  });
  assert.equal(outcome.errorCode, "cancelled");
});

Deno.test(`ciRun() leaves no process behind when its own process is killed${noSandbox.why}`, {
  ignore: noSandbox.ignore,
}, async () => {
  await using folder = await temporaryFolder();
  const mark = `98765.${Deno.pid}`;
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--cached-only",
      "--allow-all",
      new URL("./run_and_wait.ts", import.meta.url).href,
      folder.path,
      mark,
    ],
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  assert.match((await reader.read()).value ?? "", /running/);
  await reader.cancel();
  const alive = async () => {
    const output = await new Deno.Command("sh", {
      args: [
        "-c",
        'for p in /proc/[0-9]*; do tr "\\0" " " 2>/dev/null <$p/cmdline; echo; done | grep -c "^sleep $1"',
        "sh",
        mark,
      ],
      stdout: "piped",
    }).output();
    return Number(new TextDecoder().decode(output.stdout));
  };
  while (await alive() === 0);
  child.kill("SIGKILL");
  await child.status;
  while (await alive() > 0);
});
