/**
 * The repository's part of the trail: its commits as entries, and the files in the folder.
 *
 * @module
 */
import { createHash } from "node:crypto";
import type { AuditCommit } from "../audit/audit_commit.ts";
import type { GitPlace } from "../audit/git_command.ts";
import { dayOf, isPast } from "../audit/payment_log.ts";
import { type CommittedFile, committedFiles } from "../audit/read_repository.ts";
import { difference } from "./entry_checks.ts";
import type { Difference, TrailCommit, TrailCommits } from "./trail.ts";
import { readPlainBytes } from "../../base/files/plain_file.ts";
import { isMissing } from "../../base/files/missing.ts";

/** Commits of entries. Other commits (of a user, of sealed days and of checkpoints) are only counted. */
export class CommittedTrail implements TrailCommits {
  /** See {@link TrailCommits}. */
  onCommit: (commit: string) => void = () => {};
  /** Commits without an entry so far. */
  others = 0;

  /** Reads the commits of the repository. */
  constructor(readonly commits: AsyncIterable<AuditCommit>) {}

  /** Yields one commit at a time. */
  async *[Symbol.asyncIterator](): AsyncGenerator<TrailCommit> {
    for await (const { commit, entry, journal, message } of this.commits) {
      this.onCommit(commit);
      if (entry === null) {
        this.others += 1;
        continue;
      }
      // The audit continues from the trailers, and readers see the `Entry` line, so both are returned.
      const { seq, hash } = journal ?? entry;
      yield { commit, seq, hash, named: entry, told: linesOf(message) };
    }
  }
}

function linesOf(message: string): Record<string, string> {
  return Object.fromEntries(
    [...message.matchAll(/^([A-Z][A-Za-z -]{1,30}): (.*)$/gm)].map((
      [, name, value],
    ) => [name, value]),
  );
}

/** The result of comparing files. */
export interface FilesReport {
  /** Number of files in the commit. */
  readonly files: number;
  /** Files that are earlier versions of themselves, because a crash came before the newest was written. */
  readonly stale: number;
  readonly difference: Difference | null;
}

/**
 * Compares each file of a commit with the one in the folder. `versionsOf` returns all blobs that a path ever had. While a process is
 * running, a file may not exist yet.
 */
export async function compareFiles(
  place: Pick<GitPlace, "folder">,
  files: readonly CommittedFile[],
  versionsOf: (path: string) => Promise<ReadonlySet<string>>,
  atWork = false,
): Promise<FilesReport> {
  let stale = 0;
  for (const { path, blob } of files) {
    const found = await blobOf(`${place.folder}/${path}`);
    if (found === blob) continue;
    if (found === null ? atWork : (await versionsOf(path)).has(found)) {
      stale += 1;
      continue;
    }
    return {
      files: files.length,
      stale,
      difference: difference("file", { file: path }, {
        message: found === null
          ? `${path} is missing: it is in git`
          : `${path} was changed: it is not what git has`,
        field: "content",
        expected: blob,
        found,
      }),
    };
  }
  return { files: files.length, stale, difference: null };
}

/** Paths of the audit's files; a user may commit others. */
const OURS = /^(\.gitignore|checkpoint\.json|channels\/[^/]+|jobs\/[0-9a-f]{2}\/[^/]+)$/;
/** Sealed days. They are removed from the folder after a while, and then from the tree. */
const SEALED = /^payment_log\/(\d{4}-\d\d-\d\d)\.jsonl\.gz$/;

/** The files of a commit that must also be in the folder. `nowMs` decides which sealed days may have been removed. */
export async function filesAt(
  place: GitPlace,
  commit: string,
  nowMs: number,
): Promise<CommittedFile[]> {
  const files = await committedFiles(place, commit);
  const kept = await Promise.all(files.map(async ({ path }) => {
    const day = SEALED.exec(path)?.[1];
    if (day === undefined) return OURS.test(path);
    return !isPast(day, dayOf(nowMs)) || await blobOf(`${place.folder}/${path}`) !== null;
  }));
  return files.filter((_, at) => kept[at]);
}

/** The git hash of a file; null if there is none. */
async function blobOf(path: string): Promise<string | null> {
  let bytes: Uint8Array;
  try {
    bytes = await readPlainBytes(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  return createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
}
