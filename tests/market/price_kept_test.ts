/** A buyer keeps what providers announced beside what they quote. A provider that quotes what it announced has kept its price in every mode. */
import assert from "node:assert/strict";
import { chooseRequest } from "../../market/choose_request.ts";
import type { Chosen } from "../../market/choose_provider.ts";
import { exactPrices } from "../../market/exact_prices.ts";
import { type BuiltRequest, intake, type JobFlags } from "../../market/intake.ts";
import { rowsOf } from "../../market/job_rows.ts";
import { NO_OFFER } from "../../market/offer.ts";
import { LEAST_BYTES, leastResultUnits } from "../../market/paid_bytes.ts";
import type { QuoteAnswer, QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import { quoteOffers } from "../../market/quotes/quote_offers.ts";
import type { Announcement } from "../../market/announcement.ts";
import { keptShare, quotedPrice } from "../../protocols/nostr/announced_price.ts";
import { type Quote, type QuotedMode, readQuote } from "../../protocols/nostr/job_quote.ts";
import type { Increment } from "../../protocols/nostr/metered.ts";
import { BUYER, NOW_S, PROVIDER, request, signed } from "./market.ts";
import { PLAIN_ORDER } from "./plain_order.ts";
import { fulfilmentOf, TERMS } from "./quotes/quoting_rig.ts";
import { runnerOn } from "./sequences/sequence_market.ts";

const UNITS_PER_BYTE = 10n;
const [ANNOUNCED] = await runnerOn({} as Parameters<typeof runnerOn>[0])
  .relayReader.announcements({} as never) as Announcement[];

const signer = {
  packetFulfilments: (packets: readonly { peer: string; dataSha256: Uint8Array }[]) =>
    Promise.resolve(packets.map(({ peer, dataSha256 }) => fulfilmentOf(peer, dataSha256))),
};
const offers = quoteOffers({
  ...TERMS,
  leastDepositUnits: String(leastResultUnits(UNITS_PER_BYTE)),
  leastWrappedUnits: String(leastResultUnits(UNITS_PER_BYTE, LEAST_BYTES.wrapped)),
}, { pubkey: PROVIDER, signer });

/** What a provider with this price announces and quotes, and the share that it keeps if it asks `times` as much. */
async function kept(
  flatUnits: bigint,
  mode: QuotedMode,
  { increment, isPrivate = false, times = 1n }: {
    readonly increment?: Increment;
    readonly isPrivate?: boolean;
    readonly times?: bigint;
  },
): Promise<number> {
  const asked = request(5601, [
    ["mode", mode],
    ...isPrivate ? [["answers", BUYER]] : [],
  ]);
  const announcement = {
    ...ANNOUNCED,
    pubkey: PROVIDER,
    createdAtS: NOW_S,
    expiresAtS: NOW_S + 360,
    prices: [{ kind: 5601, flatUnits, unitsPerKib: 0n, ...increment && { increment } }],
  };
  const { announced } = exactPrices(
    { kind: 5601, sizeBytes: 500, request: asked as unknown as BuiltRequest["request"] },
    { mode, isPrivate, unitsPerByte: UNITS_PER_BYTE, grossUnits: (units) => units },
  );
  const wish = { expiresAtS: null, priceUnits: flatUnits, mode, increment };
  const offered = await offers.offer(asked, wish, { nowS: NOW_S, validS: 120 });
  const quote = readQuote(signed(offered, PROVIDER));
  const dearer = {
    ...quote,
    priceUnits: quote.priceUnits * times,
    depositUnits: quote.depositUnits * times,
  };
  const chosen: Chosen = { announcement, priceUnits: 1n };
  return keptShare(quotedPrice(announced(chosen)!, dearer, NOW_S)!);
}

const [SECONDS, KIB] = [{ unit: "second", size: 15 }, { unit: "kib", size: 4 }] as const;
const MODES = [
  ["upfront", undefined],
  ["on-delivery", undefined],
  ["metered", SECONDS],
  ["metered", KIB],
] as const;

for (const [mode, increment] of MODES) {
  for (const isPrivate of [false, true]) {
    const how = `${isPrivate ? "private " : ""}${mode}${increment ? ` by ${increment.unit}` : ""}`;
    Deno.test(`a quote for the announced price keeps it, ${how}, and one for five times as much keeps a fifth`, async () => {
      // Below the price of the smallest result, and above it.
      for (const units of mode === "on-delivery" && !isPrivate ? [500_000n] : [25_382n, 500_000n]) {
        assert.equal(await kept(units, mode, { increment, isPrivate }), 1);
        assert.equal(await kept(units, mode, { increment, isPrivate, times: 5n }), 0.2);
      }
    });
  }
}

Deno.test("chooseRequest() and rowsOf() keep the announced price of the provider beside its quote, and that of the next ones", async () => {
  const { buyer } = runnerOn({} as Parameters<typeof runnerOn>[0]);
  const { build, assign } = intake({ clock: Date.now });
  const announcements = ["a", "c"].map((letter, at) => ({
    ...ANNOUNCED,
    pubkey: letter.repeat(64),
    prices: [{ kind: 5600, flatUnits: 100n + BigInt(at), unitsPerKib: 0n }],
    offer: { ...NO_OFFER, quotes: true },
  }));
  const ids = new Map<string, string>();
  const quoted: Readonly<Record<string, bigint>> = { a: 400n, c: 500n };
  const asking = {
    profile: buyer.prices,
    pubkey: BUYER,
    relayReader: { announcements: () => Promise.resolve(announcements) },
    passedOver: () => Promise.resolve([]),
    quotes: (questions: readonly QuoteQuestion[]) =>
      Promise.resolve(questions.map(({ provider, ilpAddress, request }): QuoteAnswer => {
        const quote = {
          requestId: ids.get(JSON.stringify(request.tags)),
          provider,
          mode: "upfront",
          priceUnits: quoted[provider[0]],
          depositUnits: quoted[provider[0]],
          condition: "c",
          ilpAddress,
        } as Quote;
        const bytes = new Uint8Array(1);
        return { provider, id: "1".repeat(64), quote, bytes, reason: null, tookMs: 1 };
      })),
  };
  const market = {
    build,
    assign: (...args: Parameters<typeof assign>) => {
      const assigned = assign(...args);
      ids.set(JSON.stringify(assigned.request.tags), assigned.eventId);
      return Promise.resolve(assigned);
    },
  };
  const order = {
    type: "echo",
    kind: 5600,
    input: "x",
    ...PLAIN_ORDER,
    bidUnits: 20_000n,
    limitBytes: 32_767,
  } as JobFlags;
  const plan = await chooseRequest(asking, market, order);
  const terms = { type: "echo", timeoutS: 60, bidUnits: 20_000n, callbackSkill: null };
  const { quote, failover } = rowsOf(buyer.prices, BUYER, "job-1", plan, terms, Date.now());
  assert.deepEqual(quote?.price, {
    provider: "a".repeat(64),
    announcedUnits: 100n,
    announcedAtS: ANNOUNCED.createdAtS,
    promisedUnits: 100n,
    quotedUnits: 400n,
  });
  assert.deepEqual(failover?.candidates.map(({ announced }) => announced), [{
    units: 101n,
    atS: ANNOUNCED.createdAtS,
    untilS: ANNOUNCED.expiresAtS,
    promisedUnits: 101n,
    firstUnits: 101n,
  }]);
});
