/**
 * A job by tokens that is paid on delivery, both sides of it: the provider's quote and sealed result, and the buyer's decision to pay for the
 * key.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { checkOfferedQuote } from "../../market/quotes/check_quote.ts";
import { quoting } from "../../market/quotes/quoting.ts";
import { sealedAnswer } from "../../market/sealed_answer.ts";
import { priceOfKind } from "../../market/announcement.ts";
import type { NostrEvent, UnsignedEvent } from "../../protocols/nostr/event.ts";
import { quoteEvent, readQuote } from "../../protocols/nostr/job_quote.ts";
import { openedEvent } from "../../protocols/nostr/sealed_result.ts";
import { mostTokens, tokenUnits, usedTokensTag } from "../../protocols/nostr/token_price.ts";
import { sealedChanges } from "../../stages/skill_sink_sealed.ts";
import { buyerRow, NOW_S, PROVIDER, request, signed } from "./market.ts";

const TERMS = {
  asset: { code: "M2M", scale: 6 },
  chain: { chainId: 31_337, tokenNetworkAddress: `0x${"ab".repeat(20)}` },
  ilpAddress: "g.p",
  leastDepositUnits: "20480",
};
const KEY = new Uint8Array(32).fill(5);
const signer = {
  packetFulfilments: () => Promise.resolve([KEY.slice()]),
  signEvents: (events: readonly UnsignedEvent[]) =>
    Promise.resolve(events.map((event) => signed(event, PROVIDER))),
};
const RESPOND = { nowS: NOW_S, provider: PROVIDER, amountUnits: 0n, limitBytes: 30_000 };

interface Rates {
  readonly inputUnits: bigint;
  readonly outputUnits: bigint;
  readonly mostOutput: number;
}

/** Quotes a request, and seals a result with these tags. */
async function sale(
  rates: Rates,
  tags: readonly (readonly string[])[],
  more: { readonly request?: NostrEvent } = {},
) {
  const asked = more.request ?? request(5050, [["i", "Tell me a story", "text"]]);
  const price = { kind: 5050, flatUnits: 80_000n, unitsPerKib: 20_000n, tokens: rates };
  const priceUnits = priceOfKind([price], 5050, 400, asked)!;
  const quotes = quoting(TERMS, { pubkey: PROVIDER, signer, clock: () => NOW_S * 1_000 });
  const signedQuote = (await quotes.quote(asked, {
    expiresAtS: null,
    priceUnits,
    mode: "on-delivery",
    tokens: { ...rates, most: mostTokens(asked, rates.mostOutput) },
  }))!;
  const quote = readQuote(signedQuote);
  const outcome = { status: "success" as const, content: "Once", tags, durationMs: 1 };
  const answer = await sealedAnswer(asked, outcome, quote, RESPOND, signer);
  return { asked, quote, signedQuote, ...answer };
}

type Sale = Awaited<ReturnType<typeof sale>>;

/** What the buyer does with a result: the changes, or why it does not pay. */
async function bought({ asked, signedQuote }: Sale, result: UnsignedEvent) {
  const store = {
    quoteOf: () =>
      Promise.resolve({
        eventId: asked.id,
        quote: new TextEncoder().encode(JSON.stringify(signedQuote)),
        condition: "",
        atMs: 1,
      }),
    sealedOf: () => Promise.resolve(null),
  };
  const bytes = new TextEncoder().encode(JSON.stringify(signed(result, PROVIDER)));
  const document = { bytes, encoding: "json" as const, known: {} };
  return await sealedChanges(store, buyerRow(asked), document, NOW_S * 1_000);
}

function withTag(result: UnsignedEvent, name: string, ...tags: string[][]): UnsignedEvent {
  return { ...result, tags: [...result.tags.filter((tag) => tag[0] !== name), ...tags] };
}

const RATES: Rates = { inputUnits: 100_000n, outputUnits: 2_000_000n, mostOutput: 64 };
const tag = (input: number, output: number) => usedTokensTag({ input, output, counted: true });

Deno.test("a sealed result by tokens asks for the used tokens, and its buyer orders the key for exactly that", async () => {
  const made = await sale(RATES, [tag(7, 5), ["model", "tiny"]]);
  const { quote, result, sale: row } = made;
  assert.equal(quote.priceUnits, 80_000n + 7_813n + 8_000n + 128_000n);
  const most = tokenUnits(RATES, quote.tokens!.most);
  assert.equal(row.restUnits, quote.priceUnits - most + 10_700n - quote.depositUnits);
  const changes = await bought(made, result);
  assert.ok(Array.isArray(changes));
  assert.equal(changes[0].row.restUnits, row.restUnits);
  assert.equal(changes[1].row.amountUnits, row.restUnits);
  const opened = openedEvent(signed(result, PROVIDER), KEY);
  assert.deepEqual(opened.tags.filter(([name]) => name === "tokens"), [tag(7, 5)]);
  assert.deepEqual(opened.tags.filter(([name]) => name === "model"), [["model", "tiny"]]);
});

