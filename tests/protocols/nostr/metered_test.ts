import assert from "node:assert/strict";
import {
  begunIncrements,
  coveredIncrements,
  paysFromMs,
  runsUntilMs,
} from "../../../protocols/nostr/metered.ts";
import { type Came, type Fault, meteredJob, type Rule } from "./metered_sim.ts";

const SEEDS = 400;

function jobs(rule: Rule, fault: Fault): Came[] {
  return Array.from({ length: SEEDS }, (_, at) => meteredJob(at + 1, rule, fault));
}

Deno.test("begunIncrements() counts the increment that a run is in", () => {
  assert.deepEqual([0, 14_999, 15_000, 45_001].map((ms) => begunIncrements(ms, 15)), [1, 1, 2, 4]);
  assert.equal(begunIncrements(-5, 15), 1);
});

Deno.test("a run continues for one increment more than was paid for", () => {
  assert.equal(runsUntilMs(1, 15), 30_000);
});

Deno.test("paysFromMs() waits for each increment by the buyer's own clock", () => {
  const paid = { seconds: 10, paid: 3, sinceMs: 1_000, paidAtMs: 22_000 };
  assert.equal(paysFromMs(paid), 31_000);
  assert.equal(paysFromMs({ ...paid, paidAtMs: 30_000 }), 35_000);
});

Deno.test("coveredIncrements() never exceeds the total or the most", () => {
  assert.equal(coveredIncrements(99n, 10n, 20), 9);
  assert.equal(coveredIncrements(2n ** 64n, 10n, 20), 20);
  assert.deepEqual([coveredIncrements(9n, 10n, 5), coveredIncrements(9n, 0n, 5)], [0, 0]);
});

Deno.test("a metered job: neither side risks more than one increment, whoever is silent, stops paying or dies", () => {
  for (const fault of ["none", "silent_provider", "unpaying_buyer", "deaths"] as const) {
    for (const [at, { buyerRisk, providerRisk, lead }] of jobs("product", fault).entries()) {
      assert.ok(buyerRisk <= 1, `${fault} ${at + 1}: the buyer risks ${buyerRisk}`);
      assert.ok(providerRisk <= 1, `${fault} ${at + 1}: the provider risks ${providerRisk}`);
      assert.ok(lead <= 0, `${fault} ${at + 1}: paid ${lead} ahead of the clock`);
    }
  }
  for (const fault of ["none", "deaths"] as const) {
    assert.ok(jobs("product", fault).every(({ end }) => end === "result"), fault);
  }
});

Deno.test("a metered job: a provider that lies about its meter earns no faster than the buyer's clock", () => {
  assert.ok(jobs("product", "eager_provider").every(({ lead }) => lead <= 0));
  assert.ok(jobs("no_own_clock", "eager_provider").every(({ lead }) => lead > 1));
});

Deno.test("a metered job that is paused: nobody risks more, it reaches its result, and a pause brings a liar nothing", () => {
  for (const [at, { end, buyerRisk, providerRisk }] of jobs("product", "pausing_buyer").entries()) {
    assert.equal(end, "result", `seed ${at + 1}`);
    assert.ok(buyerRisk <= 1, `${at + 1}: the buyer risks ${buyerRisk}`);
    assert.ok(providerRisk <= 1, `${at + 1}: the provider risks ${providerRisk}`);
  }
  assert.ok(jobs("product", "pausing_eager").every(({ lead }) => lead <= 0));
  assert.ok(jobs("clock_runs", "pausing_eager").some(({ lead }) => lead > 0.5));
});

Deno.test("a metered job: the rules that were tried before lose more, or stop honest jobs", () => {
  assert.ok(jobs("own_clock", "silent_provider").some(({ buyerRisk }) => buyerRisk > 10));
  assert.ok(jobs("no_credit", "none").filter(({ end }) => end === "unpaid").length > SEEDS / 2);
});
