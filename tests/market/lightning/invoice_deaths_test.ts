/** The work on invoices through many deaths of its process, losses and lies of its wallet. */
import assert from "node:assert/strict";
import { surroundings } from "../../stages/surroundings.ts";
import { type Fate, Ledger, quotedJob } from "./wallet.ts";
import { stored, work } from "./invoice_works.ts";

/** A small generator, so that a failing seed can be run again. */
function seeded(seed: number): () => number {
  let state = seed * 2_654_435_761 >>> 0;
  return () => {
    state = Math.imul(state ^ state >>> 15, state | 1);
    state ^= state + Math.imul(state ^ state >>> 7, state | 61);
    return ((state ^ state >>> 14) >>> 0) / 2 ** 32;
  };
}

Deno.test("workOnInvoices() pays at most once and ends with the truth, through 150 schedules of deaths, losses and lies", async () => {
  await using at = await surroundings();
  let [paid, failed, deaths] = [0, 0, 0];
  for (let seed = 1; seed <= 150; seed++) {
    const random = seeded(seed);
    const ledger = new Ledger();
    const row = await quotedJob(at.store, ledger, `seed ${seed}`, at.nowMs);
    const fates: Fate[] = ["answered", "lost", "unanswered", "wrong_preimage", "fails"];
    let faults = 12;
    await work({
      at,
      ledger,
      next: () => {
        if (faults-- <= 0) return { fate: "answered" };
        const fate = fates[Math.floor(random() * fates.length)];
        const dies = random() < 0.3
          ? random() < 0.5 ? "before" as const : "after" as const
          : undefined;
        if (dies !== undefined) deaths++;
        return { fate, dies };
      },
    });
    const { state, preimage } = await stored(at, row);
    const was = ledger.paid.get(row.paymentHash) ?? 0;
    assert.ok(was <= 1, `seed ${seed}: paid ${was} times`);
    assert.equal(state, was === 1 ? "paid" : "failed", `seed ${seed}`);
    assert.equal(preimage, was === 1 ? ledger.preimages.get(row.paymentHash) : null);
    // An order follows another one only when the wallet can no longer act on that.
    for (const [index, { atMs }] of ledger.orders.entries()) {
      const before = ledger.orders[index - 1];
      assert.ok(before === undefined || atMs - before.atMs >= 75_000, `seed ${seed}: too soon`);
    }
    if (was === 1) paid++;
    else failed++;
  }
  assert.ok(paid > 100 && deaths > 100, `${paid} paid, ${failed} failed, ${deaths} deaths`);
});
