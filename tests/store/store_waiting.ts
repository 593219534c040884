/** Cases of the store's contract: waiting callers are woken, and callers do not disturb each other. */
import assert from "node:assert/strict";
import type { Change } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf, job, outgoing } from "./store_rows.ts";

export const WAITS: readonly Case[] = [
  {
    name: "wakes a waiting pendingOutbox() by the commit",
    async run(store) {
      const waiting = store.pendingOutbox(0, 5, 60_000);
      await one(store, { op: "setCursor", name: "other", value: "1" }, {
        op: "addOutbox",
        row: {
          jobId: null,
          purpose: "write",
          event: new Uint8Array([1]),
          destination: "g",
          terminalPubkey: "k",
          amountUnits: null,
          createdAtMs: 1,
        },
      });
      assert.equal((await waiting).length, 1);
    },
  },
  {
    name: "tells what is pending of a job, and wakes who waits for it when one is settled",
    async run(store) {
      const row = {
        purpose: "write" as const,
        event: new Uint8Array([1]),
        destination: "g",
        terminalPubkey: "k",
        amountUnits: null,
        createdAtMs: 1,
      };
      await one(
        store,
        ...["job-a", "job-b", "job-a"].map((jobId): Change => ({
          op: "addOutbox",
          row: { ...row, jobId },
        })),
      );
      const ids = async (jobId: string, known: readonly number[], waitMs: number) =>
        (await store.pendingOfJob(jobId, known, waitMs)).map(({ outboxId }) => outboxId);
      assert.deepEqual(await ids("job-a", [], 60_000), [1, 3]);
      assert.deepEqual(await ids("job-none", [], 60_000), []);
      assert.deepEqual(await ids("job-a", [1, 2], 60_000), [1, 3]);
      const waiting = ids("job-a", [1, 3], 60_000);
      const settle = (outboxId: number): Change => ({
        op: "settleOutbox",
        outboxId,
        state: "done",
        detail: null,
      });
      await one(store, settle(2));
      await one(store, settle(3));
      assert.deepEqual(await waiting, [1]);
      assert.deepEqual(await ids("job-a", [1], 0), [1]);
    },
  },
  {
    name: "finds jobs that wait and of which nobody was told, the oldest first",
    async run(store) {
      const rows = ["a", "b", "c", "d", "e", "f"].map((digit, n) =>
        job({
          role: digit === "f" ? "buyer" : "provider",
          eventId: eventIdOf(digit.repeat(7)),
          status: "paid",
          jobPaid: true,
          createdAtMs: 9 - n,
          attempt: digit === "e" ? 1 : 0,
        })
      );
      await store.commit(rows.map((row) => ({ op: "putJob", row })));
      const queued = async (...question: Parameters<typeof store.queuedJobs>) =>
        (await store.queuedJobs(...question)).map(({ jobId }) => jobId[4]);
      assert.deepEqual(await queued(9, [], 9), ["d", "c", "b", "a"]);
      assert.deepEqual(await queued(8, [rows[3].jobId], 1), ["c"]);
      const write = { purpose: "write", event: new Uint8Array([1]), destination: "" } as const;
      const entry = { ...write, terminalPubkey: "", amountUnits: null, createdAtMs: 1 };
      const about = (n: number): Change => ({
        op: "addOutbox",
        row: { ...entry, jobId: rows[n].jobId },
      });
      await one(store, about(1), about(2));
      await one(store, { op: "settleOutbox", outboxId: 1, state: "failed", detail: "F00" });
      assert.deepEqual(await queued(9, [], 9), ["d", "b", "a"]);
      await one(store, { op: "settleOutbox", outboxId: 2, state: "done", detail: null });
      assert.deepEqual(await queued(9, [], 9), ["d", "b", "a"]);
      const told = await Promise.all([1, 2].map((n) => store.hasTold(rows[n].jobId)));
      assert.deepEqual(told, [false, true]);
    },
  },
  {
    name: "tells of entries of the outbox and their jobs in one answer",
    async run(store) {
      const [buyer, provider] = [job({ status: "posted" }), job({ role: "provider" })];
      const row = {
        jobId: buyer.jobId,
        purpose: "write" as const,
        event: new Uint8Array([1]),
        destination: "g",
        terminalPubkey: "k",
        amountUnits: null,
        createdAtMs: 1,
      };
      await one(
        store,
        { op: "putJob", row: buyer },
        { op: "putJob", row: provider },
        { op: "addOutbox", row },
      );
      const { jobId } = buyer;
      const [both] = await store.deliveries([{ outboxId: 1, jobId }]);
      assert.deepEqual(
        [both.pending, both.buyer?.status, both.provider?.role, both.askedBefore],
        [true, "posted", "provider", []],
      );
      await one(store, { op: "settleOutbox", outboxId: 1, state: "done", detail: null });
      const settled = { outboxId: 1, jobId: null };
      const unknown = { outboxId: 9, jobId: null };
      const none = {
        pending: true,
        buyer: null,
        provider: null,
        askedBefore: [],
        quote: null,
        isMetered: null,
      };
      assert.deepEqual(
        await store.deliveries([settled, { outboxId: null, jobId: "job-none" }, unknown]),
        [{ ...none, pending: false }, none, { ...none, pending: false }],
      );
      const many = Array.from({ length: 65 }, () => settled);
      await assert.rejects(store.deliveries(many), code("invalid"));
    },
  },
  {
    name: "wakes a waiting runnableJobs() only for a job that is not excepted",
    async run(store) {
      const waiting = store.runnableJobs(["job-aaaaaaa"], 5, 60_000);
      const free = { role: "provider", amountUnits: 0n } as const;
      await one(store, { op: "putJob", row: job({ ...free, eventId: eventIdOf("aaaaaaa") }) });
      await one(store, { op: "putJob", row: job({ ...free, eventId: eventIdOf("bbbbbbb") }) });
      assert.deepEqual((await waiting).map((row) => row.jobId), ["job-bbbbbbb"]);
    },
  },
  {
    name:
      "openKinds() is woken by a job of a kind that is not known, and tells kinds of open jobs alone",
    async run(store) {
      const of = (digits: string, kind: number, role: "buyer" | "provider" = "buyer") =>
        one(store, { op: "putJob", row: job({ eventId: eventIdOf(digits), kind, role }) });
      assert.deepEqual(await store.openKinds("buyer", [], 0), []);
      await of("aaaaaaa", 5650);
      const waiting = store.openKinds("buyer", [5650], 60_000);
      await of("bbbbbbb", 5650);
      await of("ccccccc", 5777, "provider");
      await of("ddddddd", 5651);
      assert.deepEqual(await waiting, [5650, 5651]);
      const patch = { status: "success" } as const;
      await one(store, { op: "patchJob", jobId: "job-ddddddd", role: "buyer", patch });
      assert.deepEqual(await store.openKinds("buyer", [5650, 5651], 0), [5650]);
    },
  },
  {
    name: "openKinds() and awaitedJobs() tell nothing of private jobs but that there are wraps",
    async run(store) {
      const of = async (digits: string, kind: number, tags: readonly (readonly string[])[]) => {
        const request = new TextEncoder().encode(JSON.stringify({ kind, tags, content: "" }));
        await one(store, { op: "putJob", row: job({ eventId: eventIdOf(digits), kind, request }) });
      };
      const known = async () => [
        await store.openKinds("buyer", [], 0),
        (await store.awaitedJobs(0, 10)).map(({ eventId }) => eventId[0]).join(""),
      ];
      const key = "d".repeat(64);
      await of("aaaaaaa", 5777, [["answers", key]]);
      assert.deepEqual(await known(), [[1059], ""]);
      await of("bbbbbbb", 5651, [["param", "answers", key]]);
      await of("ccccccc", 5777, [["i", '["answers","x"]', "text"]]);
      assert.deepEqual(await known(), [[1059, 5651, 5777], "bc"]);
      const patch = { status: "timeout" } as const;
      for (const jobId of ["job-aaaaaaa", "job-ccccccc"]) {
        await one(store, { op: "patchJob", jobId, role: "buyer", patch });
      }
      assert.deepEqual(await known(), [[1059, 5651], "bc"]);
    },
  },
  {
    name: "watchJob() sees every change, also two within one millisecond",
    async run(store) {
      const row = job();
      const created = store.watchJob(row.jobId, "buyer", 0, 60_000);
      await one(store, { op: "putJob", row });
      let seen = (await created)!;
      for (const status of ["posted", "paid", "processing"] as const) {
        const next = store.watchJob(row.jobId, "buyer", seen.updatedAtMs, 60_000);
        await one(store, {
          op: "patchJob",
          jobId: row.jobId,
          role: "buyer",
          patch: { status, updatedAtMs: 1_000 },
        });
        seen = (await next)!;
        assert.equal(seen.status, status);
      }
      assert.equal(
        (await store.watchJob(row.jobId, "buyer", seen.updatedAtMs, 1))?.status,
        "processing",
      );
    },
  },
];

