/**
 * The audit trail as it is read: the journal of the store, the lines of the log, the commits of the repository, the signed
 * checkpoints. Each is a stream in the order of the journal, so that a trail of any length is compared in little memory.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { JournalLine } from "../../store/journal_row.ts";

/** A line of the log where it stands. */
export interface TrailLine {
  /** Name of the file, from the state folder. */
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** What it says, or why it cannot be read. */
  readonly entry: JournalLine | Error;
}

/** A commit that carries an entry. */
export interface TrailCommit {
  /** Its id in hex. */
  readonly commit: string;
  /** Of its trailers. */
  readonly seq: number;
  /** See `seq`. */
  readonly hash: string;
  /** The message's `Entry:` line; null where it has none. */
  readonly named: { readonly seq: number; readonly hash: string } | null;
  /** What its message tells beside that, by the names of its lines: `Payment`, `Job ID`... */
  readonly told: Readonly<Record<string, string>>;
}

/** Commits that carry entries, from the oldest; whoever reads them hears of the others too. */
export interface TrailCommits extends AsyncIterable<TrailCommit> {
  /** Called with the id of every commit as it is read, before it is given. */
  onCommit: (commit: string) => void;
}

/** A signed checkpoint, its signature checked. */
export interface TrailCheckpoint {
  /** The entry that it seals, with all before it. */
  readonly seq: number;
  /** See `seq`. */
  readonly hash: string;
  /** Where the branch ended then: a commit that the repository must hold. Null where there was none, or another one. */
  readonly commit: string | null;
  /** Who signed. */
  readonly pubkey: string;
  /** Whether the signature is that key's. */
  readonly valid: boolean;
}

/** All of it; null where there is no such source, or none that can be read. */
export interface Trail {
  /** Entries of `state.db`. */
  readonly journal: AsyncIterable<JournalLine> | null;
  /** Lines of the sealed days that are kept, then of the live log. */
  readonly lines: AsyncIterable<TrailLine> | null;
  readonly commits: TrailCommits | null;
  /** Up to where the repository was once, as the store says; 0 where it was not begun. */
  readonly committedSeq: number;
  /** By seq. */
  readonly checkpoints: AsyncIterable<TrailCheckpoint>;
  /** What amounts may be told in; M2M unless told. */
  readonly assets?: readonly Asset[];
}

/** Where the trail contradicts itself. */
export interface Difference {
  /** Which part does not fit the others. */
  readonly where: "journal" | "log" | "git" | "checkpoint" | "file";
  /** The file, from the state folder; null for what is in no file of its own. */
  readonly file: string | null;
  /** Line of the file. */
  readonly line: number | null;
  /** Commit that is concerned. */
  readonly commit: string | null;
  /** Number of the entry. */
  readonly seq: number | null;
  /** Field of the entry or file. */
  readonly field: string | null;
  /** What it should be, by the other parts. */
  readonly expected: string | null;
  /** What it is. */
  readonly found: string | null;
  /** In words. */
  readonly message: string;
}

/** What a comparison found. */
export interface TrailReport {
  /** Entries that were looked at, in whichever part. */
  readonly entries: number;
  /** Lines of the log. */
  readonly lines: number;
  /** Commits with an entry. */
  readonly commits: number;
  /** Checkpoints whose signature was checked. */
  readonly checkpoints: number;
  /** The first and the last entry; null where there is none. */
  readonly firstSeq: number | null;
  /** See `firstSeq`. */
  readonly lastSeq: number | null;
  /** The last entry that a checkpoint seals. */
  readonly sealedSeq: number | null;
  /** Entries of the journal that are not in git yet. */
  readonly behind: number;
  /** Who signed the checkpoints. */
  readonly signers: readonly string[];
  /** The first, in the order of the journal; null where all agree. */
  readonly difference: Difference | null;
}
