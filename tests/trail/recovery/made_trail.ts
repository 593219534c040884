/** A trail that agrees with itself, of which a test changes a part. */
import type {
  Trail,
  TrailCheckpoint,
  TrailCommit,
  TrailCommits,
  TrailLine,
} from "../../../trail/recovery/trail.ts";
import { entryHash, type JournalLine, NO_HASH } from "../../../store/journal_row.ts";

export const START_MS = Date.parse("2026-02-17T14:00:00Z");
export const SIGNER = "5".repeat(64);

/** Payments, one a second, each chained to the one before. */
export function madeEntries(
  count: number,
  over: (seq: number) => Partial<JournalLine> = () => ({}),
): JournalLine[] {
  const entries: JournalLine[] = [];
  for (let seq = 1; seq <= count; seq++) {
    entries.push(follow(entries.at(-1), {
      seq,
      atMs: START_MS + seq * 1_000,
      type: "payment",
      jobId: `job-${seq.toString(16).padStart(7, "0")}`,
      channelId: "ch_7f3a9b2e",
      eventId: seq.toString(16).padStart(64, "0"),
      kind: 5600,
      bytes: 800 + seq,
      amountUnits: BigInt(10 * (800 + seq)),
      balanceUnits: 50_000_000n - BigInt(10 * 800 * seq),
      outcome: "fulfilled",
      ...over(seq),
    }));
  }
  return entries;
}

/** The entry that follows another one. */
export function follow(
  before: JournalLine | undefined,
  entry: Omit<JournalLine, "prev" | "hash">,
): JournalLine {
  const linked = { ...entry, prev: before?.hash ?? NO_HASH };
  return { ...linked, hash: entryHash(linked) };
}

/** Parts as lists, so that a test can cut and change them. */
export interface MadeTrail {
  journal: JournalLine[] | null;
  lines: TrailLine[] | null;
  commits: TrailCommit[] | null;
  checkpoints: TrailCheckpoint[];
  committedSeq: number;
}

/** Journal, log and commits of `count` entries; every fourth is sealed. */
export function madeTrail(count: number): MadeTrail {
  const entries = madeEntries(count);
  return {
    journal: [...entries],
    lines: entries.map((entry, i) => ({ file: "payment_log.jsonl", line: i + 1, entry })),
    commits: entries.map(commitOf),
    committedSeq: 0,
    checkpoints: entries.filter(({ seq }) => seq % 4 === 0).map((entry) => ({
      seq: entry.seq,
      hash: entry.hash,
      commit: commitOf(entry).commit,
      pubkey: SIGNER,
      valid: true,
    })),
  };
}

/** The commit of an entry. */
export function commitOf({ seq, hash }: JournalLine): TrailCommit {
  return { commit: hash.slice(0, 40), seq, hash, named: { seq, hash }, told: {} };
}

/** As compareTrail() reads it. */
export function asTrail({ journal, lines, commits, checkpoints, committedSeq }: MadeTrail): Trail {
  return {
    journal: journal && stream(journal),
    lines: lines && stream(lines),
    commits: commits && new MadeCommits(commits),
    checkpoints: stream(checkpoints),
    committedSeq,
  };
}

class MadeCommits implements TrailCommits {
  onCommit: (commit: string) => void = () => {};
  constructor(readonly commits: readonly TrailCommit[]) {}
  async *[Symbol.asyncIterator](): AsyncGenerator<TrailCommit> {
    for await (const commit of stream(this.commits)) {
      this.onCommit(commit.commit);
      yield commit;
    }
  }
}

async function* stream<Value>(values: readonly Value[]): AsyncIterable<Value> {
  yield* values;
  await Promise.resolve();
}
