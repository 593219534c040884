/**
 * The audit trail in the form in which it is compared: the journal of the store, the lines of the log, the commits of the repository, the
 * checkpoints. Each is a stream in the order of the journal, so that a trail of any length needs little memory.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { JournalLine } from "../../store/journal_row.ts";

/** A line of the log with its place. */
export interface TrailLine {
  /** Path of the file in the state folder. */
  readonly file: string;
  /** Line number from 1. */
  readonly line: number;
  /** Its entry, or why it cannot be read. */
  readonly entry: JournalLine | Error;
}

/** A commit of an entry. */
export interface TrailCommit {
  /** Its id in hex. */
  readonly commit: string;
  /** The entry in its trailers. */
  readonly seq: number;
  /** See `seq`. */
  readonly hash: string;
  /** The message's `Entry:` line; null where it has none. */
  readonly named: { readonly seq: number; readonly hash: string } | null;
  /** The other lines of its message by name: `Payment`, `Job ID`... */
  readonly told: Readonly<Record<string, string>>;
}

/** The commits of entries, from the oldest. The reader learns of the other commits too. */
export interface TrailCommits extends AsyncIterable<TrailCommit> {
  /** Called with the id of every commit before it is returned. */
  onCommit: (commit: string) => void;
}

/** A checkpoint whose signature was checked. */
export interface TrailCheckpoint {
  /** The entry that it seals together with all earlier ones. */
  readonly seq: number;
  /** See `seq`. */
  readonly hash: string;
  /** The branch's tip at that time, which the repository must contain. Null if there was none, or if it belongs to another repository. */
  readonly commit: string | null;
  /** Public key of the signer. */
  readonly pubkey: string;
  /** Whether the signature is valid for that key. */
  readonly valid: boolean;
}

/** The whole trail; a part is null if it is missing or cannot be read. */
export interface Trail {
  /** Entries of `state.db`. */
  readonly journal: AsyncIterable<JournalLine> | null;
  /** Lines of the kept sealed days, then of the live log. */
  readonly lines: AsyncIterable<TrailLine> | null;
  readonly commits: TrailCommits | null;
  /** The last entry that the store says was committed; 0 if none was. */
  readonly committedSeq: number;
  /** In the order of their entries. */
  readonly checkpoints: AsyncIterable<TrailCheckpoint>;
  /** Assets in which amounts may be written; default M2M. */
  readonly assets?: readonly Asset[];
}

/** A place where the trail contradicts itself. */
export interface Difference {
  /** The part that does not match the others. */
  readonly where: "journal" | "log" | "git" | "checkpoint" | "file";
  /** Path of the file in the state folder; null if there is no file. */
  readonly file: string | null;
  /** Line of the file. */
  readonly line: number | null;
  /** The commit, if there is one. */
  readonly commit: string | null;
  /** Number of the entry. */
  readonly seq: number | null;
  /** Field of the entry or file. */
  readonly field: string | null;
  /** The expected value, according to the other parts. */
  readonly expected: string | null;
  /** The value that was found. */
  readonly found: string | null;
  /** The message for people. */
  readonly message: string;
}

/** The result of a comparison. */
export interface TrailReport {
  /** Number of entries that were compared, from any part. */
  readonly entries: number;
  /** Lines of the log. */
  readonly lines: number;
  /** Commits with an entry. */
  readonly commits: number;
  /** Checkpoints whose signature was checked. */
  readonly checkpoints: number;
  /** The first and the last entry; null if there is none. */
  readonly firstSeq: number | null;
  /** See `firstSeq`. */
  readonly lastSeq: number | null;
  /** The last entry that a checkpoint seals. */
  readonly sealedSeq: number | null;
  /** Number of journal entries that are not in git yet. */
  readonly behind: number;
  /** Public keys that signed checkpoints. */
  readonly signers: readonly string[];
  /** The first difference in the order of the journal; null if all parts agree. */
  readonly difference: Difference | null;
}
