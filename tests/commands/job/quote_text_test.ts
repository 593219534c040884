import assert from "node:assert/strict";
import { quotesText, shownQuotes } from "../../../commands/job/quote_text.ts";
import type { QuoteAnswer } from "../../../market/quotes/ask_quotes.ts";
import { M2M } from "../../../protocols/ilp/asset.ts";
import type { Quote } from "../../../protocols/nostr/job_quote.ts";
import type { EventId, Pubkey } from "../../../protocols/nostr/event.ts";

/** The answer of a provider whose key is this letter; a reason instead of a price: it gave no quote. */
function answer(letter: string, price: bigint | string, more: Partial<Quote> = {}): QuoteAnswer {
  const provider = letter.repeat(64) as Pubkey;
  if (typeof price === "string") {
    return { provider, id: null, quote: null, bytes: null, reason: price, tookMs: 9.6 };
  }
  return {
    provider,
    id: "1".repeat(64),
    bytes: new Uint8Array(),
    reason: null,
    tookMs: 20.4,
    quote: {
      requestId: "2".repeat(64) as EventId,
      buyer: "b".repeat(64) as Pubkey,
      provider,
      content: "3".repeat(64),
      priceUnits: price,
      depositUnits: price,
      asset: { code: "M2M", scale: 6 },
      chain: { chainId: 31_337, tokenNetworkAddress: `0x${"4".repeat(40)}` },
      mode: "upfront",
      ilpAddress: "test.dev.provider",
      condition: "5".repeat(64),
      validUntilS: 1_790_000_000,
      deadlineS: 1_790_000_300,
      ...more,
    },
  };
}

Deno.test("shownQuotes() puts the cheapest first, however large, and providers without a quote last", () => {
  const shown = shownQuotes([
    answer("a", "no"),
    answer("b", 2n ** 63n),
    answer("c", "no"),
    answer("d", 2n ** 63n - 1n),
    answer("e", 5n),
  ]);
  assert.equal(shown.map(({ provider }) => provider[0]).join(""), "edbac");
  assert.deepEqual(
    [shown[0].price_units, shown[0].increment_units, shown[0].valid_until, shown[0].took_ms],
    [5n, null, "2026-09-21T14:13:20.000Z", 20],
  );
  assert.deepEqual(
    [shown[3].price_units, shown[3].quote_id, shown[3].valid_until, shown[3].reason],
    [null, null, null, "no"],
  );
});

Deno.test("quotesText() tells the price of a metered job by its increment, that of one on delivery with its first part, and a refusal in its line without escapes", () => {
  const metered = {
    mode: "metered",
    depositUnits: 20_000n,
    increment: { unit: "second", size: 10 },
  } as const;
  const text = quotesText(
    shownQuotes([
      answer("a", "too\x1b[2J\n busy"),
      answer("b", 100_000n, metered),
      answer("c", 5n),
      answer("d", 30_000n, { mode: "on-delivery", depositUnits: 20_000n }),
    ]),
    M2M,
  );
  const [head, ...lines] = text.split("\n");
  assert.match(head, /^PROVIDER +PRICE +PAYMENT +VALID UNTIL +TOOK +QUOTE$/);
  assert.match(lines[0], /^c{12} +0\.000005 M2M +upfront +2026-09-21T\S+ +20 ms +1{12}$/);
  assert.match(lines[1], /^d{12} +0\.03 M2M, 0\.02 M2M first +on-delivery /);
  assert.match(lines[2], /^b{12} +0\.02 M2M for 10 s +metered /);
  assert.match(lines[3], /^a{12} +- +- +- +10 ms +too\\u001b\[2J busy$/);
});
