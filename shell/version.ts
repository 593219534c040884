/**
 * `crosstown version` and `--version`.
 *
 * @module
 */
import manifest from "../deno.json" with { type: "json" };
import type { CommandSpec } from "./command.ts";

/** The version of this tree, as `deno.json` has it. */
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

/** `crosstown 0.1.0 (commit 1234567890ab)`; without what is not known. */
export function versionLine(commit: string | null): string {
  return `crosstown ${VERSION}${commit === null ? "" : ` (commit ${commit})`}`;
}

/**
 * The commit of these sources: a package names it in its manifest, and in a clone git is asked. Null where neither says, or where git
 * may not be run.
 */
export async function builtCommit(): Promise<string | null> {
  const { commit } = manifest as { commit?: string };
  if (commit !== undefined) return commit;
  if (Deno.build.standalone) return null;
  try {
    const folder = decodeURIComponent(new URL("../", import.meta.url).pathname);
    // Elsewhere git would answer for a repository further up, which is not of this program.
    await Deno.lstat(`${folder}.git`);
    const args = ["-C", folder, "rev-parse", "--short=12", "HEAD"];
    const { success, stdout } = await new Deno.Command("git", { args, stderr: "null" }).output();
    return success ? new TextDecoder().decode(stdout).trim() : null;
  } catch {
    return null;
  }
}
