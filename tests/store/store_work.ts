/** Cases of the store's contract: what is to be done next: documents to send, jobs to run, jobs whose time is over. */
import assert from "node:assert/strict";
import { type Case, code, one } from "./store_case.ts";
import { eventIdOf, job } from "./store_rows.ts";

export const WORK: readonly Case[] = [
  {
    name: "finds the jobs whose time is over and that are not, the longest overdue first",
    async run(store) {
      const rows = [
        { digit: "a", createdAtMs: 5_000, timeoutS: 10 },
        { digit: "b", createdAtMs: 1_000, timeoutS: 9 },
        { digit: "c", createdAtMs: 0, timeoutS: 1, status: "success" },
        { digit: "d", createdAtMs: 0, timeoutS: 1, role: "provider" },
        { digit: "e", createdAtMs: 0, timeoutS: 16 },
        { digit: "f", createdAtMs: 0, timeoutS: 2, status: "unknown" },
      ] as const;
      await store.commit(rows.map(({ digit, ...over }) => ({
        op: "putJob",
        row: job({ ...over, eventId: eventIdOf(digit.repeat(7)) }),
      })));
      const overdue = async (nowMs: number, limit = 10) =>
        (await store.overdueJobs("buyer", nowMs, limit)).map(({ jobId, deadlineMs }) =>
          `${jobId[4]} ${deadlineMs}`
        );
      assert.deepEqual(await overdue(1_999), []);
      assert.deepEqual(await overdue(15_000), ["f 2000", "b 10000", "a 15000"]);
      assert.deepEqual(await overdue(15_000, 1), ["f 2000"]);
      await one(store, {
        op: "patchJob",
        jobId: "job-bbbbbbb",
        role: "buyer",
        patch: { status: "timeout" },
      });
      assert.deepEqual(await overdue(16_000), ["f 2000", "a 15000", "e 16000"]);
    },
  },
  {
    name: "takes a result over a deadline that has passed",
    async run(store) {
      await one(store, { op: "putJob", row: job({ status: "timeout", errorCode: "timeout" }) });
      const patch = { status: "success", resultEventId: eventIdOf("9"), errorCode: null } as const;
      const { jobId } = job();
      await one(store, { op: "patchJob", jobId, role: "buyer", patch });
      const row = await store.getJob(jobId);
      assert.deepEqual([row?.status, row?.errorCode], ["success", null]);
    },
  },
  {
    name: "finds the buyer's jobs whose result would still count, the nearest deadline first",
    async run(store) {
      const rows = [
        { digit: "a", createdAtMs: 5_000, timeoutS: 10, status: "paid" },
        { digit: "b", createdAtMs: 1_000, timeoutS: 9, status: "unknown" },
        { digit: "c", createdAtMs: 0, timeoutS: 1, status: "success" },
        { digit: "d", createdAtMs: 0, timeoutS: 1, role: "provider" },
        { digit: "e", createdAtMs: 9_000, timeoutS: 1, status: "timeout" },
        { digit: "f", createdAtMs: 8_000, timeoutS: 1, status: "timeout" },
        { digit: "1", createdAtMs: 10, timeoutS: 1, status: "timeout" },
        { digit: "2", createdAtMs: 9_000, timeoutS: 1, status: "cancelled" },
      ] as const;
      await store.commit(rows.map(({ digit, ...over }) => ({
        op: "putJob",
        row: job({ ...over, eventId: eventIdOf(digit.repeat(7)) }),
      })));
      const found = async (limit: number) =>
        (await store.awaitedJobs(8_000, limit)).map(({ eventId, open, deadlineMs }) =>
          `${eventId[0]} ${open} ${deadlineMs}`
        );
      const all = ["b true 10000", "a true 15000", "e false 10000", "f false 9000"];
      assert.deepEqual(await found(10), all);
      assert.deepEqual(await found(3), all.slice(0, 3));
      assert.deepEqual(await found(1), all.slice(0, 1));
    },
  },
  {
    name: "hands the outbox out in order, until settled",
    async run(store) {
      const row = {
        jobId: null,
        purpose: "write",
        event: new Uint8Array([1]),
        destination: "g.relay",
        terminalPubkey: "a".repeat(64),
        amountUnits: null,
        createdAtMs: 1,
      } as const;
      await one(
        store,
        { op: "addOutbox", row },
        { op: "addOutbox", row: { ...row, purpose: "job", jobId: "job-1", amountUnits: 9n } },
        { op: "addOutbox", row },
      );
      const [first, second, third] = await store.pendingOutbox(0, 10, 0);
      assert.deepEqual(second, {
        ...row,
        outboxId: second.outboxId,
        purpose: "job",
        jobId: "job-1",
        amountUnits: 9n,
        state: "pending",
        detail: null,
      });
      assert.equal((await store.pendingOutbox(0, 1, 0))[0].outboxId, first.outboxId);
      const settle = {
        op: "settleOutbox",
        outboxId: second.outboxId,
        state: "done",
        detail: "x",
      } as const;
      await one(store, settle);
      await one(store, settle);
      const rest = await store.pendingOutbox(first.outboxId, 10, 0);
      assert.deepEqual(rest.map((entry) => entry.outboxId), [third.outboxId]);
      await assert.rejects(one(store, { ...settle, state: "failed" }), code("conflict"));
      await assert.rejects(one(store, { ...settle, outboxId: 99 }), code("conflict"));
    },
  },
  {
    name: "runs provider jobs that are paid or free, oldest first, until they are finished",
    async run(store) {
      const make = (digit: string, createdAtMs: number, over = {}) =>
        job({ role: "provider", eventId: eventIdOf(digit.repeat(7)), createdAtMs, ...over });
      await store.commit([
        make("a", 3, { status: "paid", jobPaid: true }),
        make("b", 2, { amountUnits: 0n }),
        make("c", 1),
        make("d", 0, { status: "success", jobPaid: true }),
        job({ eventId: eventIdOf("e"), jobPaid: true }),
      ].map((row) => ({ op: "putJob", row })));
      const ids = async (except: string[] = []) =>
        (await store.runnableJobs(except, 10, 0)).map((row) => row.eventId[0]).join("");
      assert.equal(await ids(), "ba");
      assert.equal(await ids(["job-bbbbbbb"]), "a");
      await one(store, {
        op: "patchJob",
        jobId: "job-bbbbbbb",
        role: "provider",
        patch: { status: "error" },
      }, { op: "patchJob", jobId: "job-ccccccc", role: "provider", patch: { jobPaid: true } });
      assert.equal(await ids(), "ca");
    },
  },
  {
    name: "counts provider jobs that may run, and knows which requests are jobs of this provider",
    async run(store) {
      const [a, b, c, d] = ["a", "b", "c", "d"].map((digit) => eventIdOf(digit.repeat(7)));
      await store.commit([
        job({ role: "provider", eventId: a, status: "paid", jobPaid: true }),
        job({ role: "provider", eventId: b, amountUnits: 0n }),
        job({ role: "provider", eventId: c, status: "success", jobPaid: true }),
        job({ eventId: d, jobPaid: true }),
      ].map((row) => ({ op: "putJob", row })));
      const { runnable, known } = await store.placesTaken([d, c, a, eventIdOf("f")], 10);
      assert.deepEqual([runnable, [...known].sort()], [2, [a, c]]);
      assert.deepEqual(await store.placesTaken([], 1), {
        paused: false,
        runnable: 1,
        known: [],
        ofBuyer: 0,
      });
      assert.equal((await store.placesTaken([], 10, "b".repeat(64))).ofBuyer, 2);
      assert.equal((await store.placesTaken([], 10, "c".repeat(64))).ofBuyer, 0);
      const counted = async (others: boolean, ...kinds: number[]) =>
        await store.placesTaken([], 10, "b".repeat(64), { kinds, others });
      const two = { paused: false, runnable: 2, known: [], ofBuyer: 2 };
      const none = { paused: false, runnable: 0, known: [], ofBuyer: 0 };
      assert.deepEqual(await counted(false, job().kind, 5_050), two);
      assert.deepEqual(await counted(false, 5_050), none);
      assert.deepEqual(await counted(true, 5_050), two);
      assert.deepEqual(await counted(true, job().kind), none);
      const many = Array.from({ length: 4_097 }, () => a);
      await assert.rejects(store.placesTaken(many, 1), code("invalid"));
      await assert.rejects(store.placesTaken([], -1), code("invalid"));
    },
  },
  {
    name:
      "lets buyers take turns: who has more jobs out comes later, and of one buyer the oldest is first",
    async run(store) {
      const make = (digit: string, createdAtMs: number, buyer: string, kind = 5601) =>
        job({
          role: "provider",
          eventId: eventIdOf(digit.repeat(7)),
          createdAtMs,
          kind,
          buyer: buyer.repeat(64),
          status: "paid",
          jobPaid: true,
        });
      await store.commit([
        make("a", 1, "1"),
        make("b", 2, "1"),
        make("c", 3, "1", 5600),
        make("d", 4, "2"),
        make("e", 5, "2", 5600),
        make("f", 6, "3"),
      ].map((row) => ({ op: "putJob", row })));
      const ids = async (except: string[] = [], limit = 10, kinds?: number[]) =>
        (await store.runnableJobs(except, limit, 0, kinds)).map((row) => row.eventId[0]).join("");
      assert.equal(await ids(), "adfbec");
      assert.equal(await ids([], 3), "adf");
      // Buyer 1 has two jobs out, buyer 2 has one.
      assert.equal(await ids(["job-aaaaaaa", "job-bbbbbbb", "job-ddddddd"]), "fec");
      assert.equal(await ids(["job-aaaaaaa"], 10, [5600]), "ec");
      assert.equal(await ids([], 10, [5999]), "");
    },
  },
];
