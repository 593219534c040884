/**
 * The mayor's folder may be a worktree of somebody's repository (Gas Town's): ours lies in it as a repository of its own and is not
 * shown there, by lines in that repository's `info/exclude`, which is nobody's commit.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "node:path";
import { AuditError } from "./audit_error.ts";
import { gitCommand, type GitPlace } from "./git_command.ts";
import { openPlainFile, readPlainText } from "../../base/files/plain_file.ts";

/** Our folder and our log, and only where they lie. */
const EXCLUDE_LINES: readonly string[] = ["/crosstown/", "/crosstown.log*"];

/** The file that lacks the lines; null where the folder above ours is no worktree, or shows nothing of ours. */
export async function lackingExclude({ folder, path }: GitPlace): Promise<string | null> {
  const worktree = dirname(folder);
  const prefix = await asked(worktree, path, ["rev-parse", "--show-prefix"]);
  if (prefix === null || prefix.trim() !== "") return null;
  const ours = [`${folder}/`, `${folder}.log`];
  const ignored = await asked(worktree, path, ["check-ignore", ...ours]);
  if (ignored?.trimEnd().split("\n").length === ours.length) return null;
  const file = await asked(worktree, path, ["rev-parse", "--git-path", "info/exclude"]);
  if (file === null || file.trim() === "") return null;
  return isAbsolute(file.trim()) ? file.trim() : join(worktree, file.trim());
}

/** Adds those lines to the file that are not in it; whether there were any. */
export async function addExclude(file: string): Promise<boolean> {
  const text = await readPlainText(file).catch((error) => {
    if (error instanceof Deno.errors.NotFound) return "";
    throw error;
  });
  const there = text.split("\n");
  const lacking = EXCLUDE_LINES.filter((line) => !there.includes(line));
  if (lacking.length === 0) return false;
  await Deno.mkdir(dirname(file), { recursive: true });
  const gap = text === "" || text.endsWith("\n") ? "" : "\n";
  using exclude = await openPlainFile(file, { append: true, create: true });
  await exclude.write(new TextEncoder().encode(`${gap}${lacking.join("\n")}\n`));
  return true;
}

/** What git says of a folder that is not ours; null where it refuses. */
async function asked(
  worktree: string,
  path: string,
  args: readonly string[],
): Promise<string | null> {
  try {
    const { env } = gitCommand({ folder: worktree, path }, []);
    const { success, stdout } = await new Deno.Command("git", {
      args: ["-C", worktree, "-c", "core.fsmonitor=false", ...args],
      clearEnv: true,
      env: { ...env },
      stdin: "null",
      stderr: "null",
    }).output();
    return success ? new TextDecoder().decode(stdout) : null;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    throw new AuditError("unreachable", "git cannot be started", { cause: error });
  }
}
