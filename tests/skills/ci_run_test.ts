import assert from "node:assert/strict";
import { ciRun, type CiRunOptions } from "../../skills/builtin/ci_run/ci_run.ts";
import type { CiRunContent } from "../../skills/builtin/ci_run/result_content.ts";
import type { Sandbox } from "../../skills/sandbox/sandbox.ts";
import { contentBytes, type SkillOutcome } from "../../skills/skill.ts";
import {
  bundle,
  git,
  logOf,
  noSandbox,
  repository,
  requestEvent,
  sandbox,
  skillContext,
  skillRequest,
  temporaryFolder,
  tools,
} from "./machine.ts";

const PLATFORM = "linux/amd64";

const options: CiRunOptions = {
  tools,
  sandbox,
  policy: { ownNetwork: true, allowBuyers: [] },
  platform: PLATFORM,
};

const BUNDLE = [["param", "encoding", "base64"], ["param", "mime", "application/x-git-bundle"]];

interface Run {
  readonly outcome: SkillOutcome;
  readonly content: CiRunContent | null;
  readonly log: string;
}

async function run(
  tags: readonly (readonly string[])[],
  more: Partial<CiRunOptions> & {
    readonly maxContentBytes?: number;
    readonly signal?: AbortSignal;
  } = {},
): Promise<Run> {
  await using folder = await temporaryFolder();
  const request = skillRequest(requestEvent(5601, tags), folder.path, {
    maxContentBytes: more.maxContentBytes ?? 60_000,
  });
  const outcome = await ciRun({ ...options, ...more }).run(request, skillContext(more.signal));
  const content = outcome.status === "success" ? JSON.parse(outcome.content) : null;
  return { outcome, content, log: content === null ? "" : await logOf(outcome.content) };
}

const command = (text: string) => ["param", "command", text];

async function bundleTags(files: Readonly<Record<string, string>>): Promise<string[][]> {
  await using folder = await temporaryFolder();
  const bytes = await bundle(await repository(folder.path, files));
  return [["i", bytes.toBase64(), "text"], ...BUNDLE];
}

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
    // Not so fast that it reaches the limit of its own process before the watchdog checks, which would also end it, with another error.
    `exec "$(command -v deno)" eval 'const a = []; setInterval(() => a.push(new Uint8Array(1e7).fill(1)), 25)'`;
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

Deno.test("ciRun() refuses what it cannot run, each with its code", async () => {
  const text = (bytes: Uint8Array) => ["i", bytes.toBase64(), "text"];
  const garbage = crypto.getRandomValues(new Uint8Array(300));
  const cut = (await bundleTags({ "a": "a" }))[0][1];
  for (
    const { name, tags, code } of [
      { name: "no command", tags: [], code: "bad_input" },
      { name: "blank command", tags: [command("  ")], code: "bad_input" },
      { name: "command twice", tags: [command("a"), command("b")], code: "bad_input" },
      { name: "two inputs", tags: [command("a"), ["i", "a"], ["i", "b"]], code: "bad_input" },
      { name: "type job", tags: [command("a"), ["i", "a", "job"]], code: "bad_input" },
      {
        name: "other platform",
        tags: [command("a"), ["param", "platform", "linux/mips"]],
        code: "wrong_platform",
      },
      {
        name: "not base64",
        tags: [command("a"), ["i", "%%%", "text"], ...BUNDLE],
        code: "bad_input",
      },
      { name: "no bundle", tags: [command("a"), text(garbage), ...BUNDLE], code: "git_failed" },
      {
        name: "cut bundle",
        tags: [command("a"), ["i", cut.slice(0, cut.length - 80), "text"], ...BUNDLE],
        code: "git_failed",
      },
      {
        name: "no gzip",
        tags: [command("a"), text(garbage), BUNDLE[0], ["param", "mime", "application/gzip"]],
        code: "bad_archive",
      },
      {
        name: "http",
        tags: [command("a"), ["i", "http://example.com/r.git#abc", "url"]],
        code: "bad_input",
      },
      { name: "file", tags: [command("a"), ["i", "file:///etc#abc", "url"]], code: "bad_input" },
      { name: "ext", tags: [command("a"), ["i", "ext::sh -c id", "url"]], code: "bad_input" },
      {
        name: "option",
        tags: [command("a"), ["i", "https://example.com/r#--upload-pack=id", "url"]],
        code: "bad_input",
      },
      {
        name: "file name",
        tags: [command("a"), ["i", "x"], ["param", "name", "../x"]],
        code: "bad_input",
      },
      {
        name: "git file name",
        tags: [command("a"), ["i", "x"], ["param", "name", ".git"]],
        code: "bad_input",
      },
    ]
  ) {
    const { outcome } = await run(tags);
    assert.equal(outcome.status, "error", name);
    assert.equal(outcome.errorCode, code, `${name}: ${outcome.content}`);
    assert.doesNotMatch(outcome.content, /crosstown-skills-/, name);
  }
});

Deno.test("ciRun() refuses local hosts where the network is not on loopback", async () => {
  for (
    const host of [
      "localhost",
      "127.0.0.1",
      "0x7f.1",
      "2130706433",
      "10.1.2.3",
      "[::1]",
      "169.254.169.254",
      "db.internal",
    ]
  ) {
    const { outcome } = await run([command("true"), ["i", `https://${host}/r.git`, "url"]], {
      policy: { ownNetwork: false, allowBuyers: [requestEvent(5601, []).pubkey] },
    });
    assert.equal(outcome.errorCode, "bad_input", host);
  }
});

