import assert from "node:assert/strict";
import { findInput } from "../../../market/packing/input_place.ts";
import { listAll } from "../../../market/packing/listed_files.ts";
import { git, repository, temporaryFolder } from "../../skills/machine.ts";
import { pack, sent, write } from "./packing.ts";

const IGNORED = { ".gitignore": "/.env\n*.log\n", "a.txt": "a", "sub/b.txt": "b" };

Deno.test("packPlace() of a repository sends tracked and new files as they are now, and nothing that is ignored", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { ...IGNORED, "gone.txt": "g" });
  await write(repo, { ".env": "KEY=1", "sub/x.log": "x", "a.txt": "changed", "new.txt": "n" });
  await Deno.remove(`${repo}/gone.txt`);
  assert.deepEqual(await sent(repo), {
    ".gitignore": IGNORED[".gitignore"],
    "a.txt": "changed",
    "new.txt": "n",
    "sub/b.txt": "b",
  });
  const { files } = await pack(repo);
  assert.deepEqual(files, {
    count: 4,
    totalBytes: 12 + 7 + 1 + 1,
    listed: [
      { path: ".gitignore", sizeBytes: 12 },
      { path: "a.txt", sizeBytes: 7 },
      { path: "new.txt", sizeBytes: 1 },
      { path: "sub/b.txt", sizeBytes: 1 },
    ],
    leftOut: [],
  });
});

Deno.test("packPlace() of a subfolder keeps to the repository's rules", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, {
    ".gitignore": "sub/.env\n",
    "sub/b.txt": "b",
    "sub/deep/.gitignore": "secret*\n",
    "other/c.txt": "c",
  });
  await write(repo, { "sub/.env": "KEY=1", "sub/deep/secret.txt": "s", "sub/deep/d.txt": "d" });
  assert.deepEqual(Object.keys(await sent(`${repo}/sub`)), [
    "b.txt",
    "deep/.gitignore",
    "deep/d.txt",
  ]);
});

Deno.test("packPlace() respects info/exclude, the repository's core.excludesFile and the user's own", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a" });
  await Deno.writeTextFile(`${repo}/.git/info/exclude`, "local.txt\n");
  await write(repo, { "local.txt": "l", "always.txt": "w", "usual.txt": "u", "own.txt": "o" });
  const home = `${folder.path}/home`;
  await write(home, {
    ".gitconfig": "[core]\nexcludesFile = ~/always\n",
    "always": "always.txt\n",
  });
  const tools = { environment: { HOME: home } };
  assert.deepEqual(Object.keys(await sent(repo, { tools })), ["a.txt", "own.txt", "usual.txt"]);
  await write(home, { ".gitconfig": "", ".config/git/ignore": "usual.txt\n" });
  assert.deepEqual(Object.keys(await sent(repo, { tools })), ["a.txt", "always.txt", "own.txt"]);
  await write(folder.path, { "of-repository": "own.txt\n" });
  await git(repo, "config", "core.excludesFile", `${folder.path}/of-repository`);
  assert.deepEqual(Object.keys(await sent(repo, { tools })), [
    "a.txt",
    "always.txt",
    "usual.txt",
  ]);
});

Deno.test("packPlace() of a repository whose index is in two files sends what is tracked although ignored", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a", "sub/kept.log": "k" });
  await git(repo, "update-index", "--split-index");
  await write(repo, { ".gitignore": "*.log\n", "b.log": "b" });
  assert.deepEqual(Object.keys(await sent(repo)), [".gitignore", "a.txt", "sub/kept.log"]);
});

