import assert from "node:assert/strict";
import type { Mutant } from "./sim/broken_rules.ts";
import { coveredIn } from "./sim/invariants.ts";
import { runCollusion, runSchedule } from "./sim/world.ts";

const SCHEDULES = 120;

Deno.test("payer, connector and terminal keep every invariant on 120 seeded schedules", async () => {
  let crashes = 0;
  let fulfilled = 0;
  let refused = 0;
  let covered = 0;
  for (let seed = 1; seed <= SCHEDULES; seed++) {
    try {
      const world = await runSchedule(seed);
      crashes += world.crashes;
      fulfilled += world.fulfilled;
      refused += world.refused;
      covered += coveredIn(world.disks);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
  }
  // The schedules must have been worth running.
  assert.ok(crashes > SCHEDULES * 3, `${crashes} crashes`);
  assert.ok(fulfilled > SCHEDULES * 25, `${fulfilled} fulfilled`);
  assert.ok(refused > SCHEDULES * 2, `${refused} refused`);
  assert.ok(covered > SCHEDULES * 5, `${covered} covered by another claim`);
});

Deno.test("a connector between a payer and a terminal that collude loses no more than its write-off limit, on 24 schedules", async () => {
  let lost = 0;
  for (let seed = 1; seed <= 24; seed++) {
    const world = await runCollusion(seed).catch((error) => {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    });
    if (world.lostUnits > 2_500n) lost += 1;
  }
  assert.ok(lost > 12, `the terminal was late for enough of them on ${lost} schedules`);
});

for (
  const { mutant, note } of [
    { mutant: "write_offs_without_limit", note: "write-offs have no limit" },
    { mutant: "write_offs_forgotten", note: "a restart forgets what was written off today" },
  ] as const
) {
  Deno.test(`the losses show it where ${note}`, async () => {
    let caught = 0;
    for (let seed = 1; seed <= 10; seed++) {
      await runCollusion(seed, mutant).catch(() => caught += 1);
    }
    assert.ok(caught >= 2, `caught on ${caught} of 10 schedules`);
  });
}

const MUTANTS: readonly { readonly mutant: Mutant; readonly note: string }[] = [
  { mutant: "expiry_before_table", note: "a receiver that looks at expiry before its table" },
  {
    mutant: "r00_while_unknown",
    note: "a connector that answers R00 while its next leg is unknown",
  },
  { mutant: "payer_clock_closes", note: "a payer whose own clock closes a packet" },
  { mutant: "signer_not_asked", note: "a payer that does not ask what its signer signed last" },
];

for (const { mutant, note } of MUTANTS) {
  Deno.test(`the invariants catch ${note}`, async () => {
    let caught = 0;
    const seeds = 18;
    for (let seed = 1; seed <= seeds; seed++) {
      await runSchedule(seed, mutant).catch(() => caught += 1);
    }
    assert.ok(caught >= seeds / 6, `caught on ${caught} of ${seeds} schedules`);
  });
}
