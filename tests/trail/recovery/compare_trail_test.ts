import { M2M } from "../../../protocols/ilp/asset.ts";
import assert from "node:assert/strict";
import { compareTrail } from "../../../trail/recovery/compare_trail.ts";
import type { Difference } from "../../../trail/recovery/trail.ts";
import { entryHash, type JournalLine } from "../../../store/journal_row.ts";
import {
  asTrail,
  commitOf,
  follow,
  madeEntries,
  type MadeTrail,
  madeTrail,
  SIGNER,
} from "./made_trail.ts";

const compare = (trail: MadeTrail) => compareTrail(asTrail(trail));

/** Another amount under the same hash. */
const digit = (entry: JournalLine): JournalLine => ({
  ...entry,
  amountUnits: entry.amountUnits! + 1n,
});

Deno.test("compareTrail() finds no difference in a whole trail and counts its parts", async () => {
  assert.deepEqual(await compare(madeTrail(10)), {
    entries: 10,
    lines: 10,
    commits: 10,
    checkpoints: 2,
    firstSeq: 1,
    lastSeq: 10,
    sealedSeq: 8,
    behind: 0,
    signers: [SIGNER],
    difference: null,
  });
});

for (
  const { name, change, behind, entries } of [
    { name: "an empty home", change: (t) => Object.assign(t, madeTrail(0)), behind: 0, entries: 0 },
    {
      name: "entries that git and log do not have yet",
      change(t) {
        t.lines!.length = 7;
        t.commits!.length = 6;
        t.checkpoints.length = 1;
      },
      behind: 4,
      entries: 10,
    },
    {
      name: "no repository and no log yet",
      change: (t) => Object.assign(t, { lines: null, commits: null, checkpoints: [] }),
      behind: 10,
      entries: 10,
    },
    { name: "a store that is gone", change: (t) => t.journal = null, behind: 0, entries: 10 },
    {
      name: "days of the log that are no longer kept",
      change: (t) => t.lines!.splice(0, 5),
      behind: 0,
      entries: 10,
    },
    {
      name: "entries of the journal that are no longer kept",
      change: (t) => t.journal!.splice(0, 5),
      behind: 0,
      entries: 10,
    },
    {
      name: "a log that is ahead of a repository that is only being made",
      change: (t) => Object.assign(t, { commits: null, checkpoints: [] }),
      behind: 10,
      entries: 10,
    },
    {
      name: "a checkpoint that seals a later commit than its entry's",
      change: (t) => t.checkpoints[0] = { ...t.checkpoints[0], commit: t.commits![4].commit },
      behind: 0,
      entries: 10,
    },
    {
      name: "a beginning that no part has any more",
      change(t) {
        t.journal!.splice(0, 5);
        t.lines!.splice(0, 5);
        t.commits!.splice(0, 5);
      },
      behind: 0,
      entries: 5,
    },
  ] as { name: string; change: (trail: MadeTrail) => unknown; behind: number; entries: number }[]
) {
  Deno.test(`compareTrail() takes ${name} for no difference`, async () => {
    const trail = madeTrail(10);
    change(trail);
    const report = await compare(trail);
    assert.equal(report.difference, null);
    assert.equal(report.behind, behind);
    assert.equal(report.entries, entries);
  });
}

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

for (
  const { name, change, expected } of [
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
  ] as {
    name: string;
    change: (trail: MadeTrail) => unknown;
    expected: Partial<Difference>;
  }[]
) {
  Deno.test(`compareTrail() names ${name}`, async () => {
    const trail = madeTrail(10);
    change(trail);
    const { difference } = await compare(trail);
    assert.ok(difference);
    for (const [key, value] of Object.entries(expected)) {
      assert.equal(difference[key as keyof Difference], value, `${key}: ${difference.message}`);
    }
  });
}

Deno.test("compareTrail() accepts an amount only in the home's own asset, with its decimals", async () => {
  const token = { code: "TOK", scale: 18 };
  const told = async (payment: string) => {
    const trail = madeTrail(10);
    trail.commits![4] = { ...trail.commits![4], told: { Payment: payment } };
    const { difference } = await compareTrail({ ...asTrail(trail), assets: [token, M2M] });
    return difference?.field ?? null;
  };
  assert.equal(await told("0.000000000000008050 TOK (805 bytes x 10)"), null);
  assert.equal(await told("0.008050 M2M"), null, "of another network of the home");
  for (const payment of ["0.008050 TOK", "0.8050 M2M", "0.000000000000008051 TOK"]) {
    assert.equal(await told(payment), "Payment", payment);
  }
});

Deno.test("compareTrail() names the first of several differences", async () => {
  const trail = madeTrail(10);
  trail.lines![7] = { ...trail.lines![7], entry: digit(trail.journal![7]) };
  trail.commits![2] = { ...trail.commits![2], hash: "a".repeat(64) };
  assert.equal((await compare(trail)).difference?.seq, 3);
});
