/** Cases of the store's contract: the keys by which a command finds its job. */
import assert from "node:assert/strict";
import type { ClaimJobKey } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf, job, outgoing } from "./store_rows.ts";

const FIRST = job();
const SECOND = job({ eventId: eventIdOf("2222222") });

function claim(row: JobRow, over: Partial<ClaimJobKey> = {}): ClaimJobKey {
  return {
    op: "claimJobKey",
    key: "content:a",
    content: "a",
    jobId: row.jobId,
    atMs: 5_000,
    sinceMs: 1_000,
    ...over,
  };
}

const paying = (row: JobRow, state: "open" | "fulfilled" | "refused") => ({
  op: "putOutgoing" as const,
  row: outgoing({ obligation: `job:${row.eventId}`, state }),
});

/** Whether a second job with the same key is refused, by the status of the first one. */
const HOLDS: readonly (readonly [
  name: string,
  over: Partial<JobRow>,
  packet: "open" | "fulfilled" | "refused" | null,
  holds: boolean,
])[] = [
  ["created", { status: "created" }, null, true],
  ["processing", { status: "processing" }, null, true],
  ["unknown", { status: "unknown" }, "open", true],
  ["success without a payment", { status: "success" }, null, true],
  ["error after its payment", { status: "error", jobPaid: true }, null, true],
  ["error of a job that costs nothing", { status: "error" }, null, false],
  ["timeout after its payment", { status: "timeout", jobPaid: true }, null, true],
  ["timeout with its payment in doubt", { status: "timeout" }, "open", true],
  ["cancelled while its payment was answered", { status: "cancelled" }, "fulfilled", true],
  ["cancelled before it was paid", { status: "cancelled" }, null, false],
  ["refused by its provider", { status: "refused" }, "refused", false],
];

export const KEYS: readonly Case[] = [
  ...HOLDS.map(([name, over, packet, holds]): Case => ({
    name: `${holds ? "keeps a key for" : "gives a key free after"} a job that is ${name}`,
    async run(store) {
      const row = { ...FIRST, ...over };
      await one(store, { op: "putJob", row }, claim(row));
      if (packet !== null) await one(store, paying(row, packet));
      const found = await store.jobByKey("content:a", 1_000);
      assert.equal(found?.row.jobId ?? null, holds ? row.jobId : null);
      const second = store.commit([{ op: "putJob", row: SECOND }, claim(SECOND)]);
      if (holds) {
        await assert.rejects(() => second, code("conflict"));
        assert.equal(await store.getJob(SECOND.jobId), null, "all or nothing");
      } else {
        await second;
        assert.equal((await store.jobByKey("content:a", 1_000))!.row.jobId, SECOND.jobId);
      }
    },
  })),
  {
    name: "finds a key's job within its time, with what it is, and no other key's",
    async run(store) {
      await one(store, { op: "putJob", row: FIRST }, claim(FIRST));
      const { row, content, atMs } = (await store.jobByKey("content:a", 4_999))!;
      assert.deepEqual([row.jobId, content, atMs], [FIRST.jobId, "a", 5_000]);
      assert.equal(await store.jobByKey("content:a", 5_000), null);
      assert.equal(await store.jobByKey("content:b", 1_000), null);
    },
  },
  {
    name: "lets a job take a key over when that is asked for, or when its time is over",
    async run(store) {
      await one(store, { op: "putJob", row: FIRST }, claim(FIRST));
      const later = claim(SECOND, { atMs: 9_000, sinceMs: 5_000, content: "b" });
      await one(store, { op: "putJob", row: SECOND }, later);
      assert.equal((await store.jobByKey("content:a", 0))!.content, "b");
      const anew = claim(FIRST, { atMs: 9_001, sinceMs: null });
      await one(store, anew);
      assert.equal((await store.jobByKey("content:a", 0))!.row.jobId, FIRST.jobId);
    },
  },
  {
    name: "keeps a key for two days, and forgets it with the next claim after them",
    async run(store) {
      const days = 2 * 86_400_000;
      await one(store, { op: "putJob", row: FIRST }, { op: "putJob", row: SECOND });
      await one(store, claim(FIRST));
      await one(store, claim(SECOND, { key: "content:b", atMs: 5_000 + days }));
      assert.equal((await store.jobByKey("content:a", 1_000))?.row.jobId, FIRST.jobId);
      await one(store, claim(SECOND, { key: "content:c", atMs: 5_001 + days }));
      assert.equal(await store.jobByKey("content:a", 1_000), null);
    },
  },
  {
    name: "keeps a key that was claimed before the clock was set back",
    async run(store) {
      await one(store, { op: "putJob", row: FIRST }, claim(FIRST, { atMs: 90_000 }));
      assert.equal((await store.jobByKey("content:a", 1_000))!.row.jobId, FIRST.jobId);
      const second = [{ op: "putJob" as const, row: SECOND }, claim(SECOND)];
      await assert.rejects(() => store.commit(second), code("conflict"));
    },
  },
  {
    name: "claims a key for a buyer's job that is there, and for nothing else",
    async run(store) {
      await assert.rejects(() => one(store, claim(FIRST)), code("conflict"));
      const provided = { ...FIRST, role: "provider" as const };
      await assert.rejects(
        () => one(store, { op: "putJob", row: provided }, claim(provided)),
        code("conflict"),
      );
    },
  },
];