const NO_JOB: Change = {
  op: "patchJob",
  jobId: "job-0",
  role: "buyer",
  patch: { status: "posted" },
};

export const GROUPS: readonly Case[] = [
  {
    name: "refuses to look for what is no text",
    async run(store) {
      await assert.rejects(store.getJob(7 as unknown as string), code("invalid"));
      await assert.rejects(store.cursor({} as unknown as string), code("invalid"));
      await assert.rejects(store.listJobs({ limit: -1 }), code("invalid"));
      await assert.rejects(store.pendingOutbox(-1, 1, 0), code("invalid"));
    },
  },
  {
    name: "answers several reads in one call, in their order, and fails with one of them",
    async run(store) {
      const row = job();
      await one(store, { op: "putJob", row });
      const { jobId, eventId } = row;
      const [same, none, id, seen] = await store.readTogether(
        ["getJobByEvent", eventId, "buyer"],
        ["getJob", jobId, "provider"],
        ["freeJobId", "f".repeat(64)],
        ["seen", [eventId]],
      );
      assert.deepEqual([same, none, id, seen], [row, null, "job-fffffff", {}]);
      assert.deepEqual(await store.readTogether(), []);
      const wrong = ["getJob", 7 as unknown as string] as const;
      await assert.rejects(store.readTogether(["freeJobId", eventId], wrong), code("invalid"));
      const write = ["commit", []] as never;
      await assert.rejects(store.readTogether(write), code("invalid"));
      const many = Array.from({ length: 65 }, () => ["getJob", jobId] as const);
      await assert.rejects(store.readTogether(...many), code("invalid"));
      // The transaction of a failed call has ended.
      await one(store, { op: "setCursor", name: "after", value: "1" });
      assert.equal((await store.readTogether(["getJob", jobId]))[0]?.jobId, jobId);
    },
  },
  {
    name: "fails only the caller whose change is refused, of many at once",
    async run(store) {
      const settled = await Promise.allSettled(
        Array.from({ length: 100 }, (_, index) =>
          store.commit([
            { op: "setCursor", name: `c${index}`, value: "1" },
            ...(index % 10 === 3 ? [NO_JOB] : []),
          ])),
      );
      for (const [index, { status }] of settled.entries()) {
        const refused = index % 10 === 3;
        assert.equal(status, refused ? "rejected" : "fulfilled");
        assert.equal(await store.cursor(`c${index}`), refused ? null : "1");
      }
    },
  },
  {
    name: "lets one of several win a row that must be absent",
    async run(store) {
      const tries = Array.from(
        { length: 8 },
        () => store.commit([{ op: "putOutgoing", row: outgoing(), expect: "absent" }]),
      );
      const settled = await Promise.allSettled(tries);
      assert.equal(settled.filter(({ status }) => status === "fulfilled").length, 1);
    },
  },
  {
    name: "takes an empty commit",
    run: (store) => store.commit([]),
  },
];
