import assert from "node:assert/strict";
import { bestQuote } from "../../market/best_quote.ts";
import type { Chosen } from "../../market/choose_provider.ts";
import type { BuiltRequest } from "../../market/intake.ts";
import { NO_OFFER } from "../../market/offer.ts";
import type { QuoteAnswer, QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import type { UnsignedEvent } from "../../protocols/nostr/event.ts";
import { BUYER, NOW_S } from "./market.ts";

const chosen = (letter: string, priceUnits: bigint, more: Partial<Chosen> = {}): Chosen => ({
  announcement: {
    pubkey: letter.repeat(64),
    createdAtS: NOW_S,
    expiresAtS: NOW_S + 360,
    prices: [],
    unpriced: [],
    offline: false,
    tags: [],
    platform: null,
    sandbox: null,
    builds: [],
    ilpAddress: `g.${letter}`,
    name: "",
    about: "",
    offer: { ...NO_OFFER, quotes: true },
  },
  priceUnits,
  ...more,
});

const built = (letter: string): BuiltRequest => ({
  request: {
    pubkey: BUYER,
    created_at: NOW_S,
    kind: 5600,
    tags: [],
    content: "x",
  } as UnsignedEvent,
  eventId: letter.repeat(64),
  kind: 5600,
  sizeBytes: 300,
});

/** The provider that it chooses if the providers answer with these prices; 0 means no answer. */
async function taken(
  ranked: readonly Chosen[],
  prices: Readonly<Record<string, bigint>>,
  more: Partial<Parameters<typeof bestQuote>[1]> = {},
): Promise<string | null> {
  const best = await bestQuote(ranked, {
    assign: ({ announcement }) => Promise.resolve(built(announcement.pubkey[0])),
    quotes: (questions) =>
      Promise.resolve(questions.map(({ provider, ilpAddress }): QuoteAnswer => {
        const priceUnits = prices[provider[0]];
        const none = { id: null, quote: null, bytes: null, reason: "no" };
        const quote = {
          requestId: provider,
          priceUnits,
          depositUnits: priceUnits,
          mode: "upfront",
          ilpAddress,
        } as QuoteAnswer["quote"];
        const some = { id: "i", quote, bytes: new Uint8Array(1), reason: null };
        return { provider, tookMs: 1, ...priceUnits === 0n ? none : some };
      })),
    cheapest: true,
    limitBytes: 32_767,
    mode: "upfront",
    payUnits: (units) => units,
    mostUnits: ({ priceUnits }) => priceUnits,
    announced: ({ priceUnits: units }) => ({
      ...{ units, atS: NOW_S, untilS: NOW_S + 360 },
      ...{ promisedUnits: units, firstUnits: units },
    }),
    ...more,
  });
  if (best !== null && !("chosen" in best)) return `above ${best.leastUnits}`;
  return best === null ? null : `${best.chosen.announcement.pubkey[0]} ${best.payUnits}`;
}

Deno.test("bestQuote() takes the cheapest quote, of equals the first, or the first in the buyer's order", async () => {
  const ranked = [chosen("a", 10n), chosen("b", 20n), chosen("c", 20n)];
  assert.equal(await taken(ranked, { a: 10n, b: 9n, c: 9n }), "b 9");
  assert.equal(await taken(ranked, { a: 10n, b: 9n, c: 9n }, { cheapest: false }), "a 10");
  assert.equal(await taken(ranked, { a: 0n, b: 0n, c: 9n }, { cheapest: false }), "c 9");
});

Deno.test("bestQuote() takes no price above what may be paid to that provider", async () => {
  const ranked = [chosen("a", 10n), chosen("b", 20n)];
  assert.equal(await taken(ranked, { a: 11n, b: 20n }), "b 20");
  assert.equal(await taken(ranked, { a: 11n, b: 21n }), "above 11");
  assert.equal(await taken(ranked, { a: 0n, b: 0n }), null);
  assert.equal(await taken(ranked, { a: 11n, b: 21n }, { mostUnits: () => 30n }), "a 11");
});

Deno.test("bestQuote() puts a provider that did not accept a job last, however low its price is", async () => {
  const ranked = [chosen("a", 10n), chosen("b", 10n, { silent: true })];
  assert.equal(await taken(ranked, { a: 10n, b: 1n }), "a 10");
  assert.equal(await taken(ranked, { a: 0n, b: 1n }), "b 1");
});

Deno.test("bestQuote() asks no provider that is free or gives no quotes, nor if the request leaves no room, and returns null when asking fails", async () => {
  const silent = chosen("b", 5n);
  const deaf = { ...silent, announcement: { ...silent.announcement, offer: NO_OFFER } };
  assert.equal(await taken([chosen("a", 0n), deaf], { a: 1n, b: 1n }), null);
  assert.equal(await taken([chosen("a", 5n)], { a: 1n }, { limitBytes: 2_800 }), null);
  const failing = { quotes: () => Promise.reject(new Error("no connector")) };
  assert.equal(await taken([chosen("a", 5n)], { a: 1n }, failing), null);
});

Deno.test("bestQuote() counts the increments that a bid covers, and takes the cheapest second", async () => {
  const ranked = [chosen("a", 100n), chosen("b", 100n), chosen("c", 100n)];
  const offers: Readonly<Record<string, readonly [bigint, number]>> = {
    a: [20n, 10],
    b: [30n, 20],
    c: [101n, 600],
  };
  const quotes = (questions: readonly QuoteQuestion[]) =>
    Promise.resolve(questions.map(({ provider, ilpAddress }): QuoteAnswer => {
      const [depositUnits, size] = offers[provider[0]];
      const quote = {
        requestId: provider,
        priceUnits: depositUnits * 20n,
        depositUnits,
        increment: { unit: "second", size },
        mode: "metered",
        ilpAddress,
      } as QuoteAnswer["quote"];
      return { provider, tookMs: 1, id: "i", quote, bytes: new Uint8Array(1), reason: null };
    }));
  assert.equal(await taken(ranked, {}, { mode: "metered", quotes }), "b 90");
  assert.equal(await taken(ranked, {}, { mode: "metered", quotes, cheapest: false }), "a 100");
  assert.equal(await taken(ranked, {}, { mode: "upfront", quotes }), null);
  // Not even the first increment fits: the least of them is named.
  const mostUnits = () => 19n;
  assert.equal(await taken(ranked, {}, { mode: "metered", quotes, mostUnits }), "above 20");
});

Deno.test("bestQuote() takes the cheapest KiB, and time before output", async () => {
  const ranked = [chosen("a", 100n), chosen("b", 100n), chosen("c", 100n)];
  const quotesOf =
    (units: readonly ["kib" | "second", number, bigint][]) =>
    (questions: readonly QuoteQuestion[]) =>
      Promise.resolve(questions.map(({ provider, ilpAddress }, at): QuoteAnswer => {
        const [unit, size, depositUnits] = units[at];
        const quote = {
          ...{ requestId: provider, priceUnits: depositUnits * 20n, depositUnits, ilpAddress },
          ...{ increment: { unit, size }, mode: "metered" },
        } as QuoteAnswer["quote"];
        return { provider, tookMs: 1, id: "i", quote, bytes: new Uint8Array(1), reason: null };
      }));
  const output = quotesOf([["kib", 1, 20n], ["kib", 4, 30n], ["kib", 4, 40n]]);
  assert.equal(await taken(ranked, {}, { mode: "metered", quotes: output }), "b 90");
  const mixed = quotesOf([["kib", 1, 1n], ["second", 15, 50n], ["kib", 4, 1n]]);
  assert.equal(await taken(ranked, {}, { mode: "metered", quotes: mixed }), "b 100");
});

Deno.test("bestQuote() accepts no quote of another payment mode, and adds up what is paid before and after delivery", async () => {
  const ranked = [chosen("a", 100n), chosen("b", 100n)];
  assert.equal(await taken(ranked, { a: 50n, b: 60n }, { mode: "on-delivery" }), null);
});

Deno.test("bestQuote() takes no quote that asks for nearly the whole price before the run, however cheap it is", async () => {
  const ranked = [chosen("a", 100n), chosen("b", 100n)];
  const announced = () => ({
    ...{ units: 100n, atS: NOW_S, untilS: NOW_S + 360 },
    ...{ promisedUnits: 100n, firstUnits: 40n },
  });
  const quoted =
    (mode: "metered" | "on-delivery", parts: readonly (readonly [bigint, bigint])[]) =>
    (questions: readonly QuoteQuestion[]) =>
      Promise.resolve(questions.map(({ provider, ilpAddress }, at): QuoteAnswer => {
        const [priceUnits, depositUnits] = parts[at];
        const increment = { unit: "second", size: at === 0 ? 86_400 : 15 } as const;
        const quote = {
          ...{ requestId: provider, priceUnits, depositUnits, mode, ilpAddress },
          ...mode === "metered" && { increment },
        } as QuoteAnswer["quote"];
        return { provider, tookMs: 1, id: "i", quote, bytes: new Uint8Array(1), reason: null };
      }));
  const sealed = { mode: "on-delivery", announced } as const;
  const some = (quotes: Parameters<typeof bestQuote>[1]["quotes"]) => ({ ...sealed, quotes });
  assert.equal(
    await taken(ranked, {}, some(quoted("on-delivery", [[90n, 89n], [100n, 40n]]))),
    "b 100",
  );
  assert.equal(
    await taken(ranked, {}, some(quoted("on-delivery", [[90n, 89n], [100n, 41n]]))),
    "above null",
  );
  // An increment of a whole day for the whole bid is the cheapest second, and a payment upfront.
  const metered = { mode: "metered", announced, mostUnits: () => 100n } as const;
  const meters = quoted("metered", [[100n, 100n], [400n, 40n]]);
  assert.equal(await taken(ranked, {}, { ...metered, quotes: meters }), "b 80");
  const dear = quoted("metered", [[100n, 100n], [404n, 101n]]);
  assert.equal(await taken(ranked, {}, { ...metered, quotes: dear }), "above 101");
});

Deno.test("bestQuote() takes none if the first provider takes nothing, and asks the others all the same: job quote shows them", async () => {
  const ranked = [chosen("a", 0n), chosen("b", 100n)];
  const asked: string[] = [];
  const quotes = (questions: readonly QuoteQuestion[]) => {
    asked.push(...questions.map(({ provider }) => provider[0]));
    return Promise.resolve(questions.map(({ provider, ilpAddress }): QuoteAnswer => {
      const quote = {
        ...{ requestId: provider, priceUnits: 90n, depositUnits: 90n, mode: "upfront" },
        ilpAddress,
      } as QuoteAnswer["quote"];
      return { provider, tookMs: 1, id: "i", quote, bytes: new Uint8Array(1), reason: null };
    }));
  };
  assert.equal(await taken(ranked, {}, { quotes }), null);
  assert.equal(asked.join(""), "b");
  assert.equal(await taken(ranked, {}, { quotes, serves: () => false }), "b 90");
});
