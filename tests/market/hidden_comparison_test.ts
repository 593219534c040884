/** What keeps providers from knowing that their answers are compared. */
import assert from "node:assert/strict";
import type { Chosen } from "../../market/choose_provider.ts";
import { askedOnce, drawn } from "../../market/hidden_comparison.ts";
import type { QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import { unannounced } from "../../market/unannounced.ts";

const question = (provider: string): QuoteQuestion => ({
  provider,
  ilpAddress: `test.${provider}`,
  request: {} as QuoteQuestion["request"],
});
const chosen = (provider: string, silent = false): Chosen => ({
  announcement: unannounced(provider, 0),
  priceUnits: 1n,
  ...silent && { silent: true as const },
});

Deno.test("askedOnce() asks nobody twice, and nobody later who was not asked first", async () => {
  const asked: string[] = [];
  const ask = askedOnce((questions) => {
    asked.push(...questions.map(({ provider }) => provider));
    return Promise.resolve(questions.map(({ provider }) => ({
      provider,
      id: `quote of ${provider}`,
      quote: null,
      bytes: null,
      reason: null,
      tookMs: 1,
    })));
  });
  const ids = async (...providers: string[]) =>
    (await ask(providers.map(question))).map(({ id }) => id);
  assert.deepEqual(await ids("a", "b", "c"), ["quote of a", "quote of b", "quote of c"]);
  assert.deepEqual(await ids("c", "b"), ["quote of c", "quote of b"]);
  assert.deepEqual(await ids("d", "b"), [null, "quote of b"]);
  assert.deepEqual(asked, ["a", "b", "c"]);
});

Deno.test("drawn() puts each provider first about equally often, whatever its place, and one that did no recent job last", () => {
  // The numbers 0, 1/7, 2/7, ... in an order that repeats after 7 x 3 draws.
  let at = 0;
  const random = () => (at++ * 3 % 7) / 7;
  const list = [chosen("a"), chosen("silent", true), chosen("b"), chosen("c")];
  const firsts: Record<string, number> = {};
  for (let i = 0; i < 700; i++) {
    const order = drawn(list, random).map(({ announcement }) => announcement.pubkey);
    assert.equal(order.length, 4);
    assert.equal(order[3], "silent");
    firsts[order[0]] = (firsts[order[0]] ?? 0) + 1;
  }
  assert.deepEqual(Object.keys(firsts).sort(), ["a", "b", "c"]);
  assert.ok(Object.values(firsts).every((count) => count >= 100), JSON.stringify(firsts));
});
