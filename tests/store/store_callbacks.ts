/** Cases of the store's contract: documents for callback skills wait, are tried again, and are forgotten with their job. */
import assert from "node:assert/strict";
import type { CallbackRow, Store } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";

const event = (digit: string) => digit.repeat(64);

const add = (store: Store, jobId: string, digit: string, atMs = 1_000) =>
  one(store, {
    op: "addCallback",
    row: {
      jobId,
      eventId: event(digit),
      skill: "tell-me",
      document: new Uint8Array([Number(digit)]),
      encoding: "toon",
    },
    atMs,
  });

const settle = (store: Store, row: CallbackRow, retryAtMs: number | null, code?: string) =>
  one(store, {
    op: "settleCallback",
    callbackId: row.callbackId,
    error: code === undefined ? null : { code, message: "no" },
    retryAtMs,
    atMs: 2_000,
  });

export const CALLBACKS: readonly Case[] = [
  {
    name: "waitingCallbacks() gives the oldest of each job, once however often it was added",
    async run(store) {
      await add(store, "job-a", "1");
      await add(store, "job-a", "1");
      await add(store, "job-a", "2");
      await add(store, "job-b", "3");
      const rows = await store.waitingCallbacks([], 1_000, 10, 0);
      assert.deepEqual(rows.map(({ jobId, document }) => [jobId, document[0]]), [
        ["job-a", 1],
        ["job-b", 3],
      ]);
      const [first] = rows;
      assert.deepEqual(
        { ...first, callbackId: 0, document: [...first.document] },
        {
          callbackId: 0,
          jobId: "job-a",
          eventId: event("1"),
          skill: "tell-me",
          document: [1],
          encoding: "toon",
          state: "waiting",
          tries: 0,
          dueAtMs: 1_000,
          errorCode: null,
          errorMessage: null,
          updatedAtMs: 1_000,
        },
      );
      const others = await store.waitingCallbacks([first.callbackId], 1_000, 10, 0);
      assert.deepEqual(others.map(({ jobId }) => jobId), ["job-b"]);
    },
  },
  {
    name: "waitingCallbacks() is woken by one that is added, and leaves out what is not due",
    async run(store) {
      const waiting = store.waitingCallbacks([], 1_000, 10, 60_000);
      await add(store, "job-b", "2", 1_000_000);
      await add(store, "job-a", "1");
      assert.deepEqual((await waiting).map(({ jobId }) => jobId), ["job-a"]);
    },
  },
  {
    name:
      "waitingCallbacks() gives one whose time comes while it waits, also one that was put off meanwhile",
    async run(store) {
      await add(store, "job-a", "1", 1_020);
      const [row] = await store.waitingCallbacks([], 1_000, 10, 60_000);
      assert.equal(row.jobId, "job-a");
      const startMs = performance.now();
      const again = store.waitingCallbacks([row.callbackId], 1_020, 10, 60_000);
      await add(store, "job-b", "2", 1_060);
      assert.deepEqual((await again).map(({ jobId }) => jobId), ["job-b"]);
      assert.ok(performance.now() - startMs >= 35);
      assert.deepEqual(await store.waitingCallbacks([1, 2], 1_060, 10, 10), []);
    },
  },
  {
    name:
      "settleCallback keeps what failed waiting while it is tried again, and says why it failed",
    async run(store) {
      await add(store, "job-a", "1");
      const [row] = await store.waitingCallbacks([], 1_000, 10, 0);
      await settle(store, row, 5_000_000, "no_skill");
      // The wait adds the milliseconds that pass meanwhile, so the time that is not yet due is far from the due one.
      assert.deepEqual(await store.waitingCallbacks([], 4_999, 10, 0), []);
      const [again] = await store.waitingCallbacks([], 5_000_000, 10, 0);
      assert.deepEqual([again.tries, again.errorCode, again.errorMessage], [1, "no_skill", "no"]);
      await settle(store, again, null, "no_skill");
      const [failed] = await store.callbacksOf("job-a");
      assert.deepEqual([failed.state, failed.tries], ["failed", 2]);
      // What is over is not settled again.
      await settle(store, failed, null);
      assert.equal((await store.callbacksOf("job-a"))[0].state, "failed");
    },
  },
  {
    name: "settleCallback gives an older document up that failed while a newer one waits",
    async run(store) {
      await add(store, "job-a", "1");
      await add(store, "job-a", "2");
      const [row] = await store.waitingCallbacks([], 1_000, 10, 0);
      await settle(store, row, 5_000, "skill_failed");
      const [next] = await store.waitingCallbacks([], 1_000, 10, 0);
      assert.equal(next.eventId, event("2"));
      await settle(store, next, null);
      assert.deepEqual((await store.callbacksOf("job-a")).map(({ state }) => state), [
        "failed",
        "done",
      ]);
    },
  },
  {
    name: "repeatCallback gives one again with all its tries, and refuses one that is not there",
    async run(store) {
      await add(store, "job-a", "1");
      const [row] = await store.waitingCallbacks([], 1_000, 10, 0);
      await settle(store, row, null, "skill_failed");
      await one(store, { op: "repeatCallback", callbackId: row.callbackId, atMs: 3_000 });
      const [again] = await store.waitingCallbacks([], 3_000, 10, 0);
      assert.deepEqual([again.eventId, again.tries], [event("1"), 0]);
      const missing = one(store, { op: "repeatCallback", callbackId: 99, atMs: 1 });
      await assert.rejects(missing, code("conflict"));
    },
  },
];
