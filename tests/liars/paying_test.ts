/** A few markets of all payment modes with liars and vanishing buyers; `deno task liars` runs hundreds. */
import assert from "node:assert/strict";
import { payingBreaches, payingTable } from "./paying_bounds.ts";
import type { JobLoss } from "./paying_losses.ts";
import { type PayingOutcome, runPayingMarket } from "./paying_market.ts";
import { MODES } from "./paying_parties.ts";

/** Seeds whose liars are of different kinds. */
const SEEDS = [2, 10, 18, 70];

Deno.test("in a market of all payment modes nobody loses more than the documents state, and no wrong result is accepted", async () => {
  const outcomes: PayingOutcome[] = [];
  for (const seed of SEEDS) {
    const outcome = await runPayingMarket(seed);
    assert.deepEqual(payingBreaches(outcome), [], `seed ${seed}`);
    outcomes.push(outcome);
  }
  const all = outcomes.flatMap(({ losses }) => losses);
  // The markets must have been worth running.
  for (const mode of MODES) {
    const some = all.filter((each) => each.mode === mode);
    assert.ok(some.some(({ lie, delivered }) => lie === null && delivered), `${mode}: results`);
    assert.ok(some.some(({ buyerUnits }) => buyerUnits > 0n), `${mode}: a liar earned something`);
    const lost = some.some(({ providerUnits }) => providerUnits > 0n);
    assert.equal(lost, mode !== "upfront", `${mode}: an honest provider lost something`);
  }
  assert.ok(outcomes.some(({ right }) => right === MODES.length));
  assert.ok(outcomes.some(({ provenKeys }) => provenKeys > 0), "a key that did not open");
  assert.ok(outcomes.some(({ refusedDebtors }) => refusedDebtors > 0), "a buyer that owes");
  assert.ok(outcomes.some(({ notTaken }) => notTaken > 0), "a quote of nearly the whole price");
  assert.equal(payingTable(outcomes).split("\n").length, 1 + MODES.length);
});

Deno.test("payingBreaches() reports a wrong result, a loss above its bound on either side, and a result that did not come", () => {
  const good: JobLoss = {
    mode: "seconds",
    lie: null,
    vanished: false,
    buyerUnits: 5n,
    buyerMostUnits: 5n,
    providerUnits: 5n,
    providerMostUnits: 5n,
    delivered: true,
    paidUnits: 5n,
  };
  const outcome = (loss: Partial<JobLoss>, wrong = 0): PayingOutcome => ({
    losses: [{ ...good, ...loss }],
    right: 1,
    wrong,
    none: 0,
    provenKeys: 0,
    refusedDebtors: 0,
    notTaken: 0,
  });
  assert.deepEqual(payingBreaches(outcome({})), []);
  assert.deepEqual(payingBreaches(outcome({ vanished: true, delivered: false })), []);
  for (const bad of [{ buyerUnits: 6n }, { providerUnits: 6n }, { delivered: false }]) {
    assert.equal(payingBreaches(outcome(bad)).length, 1, JSON.stringify(Object.keys(bad)));
  }
  assert.equal(payingBreaches(outcome({}, 1)).length, 1);
});
