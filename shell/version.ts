/**
 * `crosstown version` and `--version`.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };
import type { CommandSpec } from "./command.ts";

/** The version in `deno.json`. */
export const VERSION: string = manifest.version;

/** `crosstown version`. */
export const command: CommandSpec = {
  name: "version",
  summary: "show the version of crosstown, Deno and the system",
  examples: [{ command: "crosstown version --output json", note: "for programs" }],
  effect: "reads",
  async run({ output }) {
    const { deno, v8 } = Deno.version;
    const platform = `${Deno.build.os}-${Deno.build.arch}`;
    const commit = await builtCommit();
    await output.document(
      "version",
      { version: VERSION, commit, deno, v8, platform },
      `${versionLine(commit)} (deno ${deno}, ${platform})`,
    );
  },
};

/** For example `crosstown 0.1.0 (commit 1234567890ab)`; unknown parts are left out. */
export function versionLine(commit: string | null): string {
  return `crosstown ${VERSION}${commit === null ? "" : ` (commit ${commit})`}`;
}

/**
 * The commit of these sources. A package has it in its manifest; in a clone, git is asked. Null if neither is available, or if git may not
 * be run.
 */
export async function builtCommit(): Promise<string | null> {
  const { commit } = manifest as { commit?: string };
  if (commit !== undefined) return commit;
  if (Deno.build.standalone) return null;
  // A program that uses the library may run without --no-prompt: nobody is asked for the permission.
  if ((await Deno.permissions.query({ name: "run", command: "git" })).state !== "granted") {
    return null;
  }
  try {
    const folder = decodeURIComponent(new URL("../", import.meta.url).pathname);
    // Without this check, git could answer for an outer repository that is not this program's.
    await Deno.lstat(`${folder}.git`);
    const args = ["-C", folder, "rev-parse", "--short=12", "HEAD"];
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}
