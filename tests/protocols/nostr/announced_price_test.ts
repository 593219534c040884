/** What counts as an announced price that a quote did not keep. */
import assert from "node:assert/strict";
import {
  type AnnouncedPrice,
  keptShare,
  quotedPrice,
  risksNoMore,
} from "../../../protocols/nostr/announced_price.ts";
import type { Quote } from "../../../protocols/nostr/job_quote.ts";

const PROVIDER = "a".repeat(64);
const seconds = (size: number) => ({ unit: "second" as const, size });
const ANNOUNCED: AnnouncedPrice = {
  units: 100n,
  atS: 1_000,
  untilS: 2_000,
  promisedUnits: 100n,
  firstUnits: 100n,
};
const METERED: AnnouncedPrice = { ...ANNOUNCED, promisedUnits: 25n, increment: seconds(15) };
const quote = (more: Partial<Quote>) =>
  ({ provider: PROVIDER, mode: "upfront", priceUnits: 100n, depositUnits: 100n, ...more }) as Quote;
const metered = (depositUnits: bigint, increment: Quote["increment"]) =>
  quote({ mode: "metered", priceUnits: depositUnits * 40n, depositUnits, increment });

const CASES: readonly [string, AnnouncedPrice, Quote, number][] = [
  ["a quote at the announced price", ANNOUNCED, quote({}), 1],
  ["a cheaper quote", ANNOUNCED, quote({ priceUnits: 1n }), 1],
  ["a quote of twice as much", ANNOUNCED, quote({ priceUnits: 200n }), 0.5],
  [
    "on delivery, by the whole price and not by the deposit",
    ANNOUNCED,
    quote({ mode: "on-delivery", priceUnits: 125n, depositUnits: 30n }),
    0.8,
  ],
  ["metered, by one increment, however many are possible", METERED, metered(25n, seconds(15)), 1],
  ["a dearer increment", METERED, metered(100n, seconds(15)), 0.25],
  ["a longer increment for as much more", METERED, metered(50n, seconds(30)), 1],
  ["a shorter increment for the same", METERED, metered(24n, seconds(5)), 0.375],
  ["an increment of another unit", METERED, metered(25n, { unit: "kib", size: 15 }), 0],
  ["a price that was announced as nothing", { ...ANNOUNCED, promisedUnits: 0n }, quote({}), 0],
];

for (const [name, announced, given, kept] of CASES) {
  Deno.test(`quotedPrice() and keptShare(): ${name}`, () => {
    const price = quotedPrice(announced, given, 1_500)!;
    assert.equal(keptShare(price), kept);
    assert.deepEqual(
      [price.provider, price.announcedUnits, price.announcedAtS],
      [PROVIDER, 100n, 1_000],
    );
  });
}

Deno.test("quotedPrice() compares nothing with an announcement that was not valid any more", () => {
  assert.notEqual(quotedPrice(ANNOUNCED, quote({ priceUnits: 500n }), 2_000), null);
  assert.equal(quotedPrice(ANNOUNCED, quote({ priceUnits: 500n }), 2_001), null);
});

const RISKS: readonly [string, Partial<Quote>, boolean][] = [
  ["upfront, all of it", {}, true],
  ["on delivery, the announced deposit", { mode: "on-delivery", depositUnits: 80n }, true],
  ["on delivery, one unit more", { mode: "on-delivery", depositUnits: 81n }, false],
  ["a quarter of a higher price", { mode: "on-delivery", priceUnits: 400n }, true],
  ["more than that", { mode: "on-delivery", priceUnits: 400n, depositUnits: 101n }, false],
  ["the announced increment", { mode: "metered", depositUnits: 80n }, true],
  ["a quarter of the bid", { mode: "metered", depositUnits: 250n, priceUnits: 9_999n }, true],
  ["the bid at once, whatever it buys", { mode: "metered", depositUnits: 1_000n }, false],
  ["more than a quarter of the bid", { mode: "metered", depositUnits: 251n }, false],
];
for (const [name, given, expected] of RISKS) {
  Deno.test(`risksNoMore() of a bid of 1,000: ${name}: ${expected}`, () => {
    const announced = { ...ANNOUNCED, firstUnits: 80n };
    assert.equal(risksNoMore(quote(given), announced, 1_000n), expected);
  });
}
