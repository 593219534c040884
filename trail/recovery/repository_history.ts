/**
 * The history of the repository: when it was created, and which blobs a path ever had.
 *
 * @module
 */
import { BRANCH, type GitPlace, gitText } from "../audit/git_command.ts";

/** When the repository was created, milliseconds since the epoch. An earlier checkpoint belongs to another repository. */
export async function begunAtMs(place: GitPlace): Promise<number> {
  const text = await gitText(place, ["log", "--max-parents=0", "--format=%at", BRANCH, "--"]);
  return Math.min(...text.split("\n").filter(Boolean).map(Number)) * 1_000;
}

/** All blobs that a path ever had on the branch. */
export async function blobsOf(place: GitPlace, path: string): Promise<ReadonlySet<string>> {
  const text = await gitText(place, [
    "log",
    "--raw",
    "--no-abbrev",
    "--no-renames",
    "--format=",
    BRANCH,
    "--",
    path,
  ]);
  const blobs = new Set<string>();
  for (const [, before, after] of text.matchAll(/^:\d+ \d+ ([0-9a-f]{40}) ([0-9a-f]{40}) /gm)) {
    for (const blob of [before, after]) if (!/^0+$/.test(blob)) blobs.add(blob);
  }
  return blobs;
}