Deno.test("packPlace() of a linked worktree, a sha256 repository and one without a commit lists what git lists", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, IGNORED);
  await git(repo, "worktree", "add", "--quiet", "../tree", "-b", "other");
  await Deno.writeTextFile(`${repo}/.git/info/exclude`, "hidden.txt\n");
  await write(`${folder.path}/tree`, { ".env": "KEY=1", "new.txt": "n", "hidden.txt": "h" });
  const sha256 = `${folder.path}/sha256`;
  await Deno.mkdir(sha256);
  await git(sha256, "init", "--quiet", "--object-format=sha256");
  await write(sha256, { ...IGNORED, ".env": "KEY=1", "new.txt": "n" });
  await git(sha256, "add", "a.txt");
  const empty = `${folder.path}/empty`;
  await Deno.mkdir(empty);
  await git(empty, "init", "--quiet");
  await write(empty, { ...IGNORED, ".env": "KEY=1", "new.txt": "n" });
  for (const place of [`${folder.path}/tree`, sha256, empty]) {
    assert.deepEqual(
      Object.keys(await sent(place)),
      [".gitignore", "a.txt", "new.txt", "sub/b.txt"],
      place,
    );
  }
});

Deno.test("packPlace() of a sparse checkout with a sparse index sends what is there", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a", "in/b": "b", "out/c": "c" });
  await git(repo, "sparse-checkout", "set", "--cone", "--sparse-index", "in");
  assert.deepEqual(Object.keys(await sent(repo)), ["a.txt", "in/b"]);
});

Deno.test("packPlace() names submodules and repositories within, and sends neither", async () => {
  await using folder = await temporaryFolder();
  const library = await repository(`${folder.path}/library`, { "l.txt": "l" });
  const repo = await repository(folder.path, { "a.txt": "a" });
  await git(
    repo,
    "-c",
    "protocol.file.allow=always",
    "submodule",
    "--quiet",
    "add",
    library,
    "lib",
  );
  await repository(`${repo}/nested`, { "n.txt": "n" });
  assert.deepEqual(Object.keys(await sent(repo)), [".gitmodules", "a.txt"]);
  assert.deepEqual((await pack(repo)).files?.leftOut, ["lib", "nested/repo"]);
  assert.deepEqual(Object.keys(await sent(`${repo}/lib`)), ["l.txt"]);
});

Deno.test("packPlace() outside a repository leaves out what .gitignore, .dockerignore and .git name", async () => {
  await using folder = await temporaryFolder();
  await write(folder.path, {
    ".gitignore": ".env\n",
    ".dockerignore": "# comment\nbuild\n*.key\n!kept.key\n",
    ".env": "KEY=1",
    "build/out": "o",
    "server.key": "k",
    "kept.key": "k",
    "sub/.gitignore": "x\n",
    "sub/x": "x",
    "sub/y.key": "y",
    "clone/.git/HEAD": "ref: refs/heads/main\n",
    "clone/.git/objects/.keep": "",
    "clone/.git/refs/.keep": "",
    "clone/z": "z",
  });
  assert.deepEqual(Object.keys(await sent(folder.path)), [
    ".dockerignore",
    ".gitignore",
    "kept.key",
    "sub/.gitignore",
    "sub/y.key",
  ]);
  assert.deepEqual((await pack(folder.path)).files?.leftOut, ["clone"]);
});

Deno.test("packPlace() with includeIgnored sends everything but .git", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, IGNORED);
  await write(repo, { ".env": "KEY=1" });
  await repository(`${repo}/nested`, { "n.txt": "n" });
  await Deno.mkdir(`${repo}/hollow/inner`, { recursive: true });
  assert.deepEqual(Object.keys(await sent(repo, { includeIgnored: true })), [
    ".env",
    ".gitignore",
    "a.txt",
    "nested/repo/n.txt",
    "sub/b.txt",
  ]);
});

