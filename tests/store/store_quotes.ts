/** Cases of the store's contract: the quote by which a request is paid. */
import assert from "node:assert/strict";
import { type Case, code } from "./store_case.ts";

const row = (letter: string, atMs: number, condition = "c") => ({
  eventId: letter.repeat(64),
  quote: new TextEncoder().encode(`{"quote":"${letter}"}`),
  condition,
  atMs,
});

const DAY_MS = 86_400_000;

export const QUOTES: readonly Case[] = [
  {
    name: "putQuote keeps the quote of a request, once, for a quarter of a year",
    async run(store) {
      assert.equal(await store.quoteOf("a".repeat(64)), null);
      await store.commit([{ op: "putQuote", row: row("a", 5) }]);
      await store.commit([{ op: "putQuote", row: row("a", 9) }]);
      assert.deepEqual(await store.quoteOf("a".repeat(64)), row("a", 5));
      await assert.rejects(
        store.commit([{ op: "putQuote", row: row("a", 9, "other") }]),
        code("conflict"),
      );
      await store.commit([{ op: "putQuote", row: row("b", 91 * DAY_MS) }]);
      assert.equal(await store.quoteOf("a".repeat(64)), null);
    },
  },
];
