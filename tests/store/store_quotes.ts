/** Cases of the store's contract: the quote by which a request is paid. */
import assert from "node:assert/strict";
import { type Case, code } from "./store_case.ts";
import { job } from "./store_rows.ts";

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
  {
    name: "a quote outlives a clock that jumps ahead while its job is open",
    async run(store) {
      for (const [letter, status] of [["a", "paid"], ["b", "success"]] as const) {
        const of = { eventId: letter.repeat(64), jobId: `job-${letter.repeat(7)}`, status };
        await store.commit([
          { op: "putJob", row: job(of) },
          { op: "putQuote", row: row(letter, 5) },
        ]);
      }
      await store.commit([{ op: "putQuote", row: row("c", 91 * DAY_MS) }]);
      assert.deepEqual(await store.quoteOf("a".repeat(64)), row("a", 5));
      assert.equal(await store.quoteOf("b".repeat(64)), null);
    },
  },
];
