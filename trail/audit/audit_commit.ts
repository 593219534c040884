/**
 * A commit of the audit as it is read back: which entry of the journal it stands for, by its trailers.
 *
 * @module
 */

/** One commit of the branch. */
export interface AuditCommit {
  /** Its hash. */
  readonly commit: string;
  /** Hashes of its parents; none for the first. */
  readonly parents: readonly string[];
  /** Author time in Unix seconds: the entry's. */
  readonly atS: number;
  /** The whole message. */
  readonly message: string;
  /** The last entry of the journal that is in the repository here (`Journal-Seq`, `Journal-Hash`); null for a user's commit. */
  readonly journal: JournalPlace | null;
  /** The entry that this very commit stands for; null for one that seals a day, keeps a checkpoint, or is a user's. */
  readonly entry: JournalPlace | null;
}

/** A place in the journal. */
export interface JournalPlace {
  readonly seq: number;
  /** 64 hex digits. */
  readonly hash: string;
}

/** The format that {@link parseCommit} reads; for `git log -z`. */
export const COMMIT_FORMAT = "--format=%H%x1f%P%x1f%at%x1f%B";

/** Reads one record of `git log`. */
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

/** The value of a trailer that stands there once. */
function only(lines: readonly string[], pattern: RegExp): string | null {
  const found = lines.flatMap((line) => pattern.exec(line)?.[1] ?? []);
  return found.length === 1 ? found[0] : null;
}