Deno.test("ciRun() fetches a repository at a commit, also from a server that gives no single commits", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "one" });
  const first = (await git(repo, "rev-parse", "HEAD")).trim();
  await Deno.writeTextFile(`${repo}/a.txt`, "two");
  await git(repo, "commit", "-qam", "second");
  await git(repo, "update-server-info");
  const server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    async (request) => {
      const path = new URL(request.url).pathname.replace("/r.git/", "");
      try {
        return new Response(await Deno.readFile(`${repo}/.git/${path}`));
      } catch {
        return new Response(null, { status: 404 });
      }
    },
  );
  const base = `http://127.0.0.1:${server.addr.port}/r.git`;
  for (
    const [fragment, text] of [
      ["", "two"],
      [`#${first}`, "one"],
      [`#${first.slice(0, 10)}`, "one"],
      ["#main", "two"],
    ]
  ) {
    const { log, outcome } = await run([["i", base + fragment, "url"], command("cat a.txt")]);
    assert.equal(log, text, outcome.content);
  }
  const { outcome } = await run([["i", `${base}#${"0".repeat(40)}`, "url"], command("true")]);
  assert.equal(outcome.errorCode, "git_failed");
  assert.doesNotMatch(outcome.content, /127\.0\.0\.1/);
  await server.shutdown();
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

Deno.test("ciRun() refuses bundles that were made to harm", async () => {
  await using folder = await temporaryFolder();
  const make = async (name: string, tree: (repo: string) => Promise<string>) => {
    const repo = await repository(`${folder.path}/${name}`, { a: "a" });
    const commit = (await git(repo, "commit-tree", "-m", "x", await tree(repo))).trim();
    await git(repo, "update-ref", "refs/heads/main", commit);
    return await bundle(repo);
  };
  const object = async (repo: string, type: string, bytes: Uint8Array | string) => {
    await Deno.writeFile(
      `${repo}/../object`,
      typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
    );
    return (await git(repo, "hash-object", "--literally", "-w", "-t", type, "../object")).trim();
  };
  const tree = (...entries: readonly (readonly [mode: string, name: string, id: string])[]) =>
    new Uint8Array(
      entries.flatMap(([mode, name, id]) => [
        ...new TextEncoder().encode(`${mode} ${name}\0`),
        ...Uint8Array.fromHex(id),
      ]),
    );
  const hook = await make("hook", async (repo) => {
    const blob = await object(repo, "blob", "#!/bin/sh\ntouch /tmp/owned\n");
    return await object(repo, "tree", tree(["100755", ".git", blob]));
  });
  const up = await make("up", async (repo) => {
    const blob = await object(repo, "blob", "x");
    return await object(repo, "tree", tree(["100644", "..", blob]));
  });
  const bomb = await make("bomb", async (repo) => {
    let id = await object(repo, "blob", "boom");
    const names = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
    let mode = "100644";
    for (let depth = 0; depth < 8; depth++) {
      const below = id;
      const kind = mode;
      id = await object(repo, "tree", tree(...names.map((name) => [kind, name, below] as const)));
      mode = "40000";
    }
    return id;
  });
  const large = await make("large", async (repo) => {
    const blob = await object(repo, "blob", new Uint8Array(200 << 20));
    return await object(repo, "tree", tree(["100644", "zeros", blob]));
  });
  for (
    const { name, bytes, code } of [
      { name: "a file named .git", bytes: hook, code: /^git_failed$/ },
      { name: "a file named ..", bytes: up, code: /^git_failed$/ },
      { name: "a hundred million files", bytes: bomb, code: /^too_large$/ },
      { name: "200 MiB in 200 KiB", bytes: large, code: /^(too_large|git_limit)$/ },
    ]
  ) {
    assert.ok(bytes.length < 1 << 20, name);
    const { outcome } = await run([["i", bytes.toBase64(), "text"], ...BUNDLE, command("true")]);
    assert.equal(outcome.status, "error", name);
    assert.match(outcome.errorCode ?? "", code, `${name}: ${outcome.content}`);
  }
});

Deno.test("ciRun() checks out links as links, and follows none on the host", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a" });
  await Deno.symlink("/etc/shadow", `${repo}/shadow`);
  await Deno.writeTextFile(`${repo}/.gitattributes`, "*.txt filter=evil\n");
  await Deno.writeTextFile(
    `${repo}/.gitmodules`,
    '[submodule "s"]\n\tpath = s\n\turl = https://example.com/s\n',
  );
  await git(repo, "add", "-A");
  await git(repo, "commit", "-qm", "links");
  const { outcome, log } = await run([
    ["i", (await bundle(repo)).toBase64(), "text"],
    ...BUNDLE,
    command("test -L shadow && ! cat shadow 2>/dev/null && cat a.txt"),
  ], sandbox.type === "none" ? { policy: { ownNetwork: true, allowBuyers: [] } } : {});
  if (sandbox.type === "bubblewrap") assert.equal(outcome.exitCode, 0, log);
  assert.equal(outcome.status, "success");
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
