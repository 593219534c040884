import { M2M } from "../../../protocols/ilp/asset.ts";
import assert from "node:assert/strict";
import { compareTrail } from "../../../trail/recovery/compare_trail.ts";
import type { Difference } from "../../../trail/recovery/trail.ts";
import { ALTERED, digit } from "./altered_trails.ts";
import { asTrail, type MadeTrail, madeTrail, SIGNER } from "./made_trail.ts";

const compare = (trail: MadeTrail) => compareTrail(asTrail(trail));

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

for (const { name, change, expected } of ALTERED) {
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
