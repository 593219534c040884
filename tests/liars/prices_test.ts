/** What a provider gains that quotes more than it announced, by the rule that counts it. docs/decisions/0039 has the figures. */
import assert from "node:assert/strict";
import { type Liar, LIARS, type PriceRule, pricesMarket } from "./prices_sim.ts";

const SEEDS = 100;

function over(rule: PriceRule, liar: Liar) {
  const all = Array.from({ length: SEEDS }, (_, at) => pricesMarket(at + 1, rule, liar));
  const sum = (of: (each: typeof all[number]) => number) =>
    all.reduce((total, each) => total + of(each), 0);
  return {
    liars: sum(({ liars }) => liars) / sum(({ jobs }) => jobs),
    /** Of all announced prices together. */
    above: sum(({ above }) => above) / 1_000 / sum(({ jobs }) => jobs),
    lost: sum(({ steady, changing }) => steady - changing) / SEEDS,
  };
}

Deno.test("a provider that quotes more than it announced gets the most jobs if nobody counts it, and few by the kept share", () => {
  for (const liar of Object.keys(LIARS) as Liar[]) {
    assert.ok(over("ignored", liar).liars > 0.7, liar);
    assert.ok(over("share", liar).liars < 0.3, liar);
    assert.ok(over("share", liar).above < over("ignored", liar).above / 2, liar);
  }
});

Deno.test("a provider that always asks four times as much gets hardly a job by the kept share", () => {
  assert.ok(over("share", "four times").liars < 0.06);
});

Deno.test("an honest provider that changes its price loses a tenth by the kept share of what it loses if such a job went badly", () => {
  const [share, badly] = [over("share", "four times"), over("badly", "four times")];
  assert.ok(share.lost > 0 && share.lost < 0.01, String(share.lost));
  assert.ok(share.lost * 5 < badly.lost, `${share.lost} ${badly.lost}`);
});
