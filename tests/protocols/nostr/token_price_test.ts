import assert from "node:assert/strict";
import fc from "fast-check";
import { type Quote, restUnits } from "../../../protocols/nostr/job_quote.ts";
import {
  chargedTokens,
  MOST_TOKEN_UNITS,
  mostTokens,
  readTokenPrice,
  readTokenTerms,
  readUsedTokens,
  tokenPriceTag,
  tokenTermsTag,
  tokenUnits,
  usedPrice,
  usedTokensTag,
} from "../../../protocols/nostr/token_price.ts";

const units = fc.bigInt({ min: 0n, max: MOST_TOKEN_UNITS });
const count = fc.nat(1_000_000_000);
/** What a server may say: also what is no count at all. */
const figure = fc.oneof(
  count,
  fc.constantFrom(-1, -0, NaN, Infinity, -Infinity, 0.5, 2 ** 53, Number.MAX_VALUE, 1e-300),
  fc.double(),
);
/** A quote as a provider makes it: a price of the run, and the most tokens. */
const quoted = fc.record({
  runUnits: fc.bigInt({ min: 4n, max: 10n ** 12n }),
  inputUnits: units,
  outputUnits: units,
  most: fc.record({ input: count, output: count }),
  least: fc.bigInt({ min: 1n, max: 30_000n }),
}).map(({ runUnits, least, ...tokens }) => {
  const priceUnits = runUnits + tokenUnits(tokens, tokens.most);
  const quarter = (priceUnits + 3n) / 4n;
  const depositUnits = quarter > least ? quarter : least;
  return { runUnits, priceUnits, depositUnits, tokens };
}).filter(({ priceUnits, depositUnits }) => depositUnits < priceUnits);

Deno.test("a job by tokens never costs more than its quote, nor less than its run, whatever its server counted", () => {
  fc.assert(fc.property(quoted, figure, figure, (quote, input, output) => {
    const price = usedPrice(quote, { input, output });
    assert.ok(price <= quote.priceUnits && price >= quote.runUnits);
    const rest = restUnits(quote, { input, output });
    assert.ok(rest >= 1n && quote.depositUnits + rest <= quote.priceUnits);
    // Above the used price by no more than the deposit and one unit.
    assert.ok(rest === 1n || quote.depositUnits + rest === price);
  }));
});

Deno.test("a job by tokens costs no less for more tokens, and its rounding is below one unit", () => {
  fc.assert(fc.property(quoted, count, count, count, (quote, input, output, more) => {
    const price = usedPrice(quote, { input, output });
    assert.ok(usedPrice(quote, { input: input + more, output }) >= price);
    assert.ok(usedPrice(quote, { input, output: output + more }) >= price);
    const { inputUnits, outputUnits, most } = quote.tokens;
    const used = chargedTokens({ input, output }, most);
    const exact = inputUnits * BigInt(used.input) + outputUnits * BigInt(used.output);
    const charged = (price - quote.runUnits) * 1_000n;
    assert.ok(charged >= exact && charged < exact + 1_000n);
  }));
});

Deno.test("a result that states no tokens costs what was quoted, and so does one without a price by tokens", () => {
  fc.assert(fc.property(quoted, ({ tokens, ...quote }) => {
    const rest = quote.priceUnits - quote.depositUnits;
    assert.equal(restUnits({ ...quote, tokens }, null), rest);
    assert.equal(
      restUnits(quote as Pick<Quote, "priceUnits" | "depositUnits">, { input: 1, output: 1 }),
      rest,
    );
  }));
});

Deno.test("tags of tokens are read as they were written", () => {
  fc.assert(
    fc.property(
      units,
      units,
      count,
      count,
      fc.boolean(),
      (inputUnits, outputUnits, input, output, counted) => {
        const price = { inputUnits, outputUnits, mostOutput: output };
        assert.deepEqual(readTokenPrice({ tags: [tokenPriceTag(5050, price)] }, 5050), price);
        assert.equal(readTokenPrice({ tags: [tokenPriceTag(5050, price)] }, 5051), null);
        const terms = { inputUnits, outputUnits, most: { input, output } };
        assert.deepEqual(readTokenTerms({ tags: [tokenTermsTag(terms)] }), terms);
        const used = { input, output, counted };
        assert.deepEqual(readUsedTokens({ tags: [usedTokensTag(used)] }), used);
      },
    ),
  );
});

for (
  const text of [
    "-1",
    "1e3",
    "0x1",
    "1.0",
    " 1",
    "1 ",
    "01",
    "",
    "٣",
    "１",
    "9".repeat(18),
    "NaN",
    "null",
    "+1",
  ]
) {
  Deno.test(`tags of tokens with ${JSON.stringify(text)} are not read`, () => {
    assert.equal(readTokenPrice({ tags: [["tokens", "5050", text, "1", "1"]] }, 5050), undefined);
    assert.equal(readTokenPrice({ tags: [["tokens", "5050", "1", "1", text]] }, 5050), undefined);
    assert.equal(readTokenTerms({ tags: [["tokens", "1", text, "1", "1"]] }), undefined);
    assert.equal(readTokenTerms({ tags: [["tokens", "1", "1", text, "1"]] }), undefined);
    assert.equal(readUsedTokens({ tags: [["tokens", text, "1"]] }), null);
    assert.equal(readUsedTokens({ tags: [["tokens", "1", text]] }), null);
  });
}

Deno.test("two tags of tokens are not read, and a missing one is no price by tokens", () => {
  const [price, terms, used] = [["tokens", "5050", "1", "1", "1"], ["tokens", "1", "1", "1", "1"], [
    "tokens",
    "1",
    "1",
  ]];
  assert.equal(readTokenPrice({ tags: [price, price] }, 5050), undefined);
  assert.equal(readTokenTerms({ tags: [terms, terms] }), undefined);
  assert.equal(readUsedTokens({ tags: [used, used] }), null);
  assert.deepEqual([readTokenPrice({ tags: [] }, 5050), readTokenTerms({ tags: [] })], [
    null,
    null,
  ]);
});

Deno.test("mostTokens() counts each byte of the inputs, and what max_tokens and the provider allow", () => {
  const of = (tags: string[][], content = "") => mostTokens({ tags, content }, 512);
  const max = (text: string) => of([["param", "max_tokens", text]]).output;
  assert.deepEqual(of([]), { input: 64, output: 512 });
  assert.equal(of([["i", "aé😀"], ["i", "b", "text"], ["i"]]).input, 64 + 7 + 1 + 1 + 1);
  // Of an encrypted request only the content is seen.
  assert.equal(of([["encrypted"]], "c".repeat(100)).input, 164);
  assert.deepEqual(["20", "20.9", "9999", "0", "-1", "1e2", "٢", ""].map(max), [
    20,
    20,
    512,
    0,
    512,
    512,
    512,
    512,
  ]);
  fc.assert(fc.property(fc.array(fc.string({ unit: "grapheme" }), { maxLength: 5 }), (texts) => {
    const bytes = new TextEncoder().encode(texts.join("\n")).length;
    assert.ok(of(texts.map((text) => ["i", text, "text"])).input >= bytes);
  }));
});
