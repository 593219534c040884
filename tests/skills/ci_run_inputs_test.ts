import assert from "node:assert/strict";
import { bundle, git, repository, requestEvent, sandbox, temporaryFolder } from "./machine.ts";
import { BUNDLE, bundleTags, command, run } from "./ci_run_rig.ts";

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
