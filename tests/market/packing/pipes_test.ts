import assert from "node:assert/strict";
import { findInput } from "../../../market/packing/input_place.ts";
import { readSeen } from "../../../market/packing/seen_file.ts";
import { repository, temporaryFolder } from "../../skills/machine.ts";
import { pack, sent, write } from "./packing.ts";

/** Replaces the file with this name by a pipe that nobody writes to. */
async function pipe(path: string): Promise<void> {
  await Deno.remove(path).catch(() => undefined);
  const { success } = await new Deno.Command("mkfifo", { args: [path] }).output();
  assert.ok(success);
}

const PIPES = [
  "repo/.gitignore",
  "repo/sub/deep/.gitignore",
  "repo/.git/HEAD",
  "repo/.git/index",
  "repo/.git/config",
  "repo/.git/info/exclude",
  "repo/nested/.git/HEAD",
  "plain/.gitignore",
  "plain/sub/.gitignore",
];

for (const name of PIPES) {
  Deno.test(`packPlace() refuses ${name} that is a pipe, and does not wait for git`, async () => {
    await using folder = await temporaryFolder();
    const repo = await repository(folder.path, { "a.txt": "a", "sub/deep/b.txt": "b" });
    await Deno.mkdir(`${repo}/nested/.git`, { recursive: true });
    await write(folder.path, { "plain/a.txt": "a", "plain/sub/b.txt": "b" });
    const input = `${folder.path}/${name.split("/")[0]}`;
    await pipe(`${folder.path}/${name}`);
    await assert.rejects(pack(input), {
      code: "git_failed",
      message:
        `Cannot tell which files to send: git ls-files would wait for ${folder.path}/${name}, which is a pipe`,
    });
  });
}

Deno.test("packPlace() refuses a .gitignore above the folder that is a pipe, and a link to one", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a", "sub/b.txt": "b" });
  await pipe(`${repo}/.gitignore`);
  const refused = { code: "git_failed", message: /\.gitignore, which is a pipe/ };
  await assert.rejects(pack(`${repo}/sub`), refused);
  await Deno.remove(`${repo}/.gitignore`);
  await pipe(`${repo}/named-pipe`);
  await Deno.symlink("named-pipe", `${repo}/.gitignore`);
  await assert.rejects(pack(repo), refused);
  await assert.rejects(pack(`${repo}/sub`), refused);
});

Deno.test("packPlace() leaves out a pipe that git does not open, and asks git nothing with includeIgnored", async () => {
  await using folder = await temporaryFolder();
  const repo = await repository(folder.path, { "a.txt": "a", "sub/b.txt": "b" });
  await pipe(`${repo}/named-pipe`);
  assert.deepEqual(await sent(repo), { "a.txt": "a", "sub/b.txt": "b" });
  await pipe(`${repo}/.gitignore`);
  assert.deepEqual(await sent(`${repo}/sub`, { includeIgnored: true }), { "b.txt": "b" });
});

Deno.test("readSeen() refuses another file in the file's place, and does not wait for a pipe", async (t) => {
  await using folder = await temporaryFolder();
  const root = await Deno.realPath(folder.path);
  const file = `${root}/d/x`;
  const elsewhere: Record<string, () => Promise<unknown>> = {
    "a pipe": () => pipe(file),
    "another file": () => Deno.rename(`${root}/d/other`, file),
    "a link to another file": async () => {
      await Deno.remove(file);
      await Deno.symlink("other", file);
    },
    "nothing": () => Deno.remove(file),
    "a folder": async () => {
      await Deno.remove(file);
      await Deno.mkdir(file);
    },
    // The same file, by way of a folder that is a link now: device and inode are right.
    "a link in the place of its folder": async () => {
      await Deno.rename(`${root}/d`, `${root}/e`);
      await Deno.symlink("e", `${root}/d`);
    },
    "a file in the place of its folder": async () => {
      await Deno.remove(`${root}/d`, { recursive: true });
      await Deno.writeTextFile(`${root}/d`, "d");
    },
  };
  for (const [name, swap] of Object.entries(elsewhere)) {
    await t.step(name, async () => {
      await Deno.remove(`${root}/d`, { recursive: true }).catch(() => undefined);
      await Deno.remove(`${root}/e`, { recursive: true }).catch(() => undefined);
      await write(root, { "d/x": "seen", "d/other": "else" });
      const seen = await Deno.lstat(file);
      assert.equal(new TextDecoder().decode(await readSeen(file, seen)), "seen");
      await swap();
      await assert.rejects(readSeen(file, seen), {
        code: "bad_input",
        message: `${file} was changed while it was read`,
      });
    });
  }
});

Deno.test("findInput() refuses a pipe as an input", async () => {
  await using folder = await temporaryFolder();
  await pipe(`${folder.path}/p`);
  await assert.rejects(
    findInput(`${folder.path}/p`, { home: "/none", folders: [], files: [] }),
    { code: "bad_input", message: /neither a file nor a folder/ },
  );
});
