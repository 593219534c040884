import assert from "node:assert/strict";
import { copyFolder } from "../../../skills/sandbox/shown_copy.ts";
import { temporaryFolder, tools } from "../machine.ts";

/** What a job sees of a copy. */
function seen(folder: string, inner = ""): string[] {
  const of = (path: string) => {
    const { mode, mtime, size, isFile, isSymlink, uid, gid } = Deno.lstatSync(path);
    const rights = ((mode ?? 0) & 0o777).toString(8);
    const facts = [rights, uid, gid, mtime?.getTime()];
    return isSymlink
      ? `link ${Deno.readLinkSync(path)}`
      : [...facts, isFile ? size : "/"].join(" ");
  };
  const here = inner === "" ? [`. ${of(folder)}`] : [];
  return [
    ...here,
    ...[...Deno.readDirSync(`${folder}/${inner}`)].flatMap(({ name, isDirectory }) => {
      const path = `${inner}${name}`;
      const own = `${path} ${of(`${folder}/${path}`)}`;
      return isDirectory ? [own, ...seen(folder, `${path}/`)] : [own];
    }),
  ].sort();
}

/** A shell that cannot be started: only a folder that needs none is copied. */
const NO_SHELL = { ...tools, sh: null };

Deno.test("copyFolder() copies few plain files without a shell, readable for everybody, with their owner, times and rights", async () => {
  await using folder = await temporaryFolder();
  const from = `${folder.path}/skill`;
  await Deno.mkdir(from, { mode: 0o700 });
  await Deno.writeTextFile(`${from}/SKILL.md`, "text", { mode: 0o600 });
  await Deno.writeTextFile(`${from}/run.sh`, "true\n", { mode: 0o700 });
  await Deno.writeTextFile(`${from}/empty`, "", { mode: 0o640 });
  await Deno.utime(`${from}/SKILL.md`, 1_000, 2_000);
  await Deno.utime(from, 3_000, 4_000);
  await copyFolder(from, `${folder.path}/here`, NO_SHELL, { readable: true });
  assert.equal(await Deno.readTextFile(`${folder.path}/here/run.sh`), "true\n");
  const rights = (name: string) =>
    ((Deno.statSync(`${folder.path}/here/${name}`).mode ?? 0) & 0o777).toString(8);
  assert.deepEqual(["", "SKILL.md", "run.sh", "empty"].map(rights), ["755", "644", "755", "644"]);
  // A folder below it needs the shell. Without that folder, both copies are the same.
  await Deno.mkdir(`${from}/inner`);
  await Deno.utime(from, 3_000, 4_000);
  await copyFolder(from, `${folder.path}/by_shell`, tools, { readable: true });
  await Deno.remove(`${folder.path}/by_shell/inner`);
  await Deno.utime(`${folder.path}/by_shell`, 3_000, 4_000);
  assert.deepEqual(seen(`${folder.path}/here`), seen(`${folder.path}/by_shell`));
});

Deno.test("copyFolder() leaves folders with many files, with many bytes, with folders or with links to a shell, and follows no link", async () => {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/secret`, "of the operator");
  const cases: readonly [string, (from: string) => Promise<unknown>][] = [
    ["link", (from) => Deno.symlink(`${folder.path}/secret`, `${from}/link`)],
    ["folder", (from) => Deno.mkdir(`${from}/inner`)],
    ["bytes", (from) => Deno.writeFile(`${from}/large`, new Uint8Array((256 << 10) + 1))],
    [
      "files",
      (from) =>
        Promise.all(
          Array.from({ length: 17 }, (_, at) => Deno.writeTextFile(`${from}/${at}`, "x")),
        ),
    ],
  ];
  for (const [name, fill] of cases) {
    const from = `${folder.path}/${name}`;
    await Deno.mkdir(from);
    await fill(from);
    const to = `${folder.path}/${name}-copy`;
    await assert.rejects(copyFolder(from, to, NO_SHELL, { readable: true }), /no sh/, name);
    await assert.rejects(Deno.lstat(to), Deno.errors.NotFound, name);
    await copyFolder(from, to, tools, { readable: true });
    assert.deepEqual(
      [...Deno.readDirSync(to)].map((each) => each.name).sort(),
      [...Deno.readDirSync(from)].map((each) => each.name).sort(),
      name,
    );
  }
  assert.equal(Deno.lstatSync(`${folder.path}/link-copy/link`).isSymlink, true);
});
