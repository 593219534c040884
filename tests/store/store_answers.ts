/** Cases of the store's contract: answers that did not count. */
import assert from "node:assert/strict";
import type { RecordAnswer } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf } from "./store_rows.ts";

function record(start: string, over: Partial<RecordAnswer> = {}): RecordAnswer {
  return {
    op: "recordAnswer",
    eventId: eventIdOf(start),
    jobId: "job-1",
    outcome: "foreign_provider",
    pubkey: "a".repeat(64),
    kind: 6600,
    atMs: 1_000,
    ...over,
  };
}

export const ANSWERED: readonly Case[] = [
  {
    name: "counts answers by job and outcome, keeps the newest of each, and marks them as seen",
    async run(store) {
      await one(store, record("a"), record("b", { pubkey: "b", kind: 7000, atMs: 2_000 }));
      await one(store, record("c", { outcome: "late" }), record("d", { jobId: null }));
      assert.deepEqual(await store.answersOf("job-1"), [
        {
          outcome: "foreign_provider",
          count: 2,
          eventId: eventIdOf("b"),
          pubkey: "b",
          kind: 7000,
          atMs: 2_000,
        },
        {
          outcome: "late",
          count: 1,
          eventId: eventIdOf("c"),
          pubkey: "a".repeat(64),
          kind: 6600,
          atMs: 1_000,
        },
      ]);
      assert.deepEqual((await store.answersOf("")).map(({ count }) => count), [1]);
      assert.deepEqual((await store.totals()).answers, { foreign_provider: 3, late: 1 });
      assert.deepEqual(await store.seen([eventIdOf("c")]), { [eventIdOf("c")]: "late" });
    },
  },
  {
    name: "counts an event once, also one that was seen as something else",
    async run(store) {
      await one(store, record("a"), record("a", { outcome: "late" }));
      const good = {
        op: "markSeen" as const,
        eventId: eventIdOf("b"),
        outcome: "success",
        atMs: 1,
      };
      await one(store, good, record("b", { outcome: "duplicate" }));
      assert.deepEqual((await store.totals()).answers, { foreign_provider: 1 });
    },
  },
  {
    name: "marks an answer that counts with its own outcome, and counts what it contradicts",
    async run(store) {
      await one(store, record("a", { outcome: "contradictory", seenAs: "success" }));
      assert.deepEqual(await store.seen([eventIdOf("a")]), { [eventIdOf("a")]: "success" });
      assert.deepEqual((await store.totals()).answers, { contradictory: 1 });
    },
  },
  {
    name: "refuses an outcome that is no word",
    async run(store) {
      for (const outcome of ["", "Late", "a b", "x".repeat(41)]) {
        await assert.rejects(() => one(store, record("a", { outcome })), code("invalid"));
      }
      assert.deepEqual((await store.totals()).answers, {});
    },
  },
];