Deno.test("packPlace() fails, and sends nothing, where git cannot tell what is ignored", async (t) => {
  const cases: Record<string, (repo: string) => Promise<unknown>> = {
    "a .git that is no repository": (repo) => Deno.remove(`${repo}/.git/HEAD`),
    "an index that is cut": (repo) => Deno.truncate(`${repo}/.git/index`, 8),
    "a .git file that names nothing": async (repo) => {
      await Deno.remove(`${repo}/.git`, { recursive: true });
      await Deno.writeTextFile(`${repo}/.git`, "gitdir: ../none\n");
    },
    "a .git file without a path": async (repo) => {
      await Deno.remove(`${repo}/.git`, { recursive: true });
      await Deno.writeTextFile(`${repo}/.git`, "x");
    },
  };
  for (const [name, harm] of Object.entries(cases)) {
    await t.step(name, async () => {
      await using folder = await temporaryFolder();
      const repo = await repository(folder.path, IGNORED);
      await write(repo, { ".env": "KEY=1" });
      await harm(repo);
      for (const path of [repo, `${repo}/sub`]) {
        await assert.rejects(pack(path), { code: "git_failed", suggestion: /tar\.gz/ });
      }
    });
  }
  await t.step("no git", async () => {
    await using folder = await temporaryFolder();
    await write(folder.path, { "a": "a" });
    await assert.rejects(pack(folder.path, { tools: { git: "/nonexistent/git" } }), {
      code: "git_missing",
    });
  });
  await t.step("a user's settings that cannot be read", async () => {
    await using folder = await temporaryFolder();
    await write(folder.path, { "p/a": "a", "home/.gitconfig": "[core\n" });
    await assert.rejects(
      pack(`${folder.path}/p`, { tools: { environment: { HOME: `${folder.path}/home` } } }),
      { code: "git_failed" },
    );
  });
});

Deno.test("packPlace() takes a repository of another owner only where the user's git does", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, IGNORED);
  await write(repo, { ".env": "KEY=1" });
  const { success } = await new Deno.Command("chown", {
    args: ["-R", "65534", repo],
    stderr: "null",
  }).output();
  // Without root the owner stays.
  if (success) {
    await assert.rejects(pack(repo), { code: "git_failed", message: /dubious ownership/ });
  }
  const HOME = `${folder.path}/home`;
  await write(HOME, { ".gitconfig": `[safe]\ndirectory = ${repo}\n` });
  const tools = { environment: { HOME } };
  assert.deepEqual(Object.keys(await sent(repo, { tools })), [".gitignore", "a.txt", "sub/b.txt"]);
});

Deno.test("packPlace() refuses names that only an index made by hand holds", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a" });
  const index = await Deno.readFile(`${repo}/.git/index`);
  const text = new TextDecoder("latin1").decode(index);
  const at = text.indexOf("a.txt");
  await write(folder.path, { "xy": "outside" });
  for (const name of ["../xy", ".git/", "a//b."]) {
    const harmed = index.slice();
    harmed.set(new TextEncoder().encode(name.slice(0, 5)), at);
    const sum = await crypto.subtle.digest("SHA-1", harmed.subarray(0, -20));
    harmed.set(new Uint8Array(sum), harmed.length - 20);
    await Deno.writeFile(`${repo}/.git/index`, harmed);
    await assert.rejects(pack(repo), { code: "git_failed" }, name);
  }
});

Deno.test("packPlace() bounds what it reads, and says what is large", async () => {
  await using folder = await temporaryFolder();
  await write(folder.path, { "a": "a" });
  await Deno.writeTextFile(`${folder.path}/huge`, "");
  await Deno.truncate(`${folder.path}/huge`, 65 << 20);
  await assert.rejects(pack(folder.path), {
    code: "too_large",
    message: /in 2 files/,
    suggestion: /huge \(68157440 bytes\)/,
  });
  await Deno.remove(`${folder.path}/huge`);
  const repo = await repository(folder.path, { "a": "a" });
  const blob = (await git(repo, "rev-parse", "HEAD:a")).trim();
  const lines = Array.from({ length: 20_001 }, (_, at) => `100644 ${blob}\tmany-${at}\n`);
  await Deno.writeTextFile(`${folder.path}/names`, lines.join(""));
  const { success } = await new Deno.Command("sh", {
    args: ["-c", "git update-index --index-info < ../names"],
    cwd: repo,
  }).output();
  assert.ok(success);
  await assert.rejects(pack(repo), { code: "too_large", message: /more than 20000 files/ });
  await write(folder.path, { "few/a": "a", "few/b/c": "c", "few/b/d": "d" });
  const few = await findInput(`${folder.path}/few`, { home: "/none", folders: [], files: [] });
  assert.equal((await listAll(few!, 3)).files.length, 3);
  await assert.rejects(listAll(few!, 2), { code: "too_large", message: /more than 2 files/ });
});
