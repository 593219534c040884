/** What a provider that has a history takes for nothing, by the rule that ends the trust in it. docs/decisions/0037 has the figures. */
import assert from "node:assert/strict";
import {
  distrustBreaches,
  distrustMarket,
  type DistrustRule,
  type Provider,
  PROVIDERS,
} from "./distrust_sim.ts";

const SEEDS = 400;

function over(rule: DistrustRule, provider: Provider) {
  const all = Array.from({ length: SEEDS }, (_, at) => distrustMarket(at + 1, rule, provider));
  return {
    all,
    mostADay: all.reduce((most, { mostADay }) => mostADay > most ? mostADay : most, 0n),
    distrusted: all.reduce((sum, { distrusted }) => sum + distrusted, 0) /
      all.reduce((sum, { jobs }) => sum + jobs, 0),
  };
}

Deno.test("a provider that stops to deliver takes its whole history in a day without a rule, and five jobs at most with it", () => {
  assert.equal(over("none", "turned").mostADay, 21_000n);
  assert.equal(over("score", "turned").mostADay, 21_000n, "a score of all jobs is too slow");
  assert.ok(over("either", "turned").mostADay <= 3_700n);
});

Deno.test("a provider that takes only large jobs is noticed by their prices, and hardly by their number", () => {
  assert.ok(over("count", "large").distrusted < 0.1);
  assert.ok(over("either", "large").distrusted > 0.7);
  assert.ok(over("either", "large").mostADay < over("none", "large").mostADay * 3n / 5n);
});

Deno.test("an honest provider that fails one job of ten is trusted before nearly all jobs, and a rule of one failure trusts nobody", () => {
  assert.ok(over("either", "honest 10").distrusted < 0.015);
  assert.ok(over("either", "honest 5").distrusted < 0.002);
  assert.ok(over("one", "honest 5").distrusted > 0.6);
});

Deno.test("under the rule every market keeps its bounds, and distrustBreaches() reports those that do not", () => {
  for (const provider of PROVIDERS) {
    for (const each of over("either", provider).all) {
      assert.deepEqual(distrustBreaches(provider, each), [], provider);
    }
  }
  const turned = distrustMarket(1, "none", "turned");
  assert.equal(distrustBreaches("turned", turned).length, 1);
  assert.equal(distrustBreaches("turned", { ...turned, lost: 10n ** 6n }).length, 2);
  const honest = distrustMarket(1, "one", "honest 10");
  assert.equal(distrustBreaches("honest 10", honest).length, 2);
});
