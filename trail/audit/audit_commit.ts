/**
 * Parses a commit of the audit: its trailers name the entry of the journal.
 *
 * @module
 */

/** One commit of the branch. */
export interface AuditCommit {
  /** Its hash. */
  readonly commit: string;
  /** Hashes of its parents; none for the first. */
  readonly parents: readonly string[];
  /** Author time in Unix seconds, which is the entry's time. */
  readonly atS: number;
  /** The whole message. */
  readonly message: string;
  /** The last journal entry that the repository contains at this commit (`Journal-Seq`, `Journal-Hash`); null for a user's commit. */
  readonly journal: JournalPlace | null;
  /** The entry of this commit; null if it seals a day, stores a checkpoint, or is a user's. */
  readonly entry: JournalPlace | null;
}

/** A place in the journal. */
export interface JournalPlace {
  readonly seq: number;
  /** 64 hex digits. */
  readonly hash: string;
}

/** The format for `git log -z` that {@link parseCommit} reads. */
export const COMMIT_FORMAT = "--format=%H%x1f%P%x1f%at%x1f%B";

/** Parses one record of `git log`. */
export function parseCommit(record: string): AuditCommit {
  const [commit, parents, at] = record.split("\x1f", 3);
  const message = record.slice(commit.length + parents.length + at.length + 3);
  const last = message.trimEnd().split(/\n[ \t]*\n/).at(-1)!.split("\n");
  const seq = only(last, /^Journal-Seq: (\d{1,15})$/);
  const hash = only(last, /^Journal-Hash: ([0-9a-f]{64})$/);
  const entry = only(last, /^Entry: (\d{1,15} sha256:[0-9a-f]{64})$/);
  return {
    commit,
    parents: parents === "" ? [] : parents.split(" "),
    atS: Number(at),
    message,
    journal: seq === null || hash === null ? null : { seq: Number(seq), hash },
    entry: entry === null ? null : {
      seq: Number(entry.split(" ")[0]),
      hash: entry.slice(-64),
    },
  };
}

/** The value of a trailer that occurs exactly once. */
function only(lines: readonly string[], pattern: RegExp): string | null {
  const found = lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  return found.length === 1 ? found[0] : null;
}
