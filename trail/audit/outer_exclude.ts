/**
 * Hides our repository from an outer one. The mayor's folder may be a worktree of another repository (Gas Town's). Ours is a separate
 * repository in it, and lines in the outer repository's `info/exclude`, which is never committed, hide it there.
 *
 * @module
 */
import { dirname, isAbsolute, join } from "../../base/path.ts";
import { AuditError } from "./audit_error.ts";
import { gitCommand, type GitPlace } from "./git_command.ts";
import { openPlainFile, readPlainText } from "../../base/files/plain_file.ts";

/** Our folder and our log, only at this place. */
const EXCLUDE_LINES: readonly string[] = ["/crosstown/", "/crosstown.log*"];

/** The file that lacks the lines; null if the folder above ours is no worktree, or if it already ignores both. */
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

/** Adds the missing lines to the file; returns whether there were any. */
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

/** Git's answer about a folder that is not ours; null if git fails. */
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
