/**
 * Compares journal, log, git and checkpoints entry by entry, and finds the first place where they contradict each other or themselves.
 *
 * Each part has its own hash chain, so a change in one part alone is visible in that part. A part that was made anew as a whole differs
 * from the others. If all parts were made anew, they differ from a checkpoint, which only the holder of the key can sign.
 *
 * @module
 */
import { type Asset, M2M } from "../../protocols/ilp/asset.ts";
import type { JournalLine } from "../../store/journal_row.ts";
import {
  brokenLine,
  commitAgainst,
  difference,
  journalAgainst,
  lineAgainst,
  placeOf,
} from "./entry_checks.ts";
import { Peekable } from "./peekable.ts";
import type {
  Difference,
  Trail,
  TrailCheckpoint,
  TrailCommit,
  TrailLine,
  TrailReport,
} from "./trail.ts";

/** Finds the first difference, and reads no further. */
export async function compareTrail(trail: Trail): Promise<TrailReport> {
  const awaited = new Map<string, TrailCheckpoint>();
  if (trail.commits !== null) trail.commits.onCommit = (commit) => void awaited.delete(commit);
  const walk = new Walk(
    trail.commits === null ? null : awaited,
    await Peekable.of(trail.journal),
    await Peekable.of(trail.lines),
    await Peekable.of(trail.commits),
    await Peekable.of(trail.checkpoints),
    trail.assets ?? [M2M],
  );
  try {
    let difference: Difference | null = null;
    while (difference === null && walk.goesOn) difference = await walk.step();
    return walk.report(difference ?? walk.ends(trail));
  } finally {
    await walk.close();
  }
}

/** The parts' content for one entry number. */
interface Place {
  readonly seq: number;
  readonly journal: JournalLine | null;
  readonly line: TrailLine | null;
  readonly commit: TrailCommit | null;
}

/** The comparison in progress. */
class Walk {
  readonly #counts = { entries: 0, lines: 0, commits: 0, checkpoints: 0 };
  readonly #last = { journal: 0, log: 0, git: 0 };
  readonly #signers = new Set<string>();
  #firstSeq: number | null = null;
  #sealedSeq: number | null = null;
  /** The previous entry: its number, and the hash on which the parts agreed. */
  #before: { readonly seq: number; readonly hash: string } | null = null;

  constructor(
    /** Checkpoints whose commit has not been read yet; null if there is no repository. */
    readonly awaited: Map<string, TrailCheckpoint> | null,
    readonly journal: Peekable<JournalLine>,
    readonly lines: Peekable<TrailLine>,
    readonly commits: Peekable<TrailCommit>,
    readonly checkpoints: Peekable<TrailCheckpoint>,
    readonly assets: readonly Asset[],
  ) {}

  get goesOn(): boolean {
    return [this.journal, this.lines, this.commits].some(({ value }) => value !== undefined);
  }

  /** Compares the parts at the next number, and moves on. */
  async step(): Promise<Difference | null> {
    const place = this.#place();
    const { seq, journal, line, commit } = place;
    const agreed = agreedHash(place);
    const difference = this.#outOfOrder(place) ??
      brokenLine(line) ??
      lineAgainst(line, journal, agreed) ??
      commitAgainst(commit, entryAt(place), seq, agreed, this.assets) ??
      journalAgainst(journal, line, agreed) ??
      this.#unlinked(place) ??
      await this.#checkpointsUpTo(place, agreed);
    if (difference !== null) return difference;
    this.#firstSeq ??= seq;
    this.#before = { seq, hash: agreed };
    this.#counts.entries += 1;
    await this.#goOn(place);
    return null;
  }

  /** The difference if a part ends too early. */
  ends(trail: Trail): Difference | null {
    const { journal, log, git } = this.#last;
    if (trail.journal !== null && Math.max(log, git) > journal) {
      return difference("journal", { seq: journal + 1 }, {
        message: `the store's journal ends at entry ${journal}, ${
          git > journal ? "git" : "the log"
        } has entry ${Math.max(log, git)}: state.db is older than the trail, or was cut`,
        expected: String(Math.max(log, git)),
        found: String(journal),
      });
    }
    const known = trail.journal === null ? Math.max(log, git) : journal;
    if (git < trail.committedSeq || (trail.commits === null && trail.journal === null && log > 0)) {
      return difference("git", { seq: git + 1 }, {
        message: trail.commits === null
          ? "there is a trail but no repository: the audit's git folder is missing"
          : `git ends at entry ${git}, it had entry ${trail.committedSeq} already: its end was cut`,
        expected: String(Math.max(trail.committedSeq, log)),
        found: String(git),
      });
    }
    if (log < git) {
      return difference("log", { file: LIVE_LOG, seq: log + 1 }, {
        message: trail.lines === null
          ? "there is a repository and no log"
          : `the log ends at entry ${log}, git has entry ${git}: its end was cut, or could not be written`,
        expected: String(git),
        found: String(log),
      });
    }
    const [unseen] = this.awaited?.values() ?? [];
    if (unseen !== undefined) {
      return difference("git", { seq: unseen.seq, commit: unseen.commit }, {
        message:
          `the repository lacks the commit that the checkpoint of entry ${unseen.seq} seals: ` +
          "its history was rewritten",
        field: "commit",
        expected: unseen.commit,
      });
    }
    const checkpoint = this.checkpoints.value;
    if (checkpoint !== undefined && checkpoint.seq > known) {
      return difference("checkpoint", { seq: checkpoint.seq }, {
        message:
          `entry ${checkpoint.seq} was sealed by a checkpoint, the trail ends at entry ${known}: its end was cut`,
        expected: String(checkpoint.seq),
        found: String(known),
      });
    }
    return null;
  }

