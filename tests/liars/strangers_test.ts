/** What a liar with any number of keys is paid for nothing, by rule. docs/decisions/0031 has the figures. */
import assert from "node:assert/strict";
import {
  type Came,
  CEILING,
  type Liar,
  LIARS,
  type Rule,
  strangersBreaches,
  strangersMarket,
} from "./strangers_sim.ts";

const SEEDS = 400;

function over(rule: Rule, liar: Liar) {
  const all = Array.from({ length: SEEDS }, (_, at) => strangersMarket(at + 1, rule, liar));
  const most = (of: (each: Came) => bigint) =>
    all.reduce((top, each) => of(each) > top ? of(each) : top, 0n);
  return {
    all,
    mostADay: most(({ mostADay }) => mostADay),
  };
}

Deno.test("a liar that makes new keys takes far more than a ceiling without one, and at most the ceiling a day with the rule", () => {
  for (const liar of ["fresh", "nonsense", "deposits"] as const) {
    assert.ok(over("none", liar).mostADay > 15n * CEILING, liar);
    const { mostADay } = over("covered", liar);
    assert.ok(mostADay > 0n && mostADay <= CEILING, `${liar}: ${mostADay}`);
  }
});

Deno.test("under the rule, all that liars take for nothing is within the ceiling of each day and what they delivered, and no known provider is kept from a job", () => {
  for (const liar of LIARS) {
    for (const came of over("covered", liar).all) {
      assert.deepEqual(strangersBreaches(came), [], liar);
    }
  }
});

Deno.test("strangersBreaches() reports what is above the ceilings and what was delivered, and a known provider that was kept out", () => {
  const good = strangersMarket(1, "covered", "patient");
  assert.deepEqual(strangersBreaches(good), []);
  const bad = { ...good, lost: good.delivered + 10n * CEILING + 1n };
  assert.equal(strangersBreaches(bad).length, 1);
  assert.equal(strangersBreaches({ ...good, blocked: 1 }).length, 1);
});

Deno.test("a rule that one job is history enough lets a liar take large payments after jobs of 1 unit", () => {
  assert.ok(over("one_job", "cheap_first").mostADay > 10n * CEILING);
  assert.ok(over("covered", "cheap_first").mostADay <= CEILING + 60n);
});

Deno.test("a rule that gives room back for a result lets nonsense under new keys take everything", () => {
  assert.ok(over("reopens", "fresh").mostADay <= CEILING);
  assert.ok(over("reopens", "nonsense").mostADay > 15n * CEILING);
});

Deno.test("a rule that counts no deposits lets a liar ask for the whole price as one", () => {
  assert.ok(over("deposits_free", "fresh").mostADay <= CEILING);
  assert.ok(over("deposits_free", "deposits").mostADay > 15n * CEILING);
});
