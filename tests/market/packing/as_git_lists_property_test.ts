import assert from "node:assert/strict";
import fc from "fast-check";
import { git, repository, temporaryFolder } from "../../skills/machine.ts";
import { sentAsGitLists, type UserEnvironment } from "./as_git_lists.ts";
import { write } from "./packing.ts";

const FOLDERS = ["", "d/", "d/e/", "f/"];
const NAMES = [".env", "a", "b.log", "x y", "É.TXT"];
const LINES = [
  ...[".env", "*.log", "!b.log", "!.env", "/d", "d/", "e/.env", "d/**/a", "**/b.log", "f/*"],
  ...["# a", "\\!a", "a ", "x\\ y", "É.txt", "[a-b]*", "!*", "*", "/*/e", "a\r"],
];
const lines = fc.uniqueArray(fc.constantFrom(...LINES), { maxLength: 4 });
const paths = FOLDERS.flatMap((folder) => NAMES.map((name) => `${folder}${name}`));
const ignoreFiles = FOLDERS.map((folder) => `${folder}.gitignore`);

const worlds = fc.record({
  files: fc.uniqueArray(fc.constantFrom(...paths), { minLength: 3, maxLength: 12 }),
  tracked: fc.uniqueArray(fc.constantFrom(...paths, ...ignoreFiles), { maxLength: 4 }),
  deleted: fc.uniqueArray(fc.constantFrom(...paths), { maxLength: 1 }),
  ignoring: fc.uniqueArray(fc.tuple(fc.constantFrom(...ignoreFiles), lines), {
    maxLength: 3,
    selector: ([path]) => path,
  }),
  exclude: lines,
  users: lines,
  usersBy: fc.constantFrom("none", "config", "ignore", "includeIf", "xdg", "system"),
  repositorys: lines,
  repositorysBy: fc.constantFrom("none", "config", "include", "worktreeConfig"),
  shape: fc.constantFrom("plain", "worktree", "parent", "separate", "linked"),
  ignoreCase: fc.boolean(),
  nested: fc.constantFrom(null, "f", "d/e"),
  input: fc.constantFrom("", "/d"),
});
type World = typeof worlds extends fc.Arbitrary<infer Value> ? Value : never;

/** A folder of which git lists nothing but a tracked file that was deleted. */
const DELETED_ALONE: World = {
  files: ["d/e/.env", ".env", "f/.env"],
  tracked: ["d/e/.env"],
  deleted: ["d/e/.env"],
  ignoring: [],
  exclude: ["*"],
  users: [],
  usersBy: "none",
  repositorys: [],
  repositorysBy: "none",
  shape: "plain",
  ignoreCase: false,
  nested: null,
  input: "/d",
};

Deno.test("packPlace() sends exactly what git ls-files -co --exclude-standard prints, whatever is ignored where", async () => {
  let compared = 0;
  await fc.assert(
    fc.asyncProperty(worlds, async (world) => {
      await using at = await temporaryFolder();
      const { root, environment } = await build(at.path, world);
      compared += (await sentAsGitLists(`${root}${world.input}`, environment)).length;
    }),
    { numRuns: 40, examples: [[DELETED_ALONE]] },
  );
  assert.ok(compared > 0);
});

/** Makes the world; returns the folder of its working files, and its user. */
async function build(
  folder: string,
  world: World,
): Promise<{ readonly root: string; readonly environment: UserEnvironment }> {
  const repo = await repository(folder, { "first": "f" });
  const root = world.shape === "worktree" ? `${folder}/tree` : repo;
  if (world.shape === "worktree") {
    await git(repo, "worktree", "add", "--quiet", "../tree", "-b", "other");
  }
  if (world.shape === "parent") {
    // The folder above has ignore files too, which name the folder itself.
    await write(folder, { ".gitignore": world.exclude.map((line) => `repo/${line}`).join("\n") });
    await git(repo, "config", "core.worktree", folder);
  }
  await write(root, Object.fromEntries(world.files.map((path) => [path, path])));
  await write(root, { "d/kept": "k" });
  for (const [path, text] of world.ignoring) await write(root, { [path]: text.join("\n") });
  for (const path of world.tracked) {
    await git(root, "add", "--force", "--", path).catch(() => undefined);
  }
  for (const path of world.deleted) {
    await Deno.remove(`${root}/${path}`).catch(() => undefined);
  }
  const common = `${repo}/.git`;
  await write(common, { "info/exclude": world.exclude.join("\n") });
  await repositorySettings(folder, root, common, world);
  if (world.nested !== null) {
    await Deno.mkdir(`${root}/${world.nested}`, { recursive: true });
    await git(`${root}/${world.nested}`, "init", "--quiet");
  }
  if (world.shape === "separate" || world.shape === "linked") {
    await Deno.rename(common, `${folder}/store`);
    if (world.shape === "linked") await Deno.symlink("../store", common);
    else await Deno.writeTextFile(common, `gitdir: ${folder}/store\n`);
  }
  return { root, environment: await userOf(folder, world) };
}

async function repositorySettings(
  folder: string,
  root: string,
  common: string,
  { repositorys, repositorysBy, ignoreCase }: World,
): Promise<void> {
  await git(root, "config", "core.ignoreCase", String(ignoreCase));
  if (repositorysBy === "none") return;
  await write(folder, { "of-repository": repositorys.join("\n") });
  const value = `${folder}/of-repository`;
  if (repositorysBy === "include") {
    await write(common, { "more": `[core]\nexcludesFile = ${value}\n` });
    await git(root, "config", "include.path", "more");
  } else if (repositorysBy === "config") await git(root, "config", "core.excludesFile", value);
  else {
    await git(root, "config", "extensions.worktreeConfig", "true");
    await git(root, "config", "--worktree", "core.excludesFile", value);
  }
}

async function userOf(folder: string, { users, usersBy }: World): Promise<UserEnvironment> {
  const HOME = `${folder}/home`;
  const settings = `[core]\nexcludesFile = ${HOME}/of-user\n`;
  await write(HOME, { "of-user": users.join("\n") });
  if (usersBy === "config") await write(HOME, { ".gitconfig": settings });
  if (usersBy === "ignore") await write(HOME, { ".config/git/ignore": users.join("\n") });
  if (usersBy === "includeIf") {
    await write(HOME, {
      ".gitconfig": `[includeIf "gitdir:${folder}/"]\npath = .more\n`,
      ".more": settings,
    });
  }
  if (usersBy === "xdg") {
    await write(folder, { "xdg/git/config": settings });
    return { HOME, XDG_CONFIG_HOME: `${folder}/xdg` };
  }
  if (usersBy !== "system") return { HOME };
  await write(folder, { "system": settings });
  return { HOME, GIT_CONFIG_SYSTEM: `${folder}/system` };
}
