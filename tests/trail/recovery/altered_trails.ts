/** Trails in which one thing was altered, and where the comparison must find it. */
import type { Difference } from "../../../trail/recovery/trail.ts";
import { entryHash, type JournalLine } from "../../../store/journal_row.ts";
import { commitOf, follow, madeEntries, type MadeTrail, madeTrail } from "./made_trail.ts";

/** Another amount under the same hash. */
export const digit = (entry: JournalLine): JournalLine => ({
  ...entry,
  amountUnits: entry.amountUnits! + 1n,
});

/** Makes everything after `seq` again, with right hashes, like somebody who rewrites the past. */
function rewritten(seq: number): MadeTrail {
  const other = madeTrail(10);
  const entries = madeEntries(10, (each) => each === seq ? { amountUnits: 1n } : {});
  return {
    ...other,
    journal: entries,
    lines: entries.map((entry, i) => ({ file: "payment_log.jsonl", line: i + 1, entry })),
    commits: entries.map(commitOf),
  };
}

/** What is altered, and the difference that must be named. */
export const ALTERED: readonly {
  readonly name: string;
  readonly change: (trail: MadeTrail) => unknown;
  readonly expected: Partial<Difference>;
}[] = [
  {
    name: "a digit of a line",
    change: (t) => t.lines![4] = { ...t.lines![4], entry: digit(t.journal![4]) },
    expected: {
      where: "log",
      file: "payment_log.jsonl",
      line: 5,
      seq: 5,
      field: "amount_units",
      expected: "8050",
      found: "8051",
    },
  },
  {
    name: "a digit of a line, with neither store nor repository",
    change(t) {
      t.lines![4] = { ...t.lines![4], entry: digit(t.journal![4]) };
      t.journal = null;
      t.commits = null;
    },
    expected: { where: "log", line: 5, seq: 5, field: "hash" },
  },
  {
    name: "a digit of a line whose hash was made right",
    change(t) {
      const { hash: _, ...wrong } = digit(t.journal![4]);
      t.lines![4] = { ...t.lines![4], entry: { ...wrong, hash: entryHash(wrong) } };
      t.journal = null;
    },
    expected: { where: "log", line: 5, seq: 5, field: "hash" },
  },
  {
    name: "a line that is none",
    change: (t) => t.lines![4] = { ...t.lines![4], entry: new Error("it is not JSON") },
    expected: {
      where: "log",
      line: 5,
      seq: null,
      message: "this line is no entry: it is not JSON",
    },
  },
  {
    name: "a line that is missing",
    change: (t) => t.lines!.splice(4, 1),
    expected: { where: "log", seq: 5, field: "seq", expected: "5", found: "6" },
  },
  {
    name: "a line that stands twice",
    change: (t) => t.lines!.splice(5, 0, t.lines![4]),
    expected: { where: "log", line: 5, field: "seq", expected: "6", found: "5" },
  },
  {
    name: "a log that ends early",
    change: (t) => t.lines!.length = 6,
    expected: { where: "log", seq: 7, expected: "10", found: "6" },
  },
  {
    name: "a digit of the store",
    change: (t) => t.journal![4] = digit(t.journal![4]),
    expected: {
      where: "journal",
      file: "state.db",
      seq: 5,
      field: "amount_units",
      expected: "8050",
      found: "8051",
    },
  },
  {
    name: "an entry that the store lacks",
    change: (t) => t.journal!.splice(4, 1),
    expected: { where: "journal", seq: 5, field: "seq" },
  },
  {
    name: "an older store",
    change: (t) => t.journal!.length = 6,
    expected: { where: "journal", seq: 7, expected: "10", found: "6" },
  },
  {
    name: "a commit with another hash",
    change: (t) => t.commits![4] = { ...t.commits![4], hash: "a".repeat(64) },
    expected: { where: "git", seq: 5, field: "Journal-Hash", found: "a".repeat(64) },
  },
  {
    name: "a commit whose message names another entry",
    change: (t) =>
      t.commits![4] = { ...t.commits![4], named: { seq: 4, hash: t.commits![3].hash } },
    expected: { where: "git", seq: 5, field: "Entry" },
  },
  {
    name: "a commit whose message tells another amount",
    change: (t) =>
      t.commits![4] = { ...t.commits![4], told: { Payment: "0.008051 M2M (805 bytes x 10)" } },
    expected: { where: "git", seq: 5, field: "Payment", expected: "0.008050 M2M" },
  },
  {
    name: "a commit whose message tells another job",
    change: (t) => t.commits![4] = { ...t.commits![4], told: { "Job ID": "job-5abc123" } },
    expected: { where: "git", seq: 5, field: "Job ID", found: "job-5abc123" },
  },
  {
    name: "a commit that is missing",
    change: (t) => t.commits!.splice(4, 1),
    expected: { where: "git", seq: 5, field: "seq" },
  },
  {
    name: "a repository that is gone",
    change: (t) => Object.assign(t, { commits: null, committedSeq: 9 }),
    expected: { where: "git", seq: 1, expected: "10", found: "0" },
  },
  {
    name: "a repository that is gone with the store",
    change: (t) => Object.assign(t, { commits: null, journal: null }),
    expected: { where: "git", seq: 1 },
  },
  {
    name: "a repository that ends before where it was",
    change(t) {
      t.commits!.length = 3;
      t.checkpoints.length = 0;
      t.committedSeq = 7;
    },
    expected: { where: "git", seq: 4, expected: "10", found: "3" },
  },
  {
    name: "a trail written anew",
    change: (t) => Object.assign(t, rewritten(2)),
    expected: { where: "checkpoint", seq: 4, field: "hash" },
  },
  {
    name: "a trail cut at its end",
    change(t) {
      for (const part of [t.journal!, t.lines!, t.commits!]) part.length = 7;
    },
    expected: { where: "checkpoint", seq: 8, expected: "8", found: "7" },
  },
  {
    name: "a checkpoint that nobody signed",
    change: (t) => t.checkpoints[0] = { ...t.checkpoints[0], valid: false },
    expected: { where: "checkpoint", seq: 4, field: "signature" },
  },
  {
    name: "a history without the commit that was sealed",
    change: (t) => t.commits![3] = { ...t.commits![3], commit: "b".repeat(40) },
    expected: { where: "git", seq: 4, field: "commit" },
  },
  {
    name: "an entry that follows another one than it says",
    change(t) {
      const { seq, prev: _p, hash: _h, ...rest } = t.journal![4];
      t.journal![4] = follow(t.journal![2], { seq, ...rest });
      t.lines![4] = { ...t.lines![4], entry: t.journal![4] };
      t.commits![4] = commitOf(t.journal![4]);
    },
    expected: { where: "journal", seq: 5, field: "prev" },
  },
];