Deno.test("buyer and provider agree on the price of any run by tokens, and it is never above the quote", async () => {
  const units = fc.bigInt({ min: 0n, max: 10n ** 9n });
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        inputUnits: units,
        outputUnits: units,
        mostOutput: fc.integer({ min: 1, max: 1_000_000 }),
      }),
      fc.nat(1_000_000_000),
      fc.nat(1_000_000_000),
      async (rates, input, output) => {
        const made = await sale(rates, [tag(input, output)]);
        const { quote, sale: row, result } = made;
        assert.ok(row.restUnits >= 1n);
        assert.ok(quote.depositUnits + row.restUnits <= quote.priceUnits);
        const changes = await bought(made, result);
        assert.ok(Array.isArray(changes), String(changes));
        assert.equal(changes[1].row.amountUnits, row.restUnits);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("a buyer refuses a sealed result whose price is not that of its tokens", async () => {
  const made = await sale(RATES, [tag(7, 5)]);
  const { result, sale: { restUnits: rest }, quote } = made;
  const amount = (units: bigint) => ["amount", String(units), "units"];
  for (
    const [name, lie] of [
      ["a unit more", withTag(result, "amount", amount(rest + 1n))],
      ["a unit less", withTag(result, "amount", amount(rest - 1n))],
      ["the most, for fewer tokens", withTag(result, "amount", amount(quote.priceUnits))],
      [
        "the whole rest, for fewer tokens",
        withTag(result, "amount", amount(quote.priceUnits - quote.depositUnits)),
      ],
      ["more tokens than it is paid for", withTag(result, "tokens", tag(8, 5))],
      ["fewer tokens than it is paid for", withTag(result, "tokens", tag(0, 0))],
      ["two counts", withTag(result, "tokens", tag(7, 5), tag(7, 5))],
      ["no count", withTag(result, "tokens")],
      ["a negative count", withTag(result, "tokens", ["tokens", "-7", "5"])],
      ["a price in another form", withTag(result, "amount", ["amount", `0${rest}`, "units"])],
      ["no price", withTag(result, "amount")],
    ] as const
  ) {
    assert.equal(await bought(made, lie), "other_price", name);
  }
  // Without a count the whole rest is due, as the quote said.
  const whole = quote.priceUnits - quote.depositUnits;
  const uncounted = withTag(withTag(result, "tokens"), "amount", amount(whole));
  assert.ok(Array.isArray(await bought(made, uncounted)));
});

Deno.test("a run that used less than its deposit costs one unit for the key", async () => {
  const made = await sale({ inputUnits: 0n, outputUnits: 10n ** 9n, mostOutput: 64 }, [tag(0, 0)]);
  assert.equal(made.sale.restUnits, 1n);
  assert.ok(Array.isArray(await bought(made, made.result)));
});

Deno.test("the result of an encrypted request by tokens states none, and costs what was quoted", async () => {
  const asked = request(5050, [["encrypted"]], { content: "c".repeat(200) });
  const made = await sale(RATES, [tag(7, 5)], { request: asked });
  assert.equal(made.sale.restUnits, made.quote.priceUnits - made.quote.depositUnits);
  assert.equal(made.result.tags.some(([name]) => name === "tokens"), false);
});

Deno.test("a buyer refuses a quote for more tokens than its request can use, and one whose tokens cost more than it", async () => {
  const asked = request(5050, [["i", "Tell me", "text"], ["param", "max_tokens", "20"]]);
  const { quote } = await sale(RATES, [], { request: asked });
  assert.deepEqual(quote.tokens?.most, { input: 72, output: 20 });
  const about = {
    request: asked,
    provider: PROVIDER,
    ilpAddress: "g.p",
    asset: TERMS.asset,
    chain: TERMS.chain,
    nowS: NOW_S,
  };
  checkOfferedQuote(quote, about);
  for (const most of [{ input: 73, output: 20 }, { input: 72, output: 21 }]) {
    const more = { ...quote, tokens: { ...quote.tokens!, most } };
    assert.throws(() => checkOfferedQuote(more, about), { code: "wrong_terms" });
  }
  const tokens = { ...quote.tokens!, outputUnits: 10n ** 15n };
  const event = signed(quoteEvent({ ...quote, tokens }, NOW_S), PROVIDER);
  assert.throws(() => readQuote(event), { code: "bad_quote", message: /tokens do not fit/ });
});
