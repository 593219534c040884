/** What a job leaves, from its worktree to its buyer's folder: hostile files and hostile archives on real disks. */
import assert from "node:assert/strict";
import { keepArtifacts } from "../../../skills/builtin/ci_run/artifacts.ts";
import { fits, readPatterns } from "../../../skills/builtin/ci_run/file_pattern.ts";
import { definition } from "../../../skills/artifacts/unpack_service.ts";
import { gzip, type TarEntry, writeTar } from "../../../protocols/tar/tar_writer.ts";
import { SkillError } from "../../../skills/skill_error.ts";
import type { SkillBlobs } from "../../../skills/skill.ts";
import { temporaryFolder } from "../machine.ts";

const PATTERNS: readonly [pattern: string, path: string, expected: boolean][] = [
  ["dist/**", "dist/a.js", true],
  ["dist/**", "dist/a/b/c.js", true],
  ["dist/**", "dists/a.js", false],
  ["**", "a/b/c", true],
  ["*.log", "x.log", true],
  ["*.log", "a/x.log", false],
  ["**/*.log", "x.log", true],
  ["**/*.log", "a/b/x.log", true],
  ["a?c/*", "abc/x", true],
  ["a?c/*", "ac/x", false],
  ["a*b*c", "aXbYc", true],
  ["a*b*c", "aXbY", false],
  ["[ab]", "a", false],
];

Deno.test("fits() supports only *, ? and **", () => {
  for (const [pattern, path, expected] of PATTERNS) {
    assert.equal(fits(pattern, path), expected, `${pattern} ${path}`);
  }
});

Deno.test("fits() takes few steps, whatever a stranger's pattern is", () => {
  const pattern = Array.from({ length: 60 }, () => "**").join("/") + "/x";
  const name = `${"*a".repeat(90)}b`;
  const path = Array.from({ length: 400 }, () => "a".repeat(20)).join("/");
  assert.equal(fits(pattern, path), false);
  assert.equal(fits(name, "a".repeat(1_000)), false);
});

Deno.test("readPatterns() refuses a pattern that leads out of the project", () => {
  assert.deepEqual(readPatterns("dist/**\n*.log\n"), ["dist/**", "*.log"]);
  for (
    const bad of ["/etc/*", "../x", "a/../b", "a//b", "./a", "a\\b", "x".repeat(201), "a\u0007"]
  ) {
    assert.throws(() => readPatterns(bad), SkillError, bad);
  }
  assert.throws(() => readPatterns("a\n".repeat(17)), /at most 16/);
});

Deno.test("keepArtifacts() keeps files that fit, and follows no link of the job", async () => {
  await using folder = await temporaryFolder();
  const tree = `${folder.path}/tree`;
  await Deno.mkdir(`${tree}/dist/sub`, { recursive: true });
  await Deno.mkdir(`${tree}/.git`);
  await Deno.writeTextFile(`${folder.path}/secret`, "secret");
  await Deno.writeTextFile(`${tree}/dist/app.js`, "app");
  await Deno.writeTextFile(`${tree}/dist/sub/run.sh`, "run", { mode: 0o755 });
  await Deno.writeTextFile(`${tree}/.git/config`, "x");
  await Deno.writeTextFile(`${tree}/other`, "x");
  await Deno.symlink(`${folder.path}/secret`, `${tree}/dist/link`);
  await Deno.symlink(folder.path, `${tree}/dist/out`);
  await new Deno.Command("mkfifo", { args: [`${tree}/dist/pipe`] }).output();
  let stored = new Uint8Array(0);
  const blobs = {
    put: ({ bytes }: { bytes: Uint8Array<ArrayBuffer> }) => {
      stored = bytes;
      return Promise.resolve({ sha256: "a".repeat(64), size: bytes.length, urls: ["https://b/a"] });
    },
  } as unknown as SkillBlobs;
  const kept = await keepArtifacts(tree, ["dist/**", ".git/**"], blobs);
  assert.ok(kept !== null && "files" in kept);
  assert.deepEqual([kept.files, kept.bytes, kept.left_out], [2, 6, 3]);

  const out = `${folder.path}/out`;
  await Deno.mkdir(out);
  await Deno.writeFile(`${folder.path}/archive`, stored);
  const unpacker = await definition.start({ archive: `${folder.path}/archive`, folder: out });
  assert.deepEqual(await unpacker.unpack(), {
    files: [{ path: "dist/app.js", sizeBytes: 3 }, { path: "dist/sub/run.sh", sizeBytes: 3 }],
    leftOut: 0,
  });
  const reader = await definition.start({ archive: `${folder.path}/archive` });
  assert.deepEqual(await reader.list(), {
    files: [{ path: "dist/app.js", sizeBytes: 3 }, { path: "dist/sub/run.sh", sizeBytes: 3 }],
    leftOut: 0,
  });
  const begin = { bytes: new TextEncoder().encode("ap"), sizeBytes: 3 };
  assert.deepEqual(await reader.read("dist/app.js", 2), begin);
  assert.equal(await reader.read("dist", 2), null);
  await assert.rejects(reader.unpack(), /needs a folder/);
  assert.equal(await Deno.readTextFile(`${out}/dist/sub/run.sh`), "run");
  assert.equal((await Deno.stat(`${out}/dist/sub/run.sh`)).mode! & 0o111, 0o111);
});

Deno.test("keepArtifacts() says why it keeps nothing", async () => {
  await using folder = await temporaryFolder();
  assert.equal(await keepArtifacts(folder.path, [], undefined), null);
  assert.deepEqual(await keepArtifacts(folder.path, ["x"], undefined), { error: "no_server" });
  const blobs = { put: () => assert.fail() } as unknown as SkillBlobs;
  assert.deepEqual(await keepArtifacts(folder.path, ["x"], blobs), { error: "none_found" });
});

const HOSTILE: readonly [name: string, entries: readonly Partial<TarEntry>[]][] = [
  ["an absolute name", [{ path: "/tmp/crosstown-escaped" }]],
  ["a name that leads up", [{ path: "../escaped" }]],
  ["a name that leads up later", [{ path: "a/../../escaped" }]],
  ["a file below a link", [
    { path: "a", type: "link", target: "/tmp" },
    { path: "a/escaped" },
  ]],
  ["a link that points out", [{ path: "a", type: "link", target: "../../etc" }]],
];

for (const [name, entries] of HOSTILE) {
  Deno.test(`artifact-unpacker writes nothing outside of its folder: ${name}`, async () => {
    await using folder = await temporaryFolder();
    const out = `${folder.path}/in/out`;
    await Deno.mkdir(out, { recursive: true });
    const whole = entries.map((entry): TarEntry => ({
      path: "",
      type: "file",
      executable: false,
      target: "",
      bytes: new Uint8Array(entry.type === "link" ? 0 : 3),
      ...entry,
    }));
    await Deno.writeFile(`${folder.path}/archive`, await gzip(await writeTar(whole)));
    const unpacker = await definition.start({ archive: `${folder.path}/archive`, folder: out });
    await assert.rejects(unpacker.unpack(), SkillError);
    const names = async (path: string) => {
      const found: string[] = [];
      for await (const each of Deno.readDir(path)) found.push(each.name);
      return found.sort();
    };
    assert.deepEqual(await names(out), []);
    assert.deepEqual(await names(`${folder.path}/in`), ["out"]);
  });
}
