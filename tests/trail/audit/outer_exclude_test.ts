/** The surrounding repository gets an exclude line only if the mayor's folder is a worktree. */
import { START_FLAGS } from "../../../shell/run_flags.ts";
import assert from "node:assert/strict";
import { addExclude, lackingExclude } from "../../../trail/audit/outer_exclude.ts";
import { userGit } from "./audit_home.ts";

const PATH = Deno.env.get("PATH")!;

async function gasTown() {
  const root = await Deno.realPath(await Deno.makeTempDir({ prefix: "ct-audit-" }));
  const mayor = `${root}/hooks/mayor-001`;
  const folder = `${mayor}/crosstown`;
  return {
    root,
    mayor,
    folder,
    async makeOurs() {
      await Deno.mkdir(folder, { recursive: true });
      await userGit(folder, ["init", "-q"]);
      await Deno.writeTextFile(`${folder}/file`, "");
      await userGit(folder, ["add", "."]);
      await userGit(folder, ["commit", "-q", "-m", "ours"]);
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

Deno.test("lackingExclude() names the file of a linked worktree; with the lines its status is clean", async () => {
  await using town = await gasTown();
  const rig = `${town.root}/rig`;
  await Deno.mkdir(rig);
  await userGit(rig, ["init", "-q"]);
  await userGit(rig, ["commit", "-q", "--allow-empty", "-m", "first"]);
  await userGit(rig, ["worktree", "add", "-q", town.mayor]);
  await town.makeOurs();
  await Deno.writeTextFile(`${town.mayor}/crosstown.log`, "");
  assert.equal(
    await userGit(town.mayor, ["status", "--porcelain"]),
    "?? crosstown.log\n?? crosstown/\n",
  );
  const file = await lackingExclude({ folder: town.folder, path: PATH });
  assert.equal(file, `${rig}/.git/info/exclude`);
  assert.deepEqual([await addExclude(file!), await addExclude(file!)], [true, false]);
  assert.equal(await userGit(town.mayor, ["status", "--porcelain"]), "");
  assert.equal(await lackingExclude({ folder: town.folder, path: PATH }), null);
});

Deno.test("addExclude() keeps what stands in the file, with or without a last line feed", async () => {
  await using town = await gasTown();
  await Deno.mkdir(town.folder, { recursive: true });
  await userGit(town.mayor, ["init", "-q"]);
  const file = `${town.mayor}/.git/info/exclude`;
  for (
    const [before, after] of [
      ["*.txt", "*.txt\n/crosstown/\n/crosstown.log*\n"],
      ["*.txt\n", "*.txt\n/crosstown/\n/crosstown.log*\n"],
      ["", "/crosstown/\n/crosstown.log*\n"],
      ["/crosstown/\n", "/crosstown/\n/crosstown.log*\n"],
    ]
  ) {
    await Deno.mkdir(`${town.mayor}/.git/info`, { recursive: true });
    await Deno.writeTextFile(file, before);
    assert.equal(await lackingExclude({ folder: town.folder, path: PATH }), file);
    await addExclude(file);
    assert.equal(await Deno.readTextFile(file), after);
  }
  await Deno.remove(`${town.mayor}/.git/info`, { recursive: true });
  await addExclude(file);
  assert.equal(await Deno.readTextFile(file), "/crosstown/\n/crosstown.log*\n");
});

Deno.test("lackingExclude() is null where the mayor's folder is no worktree, only lies in one, or there is no git", async () => {
  await using town = await gasTown();
  await town.makeOurs();
  assert.equal(await lackingExclude({ folder: town.folder, path: PATH }), null);
  await userGit(town.root, ["init", "-q"]);
  assert.equal(await lackingExclude({ folder: town.folder, path: PATH }), null);
  await userGit(town.mayor, ["init", "-q"]);
  assert.equal(await lackingExclude({ folder: town.folder, path: "/nonexistent" }), null);
});

Deno.test("lackingExclude() ignores the environment: any repository, index or setting that it names", async () => {
  await using town = await gasTown();
  await town.makeOurs();
  await userGit(town.mayor, ["init", "-q"]);
  const other = `${town.root}/other`;
  await Deno.mkdir(other);
  await userGit(other, ["init", "-q"]);
  const { stdout, success } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...[
        "run",
        ...START_FLAGS,
        "--no-check",
        "--allow-all",
      ],
      new URL("exclude_child.ts", import.meta.url).pathname,
      ...[town.folder, PATH],
    ],
    env: { GIT_DIR: `${other}/.git`, GIT_WORK_TREE: other, GIT_COMMON_DIR: `${other}/.git` },
  }).output();
  assert.ok(success);
  assert.equal(JSON.parse(new TextDecoder().decode(stdout)), `${town.mayor}/.git/info/exclude`);
});

Deno.test("lackingExclude() is null where git names no file", async () => {
  await using town = await gasTown();
  await Deno.mkdir(town.folder, { recursive: true });
  // No working git answers like this: yes, and then nothing.
  const script = '#!/bin/sh\ncase "$*" in *check-ignore*) exit 1;; esac\necho\n';
  await Deno.writeTextFile(`${town.root}/git`, script, { mode: 0o755 });
  assert.equal(await lackingExclude({ folder: town.folder, path: town.root }), null);
});