  report(difference: Difference | null): TrailReport {
    const { journal, git } = this.#last;
    return {
      ...this.#counts,
      firstSeq: this.#firstSeq,
      lastSeq: this.#before?.seq ?? null,
      sealedSeq: this.#sealedSeq,
      behind: Math.max(0, journal - git),
      signers: [...this.#signers],
      difference,
    };
  }

  async close(): Promise<void> {
    for (const part of [this.journal, this.lines, this.commits, this.checkpoints]) {
      await part.close();
    }
  }

  #place(): Place {
    const line = this.lines.value ?? null;
    // A line that cannot be read takes the next number.
    const lineSeq = line === null
      ? null
      : line.entry instanceof Error
      ? this.#last.log + 1
      : line.entry.seq;
    const journal = this.journal.value ?? null;
    const commit = this.commits.value ?? null;
    const seqs = [lineSeq, journal?.seq ?? null, commit?.seq ?? null];
    const seq = Math.min(...seqs.filter((each) => each !== null));
    return {
      seq,
      journal: journal?.seq === seq ? journal : null,
      line: lineSeq === seq ? line : null,
      commit: commit?.seq === seq ? commit : null,
    };
  }

  /** A number that a part repeats or leaves out. */
  #outOfOrder({ seq, journal, line, commit }: Place): Difference | null {
    const parts = [
      ["log", line, this.#last.log],
      ["git", commit, this.#last.git],
      ["journal", journal, this.#last.journal],
    ] as const;
    for (const [where, value, last] of parts) {
      if (value === null || last === 0 || seq === last + 1) continue;
      const missing = seq > last + 1;
      return difference(where, { seq: last + 1, ...placeOf(line, commit, where) }, {
        message: missing
          ? `entry ${last + 1} is missing: entry ${seq} comes after ${last}`
          : `entry ${seq} comes after entry ${last}`,
        field: "seq",
        expected: String(last + 1),
        found: String(seq),
      });
    }
    return null;
  }

  /** Each entry must contain the hash of the entry before. */
  #unlinked({ seq, journal, line, commit }: Place): Difference | null {
    const before = this.#before;
    if (before === null || before.seq !== seq - 1) return null;
    const entry = journal ?? (line?.entry as JournalLine | undefined);
    if (entry === undefined || entry === null || entry.prev === before.hash) return null;
    const where = journal !== null ? "journal" : "log";
    return difference(where, { seq, ...placeOf(line, commit, where) }, {
      message: `entry ${seq} does not follow entry ${before.seq}: it names another hash`,
      field: "prev",
      expected: before.hash,
      found: entry.prev,
    });
  }

  async #checkpointsUpTo(
    { seq, commit }: Place,
    hash: string,
  ): Promise<Difference | null> {
    for (;;) {
      const checkpoint = this.checkpoints.value;
      if (checkpoint === undefined || checkpoint.seq > seq) return null;
      const about = { seq: checkpoint.seq };
      if (!checkpoint.valid) {
        return difference("checkpoint", about, {
          message:
            `the checkpoint of entry ${checkpoint.seq} was not signed by ${checkpoint.pubkey}`,
          field: "signature",
        });
      }
      // Older checkpoints seal entries that are no longer kept.
      if (checkpoint.seq === seq && checkpoint.hash !== hash) {
        return difference("checkpoint", about, {
          message: `entry ${seq} does not match its checkpoint: the trail was rewritten`,
          field: "hash",
          expected: checkpoint.hash,
          found: hash,
        });
      }
      // Its commit comes right after the entry's, if it is not the entry's own.
      if (
        checkpoint.seq === seq && checkpoint.commit !== null &&
        checkpoint.commit !== commit?.commit
      ) this.awaited?.set(checkpoint.commit, checkpoint);
      this.#counts.checkpoints += 1;
      this.#sealedSeq = checkpoint.seq;
      this.#signers.add(checkpoint.pubkey);
      await this.checkpoints.next();
    }
  }

  async #goOn({ seq, journal, line, commit }: Place): Promise<void> {
    if (journal !== null) {
      this.#last.journal = seq;
      await this.journal.next();
    }
    if (line !== null) {
      this.#last.log = seq;
      this.#counts.lines += 1;
      await this.lines.next();
    }
    if (commit !== null) {
      this.#last.git = seq;
      this.#counts.commits += 1;
      await this.commits.next();
    }
  }
}

const LIVE_LOG = "payment_log.jsonl";

/** The entry, from any part. */
function entryAt({ journal, line }: Place): JournalLine | null {
  if (journal !== null) return journal;
  return line === null || line.entry instanceof Error ? null : line.entry;
}

/** The hash that most parts have. If all differ, git's, which is the hardest to change. */
function agreedHash({ journal, line, commit }: Place): string {
  const written = line === null || line.entry instanceof Error ? null : line.entry.hash;
  const hashes = [commit?.hash, journal?.hash, written].filter((each) => typeof each === "string");
  return hashes.find((each, i) => hashes.indexOf(each) !== i) ?? hashes[0] ?? "";
}
