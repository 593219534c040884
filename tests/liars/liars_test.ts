/** A few markets with liars, of each kind; `deno task liars` runs hundreds. */
import assert from "node:assert/strict";
import { breaches } from "./bounds.ts";
import { runMarket } from "./liars_market.ts";

Deno.test("in a market with liars no wrong result is accepted, no honest provider is blamed, and a liar gets at most the price of a job", async () => {
  let accepted = 0;
  let shown = 0;
  let thirds = 0;
  let away = 0;
  let passedOn = 0;
  for (let seed = 1; seed <= 20; seed++) {
    const outcome = await runMarket(seed);
    assert.deepEqual(breaches(outcome), [], `seed ${seed}: ${outcome.liars.join(", ")}`);
    accepted += outcome.accepted;
    shown += outcome.shownLies;
    thirds += outcome.thirds;
    away += outcome.away;
    passedOn += outcome.passedOn;
  }
  assert.ok(accepted > 50, `${accepted} right results`);
  assert.ok(shown > 5, `${shown} lies are shown by evidence`);
  assert.ok(thirds > 0, `a third provider was asked ${thirds} times`);
  assert.ok(passedOn > 0, `${passedOn} providers took money and refused the work`);
  assert.ok(away > 10, `the buyer was away ${away} times`);
});

Deno.test("breaches() reports a wrong result, a blamed provider, and more than was owed", async () => {
  const good = await runMarket(1);
  assert.deepEqual(breaches(good), []);
  for (
    const bad of [
      { wrongAccepted: 1 },
      { blamedHonest: 1 },
      { mostPerJobUnits: good.priceUnits + 1n },
      { mostPaidUnits: good.bidUnits + 1n },
    ]
  ) assert.equal(breaches({ ...good, ...bad }).length, 1);
});
