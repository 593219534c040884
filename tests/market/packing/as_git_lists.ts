/**
 * The reference for tests of packing: the output of the user's own git, and a user with their own settings.
 *
 * @module
 */
import assert from "node:assert/strict";
import { gitEnvironment } from "../../../market/packing/git_environment.ts";
import { sent } from "./packing.ts";

/** Variables of a user; HOME among them. */
export type UserEnvironment = Readonly<Record<string, string>>;

/** Runs git only with this user's environment. */
export async function usersGit(
  environment: UserEnvironment,
  cwd: string,
  ...args: string[]
): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command("git", {
    args,
    cwd,
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin", ...environment },
  }).output();
  const decoder = new TextDecoder();
  assert.ok(success, `git ${args.join(" ")}: ${decoder.decode(stderr)}`);
  return decoder.decode(stdout);
}

/** What `git ls-files -co --exclude-standard` prints in the folder, without missing files and without folders. */
export async function asGitLists(
  folder: string,
  environment: UserEnvironment,
): Promise<string[]> {
  const args = ["ls-files", "-co", "--exclude-standard", "-z"];
  const listed = (await usersGit(environment, folder, ...args)).split("\0");
  const there = (path: string) => {
    try {
      return !Deno.lstatSync(path).isDirectory;
    } catch {
      return false;
    }
  };
  return [...new Set(listed)].filter((name) => name !== "" && there(`${folder}/${name}`)).sort();
}

/** Packs as this user, compares with git's output, and returns the names. */
export async function sentAsGitLists(
  folder: string,
  environment: UserEnvironment,
): Promise<string[]> {
  const expected = await asGitLists(folder, environment);
  const tools = { environment: gitEnvironment((name) => environment[name]) };
  if (expected.length === 0) {
    await assert.rejects(sent(folder, { tools }), { code: "bad_input" });
    return [];
  }
  const names = Object.keys(await sent(folder, { tools })).sort();
  assert.deepEqual(names, expected);
  return names;
}
