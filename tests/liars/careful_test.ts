/** What a provider takes for nothing that fails less than half of its jobs. docs/decisions/0041 has the figures. */
import assert from "node:assert/strict";
import { type Behaviour, carefulMarket, type CarefulRule } from "./careful_sim.ts";

const SEEDS = 20;

function over(rule: CarefulRule, how: Behaviour) {
  const all = Array.from({ length: SEEDS }, (_, at) => carefulMarket(at + 1, rule, how));
  const sum = (of: (each: typeof all[number]) => number | bigint) =>
    all.reduce((total, each) => total + Number(of(each)), 0);
  return {
    lost: sum(({ lost }) => lost) / SEEDS,
    inParts: sum(({ inParts }) => inParts) / sum(({ jobs }) => jobs),
    blocked: sum(({ blocked }) => blocked) / sum(({ jobs }) => jobs),
    all,
  };
}

const LIARS: readonly Behaviour[] = [20, 30, 40, 60, 100].flatMap((takes) => [
  { takes, fails: 0 },
  { takes, large: true, fails: 0 } as const,
]);
/** What the liar takes for nothing that takes the most, in units of a market. */
const most = (rule: CarefulRule) => Math.max(...LIARS.map((liar) => over(rule, liar).lost));

Deno.test("a liar that is careful takes about half as much if what it takes counts three times", () => {
  assert.ok(most("triple") < most("half") * 0.56, `${most("triple")} of ${most("half")}`);
});

Deno.test("counting more of the last jobs does not notice a liar that takes the large ones, and costs honest providers more", () => {
  for (const rule of ["thirty", "cusum"] as const) {
    assert.ok(most(rule) > most("half") * 0.95, rule);
    assert.ok(over(rule, { takes: 0, fails: 15 }).inParts > 0.05, rule);
  }
});

Deno.test("an honest provider of which one job of ten fails is paid upfront as often as without the rule", () => {
  for (const fails of [5, 10, 15]) {
    const [without, now] = [over("half", { takes: 0, fails }), over("triple", { takes: 0, fails })];
    assert.deepEqual([now.inParts, now.blocked], [without.inParts, without.blocked], `${fails} %`);
  }
  assert.ok(over("triple", { takes: 0, fails: 10 }).inParts < 0.02);
});

Deno.test("whatever it does, it takes at most a third of what it delivered and the ceiling for strangers of each day", () => {
  for (const liar of LIARS) {
    for (const { lost, delivered } of over("triple", liar).all) {
      assert.ok(lost <= (delivered + 20_000n) / 3n + 20n * 1_000n, `${lost} of ${delivered}`);
    }
  }
});
