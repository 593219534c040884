/** `deno task liars`: markets with liars, by seed; exit 1 where one breaks a bound. */
import { parseArgs } from "node:util";
import { breaches, tableOf } from "./bounds.ts";
import { runMarket } from "./liars_market.ts";
import type { MarketOutcome } from "./market_outcome.ts";
import { distrustBreaches, distrustMarket, PROVIDERS } from "./distrust_sim.ts";
import { payingBreaches, payingTable } from "./paying_bounds.ts";
import { type PayingOutcome, runPayingMarket } from "./paying_market.ts";
import { LIARS, strangersBreaches, strangersMarket } from "./strangers_sim.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "200" },
    from: { type: "string", default: "1" },
  },
});
const [count, first] = [Number(values.seeds), Number(values.from)];
if (!Number.isSafeInteger(count) || count < 1 || !Number.isSafeInteger(first) || first < 1) {
  console.error("liars: --seeds and --from are whole numbers above 0");
  Deno.exit(2);
}
const outcomes: MarketOutcome[] = [];
let broken = 0;
for (let seed = first; seed < first + count; seed++) {
  const outcome = await runMarket(seed);
  outcomes.push(outcome);
  for (const breach of breaches(outcome)) {
    broken++;
    console.log(`seed ${seed} (${outcome.liars.join(", ")}): ${breach}`);
  }
}
// Every payment mode, with buyers that vanish.
const paying: PayingOutcome[] = [];
for (let seed = first; seed < first + count; seed++) {
  const outcome = await runPayingMarket(seed);
  paying.push(outcome);
  for (const breach of payingBreaches(outcome)) {
    broken++;
    console.log(`seed ${seed} (payment modes): ${breach}`);
  }
}
// Each liar that makes new keys, beside the limit for strangers (strangers_sim.ts).
for (const liar of LIARS) {
  for (let seed = first; seed < first + count; seed++) {
    for (const breach of strangersBreaches(strangersMarket(seed, "covered", liar))) {
      broken++;
      console.log(`seed ${seed} (strangers, ${liar}): ${breach}`);
    }
  }
}
// Providers with a history, beside the rule that ends the trust in them (distrust_sim.ts).
for (const provider of PROVIDERS) {
  for (let seed = first; seed < first + count; seed++) {
    for (const breach of distrustBreaches(provider, distrustMarket(seed, "either", provider))) {
      broken++;
      console.log(`seed ${seed} (trust, ${provider}): ${breach}`);
    }
  }
}
console.log(tableOf(outcomes));
console.log(payingTable(paying));
console.log(
  broken === 0
    ? `${count} markets of each sort: every bound held`
    : `${broken} breaches; 'deno task liars --seeds 1 --from SEED' repeats one`,
);
Deno.exit(broken === 0 ? 0 : 1);
