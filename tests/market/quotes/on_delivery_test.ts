import assert from "node:assert/strict";
import { mayBeOwed } from "../../../market/quotes/on_delivery.ts";
import { wantedMode } from "../../../protocols/nostr/job_quote.ts";
import { randomOf } from "../../crash/schedule.ts";

Deno.test("wantedMode() is upfront unless the request's tag says otherwise", () => {
  assert.equal(wantedMode({ tags: [] }), "upfront");
  assert.equal(wantedMode({ tags: [["mode", "later"], ["param", "mode", "x"]] }), "upfront");
  assert.equal(wantedMode({ tags: [["mode", "on-delivery"]] }), "on-delivery");
});

/** Buyers that pay at once, late or never, and order every job that the provider accepts: 200 schedules of 60 steps with one provider. */
Deno.test("a buyer that never pays costs its provider one job beyond its deposit, and one that stops paying at most eight", () => {
  for (let seed = 1; seed <= 200; seed++) {
    const random = randomOf(seed);
    const buyers = Array.from({ length: 4 }, () => ({
      // The number of jobs that it pays before it stops forever.
      honestFor: random(3) === 0 ? 0 : random(6),
      waiting: [] as number[],
      paid: 0,
      unpaid: 0,
    }));
    for (let now = 0; now < 60; now++) {
      const buyer = buyers[random(buyers.length)];
      const overdue = buyer.waiting.filter((due) => due < now).length;
      const debts = { waiting: buyer.waiting.length - overdue, overdue, paid: buyer.paid };
      if (mayBeOwed(debts) > 0) buyer.waiting.push(now + 10);
      if (buyer.paid < buyer.honestFor && buyer.waiting.length > 0 && random(2) === 0) {
        buyer.waiting.shift();
        buyer.paid++;
      }
      buyer.unpaid = Math.max(buyer.unpaid, buyer.waiting.length);
      if (overdue > 0) assert.equal(mayBeOwed(debts), 0, `seed ${seed}: more for one that owes`);
    }
    for (const { paid, unpaid, honestFor, waiting } of buyers) {
      assert.ok(unpaid <= (paid === 0 ? 1 : 8), `seed ${seed}: ${unpaid} were owed at once`);
      if (honestFor === 0) assert.ok(waiting.length <= 1, `seed ${seed}: ${waiting.length} lost`);
    }
  }
});
