/** Cases of the store's contract: what it keeps and finds. */
import assert from "node:assert/strict";
import type { Store } from "../../store/store.ts";
import { type Case, code, one } from "./store_case.ts";
import {
  CHANNEL,
  eventIdOf,
  incoming,
  job,
  MAX_AMOUNT,
  outgoing,
  payer,
  receiver,
} from "./store_rows.ts";

export const KEEPS: readonly Case[] = [
  {
    name: "gives a job back exactly, with amounts up to 2^64-1",
    async run(store) {
      const full = job({
        amountUnits: MAX_AMOUNT,
        writeUnits: MAX_AMOUNT - 1n,
        jobPaid: true,
        provider: "f".repeat(64),
        result: new Uint8Array([0, 255, 10]),
        resultEventId: "e".repeat(64),
        exitCode: -1,
        errorCode: "job_failed",
        errorMessage: "exit code -1",
        attempt: 3,
        status: "error",
      });
      await one(store, { op: "putJob", row: full, expect: "absent" });
      assert.deepEqual(await store.getJob(full.jobId), full);
      assert.deepEqual(await store.getJobByEvent(full.eventId, "buyer"), full);
      assert.equal(await store.getJobByEvent(full.eventId, "provider"), null);
    },
  },
  {
    name: "gives channels and packets back exactly, with amounts of 2^64-1 and above",
    async run(store) {
      const rows = {
        payer: payer({ signed: MAX_AMOUNT, nonce: 7, spent: MAX_AMOUNT, forfeit: 2n ** 70n }),
        receiver: receiver({
          credited: MAX_AMOUNT,
          watermark: Number.MAX_SAFE_INTEGER,
          bestClaim: new Uint8Array([9]),
          spent: 1n,
        }),
        out: outgoing({
          cumulative: MAX_AMOUNT,
          amount: MAX_AMOUNT,
          incoming: { channelId: "0xother", nonce: 4 },
        }),
        in: incoming({ amount: MAX_AMOUNT, next: { channelId: "0xother", nonce: 5 } }),
      };
      await one(
        store,
        { op: "putPayerChannel", row: rows.payer },
        { op: "putReceiverChannel", row: rows.receiver },
        { op: "putOutgoing", row: rows.out, expect: "absent" },
        { op: "putIncoming", row: rows.in, expect: "absent" },
      );
      assert.deepEqual(await store.payerChannel(CHANNEL), rows.payer);
      assert.deepEqual(await store.listPayerChannels(), [rows.payer]);
      assert.deepEqual(await store.receiverChannel(CHANNEL), rows.receiver);
      assert.deepEqual(await store.listReceiverChannels(), [rows.receiver]);
      assert.deepEqual(await store.outgoing(CHANNEL, 1), rows.out);
      assert.deepEqual(await store.openOutgoing(CHANNEL), [rows.out]);
      assert.deepEqual(await store.incoming(CHANNEL, 1), rows.in);
      assert.deepEqual(await store.heldIncoming(), [rows.in]);
      assert.deepEqual(await store.heldIncoming("0xnone"), []);
    },
  },
  {
    name: "sums what was written off on a channel since a moment and was not refused after it",
    async run(store) {
      const rows = [1, 2, 3, 4].map((nonce) =>
        outgoing({ nonce, amount: BigInt(nonce), obligation: `forward:${nonce}` })
      );
      for (const row of rows) await one(store, { op: "putOutgoing", row, expect: "absent" });
      for (const { channelId, nonce } of rows.slice(0, 3)) {
        await one(store, { op: "writeOff", channelId, nonce, atMs: nonce * 1_000 });
      }
      assert.equal((await store.openOutgoing(CHANNEL))[2].writtenOffAtMs, 3_000);
      assert.equal(await store.writtenOff(CHANNEL, 0), 6n);
      assert.equal(await store.writtenOff(CHANNEL, 2_000), 5n);
      assert.equal(await store.writtenOff("0xnone", 0), 0n);
      const close = (at: number, state: "fulfilled" | "refused") =>
        one(store, { op: "putOutgoing", row: { ...rows[at], state }, expect: "open" });
      await close(1, "fulfilled");
      await close(2, "refused");
      assert.equal(await store.writtenOff(CHANNEL, 0), 3n);
      assert.equal((await store.outgoing(CHANNEL, 2))?.writtenOffAtMs, 2_000);
    },
  },
  {
    name: "answers null and empty for what it never heard of",
    async run(store) {
      assert.equal(await store.getJob("job-0000000"), null);
      assert.equal(await store.getJob(""), null);
      assert.equal(await store.payerChannel("x"), null);
      assert.equal(await store.receiverChannel("x"), null);
      assert.equal(await store.outgoing("x", 1), null);
      assert.equal(await store.incoming("x", 1), null);
      assert.equal(await store.incomingByObligation("x"), null);
      assert.deepEqual(await store.outgoingByObligation("x"), []);
      assert.equal(await store.cursor("x"), null);
      assert.equal(await store.snapshot("x"), null);
      assert.deepEqual(await store.seen(["a"]), {});
      assert.deepEqual(await store.listJobs({}), []);
      assert.deepEqual(await store.pendingOutbox(0, 10, 0), []);
      assert.deepEqual(await store.runnableJobs([], 10, 0), []);
      assert.equal(await store.watchJob("job-1", "buyer", 0, 0), null);
    },
  },
  {
    name: "finds a job by a unique prefix and refuses an ambiguous one",
    async run(store) {
      const [a, b] = [
        job({ eventId: eventIdOf("5abc123") }),
        job({ eventId: eventIdOf("5abd456") }),
      ];
      await one(store, { op: "putJob", row: a }, { op: "putJob", row: b });
      assert.equal((await store.getJob("job-5abc"))?.jobId, a.jobId);
      assert.equal((await store.getJob("5abd"))?.jobId, b.jobId);
      assert.equal((await store.getJob(b.eventId))?.jobId, b.jobId);
      assert.equal(await store.getJob("job-5abc", "provider"), null);
      assert.equal(await store.getJob("job-%"), null);
      await assert.rejects(store.getJob("job-5ab"), code("ambiguous"));
    },
  },
  {
    name: "gives the buyer's row where one home has both roles of a job",
    async run(store) {
      await one(
        store,
        { op: "putJob", row: job({ role: "provider" }) },
        { op: "putJob", row: job() },
      );
      assert.equal((await store.getJob("job-5abc"))?.role, "buyer");
      assert.equal((await store.getJob("job-5abc", "provider"))?.role, "provider");
    },
  },
  {
    name: "freeJobId() gives 7 digits, more on a collision, and the same for the same event",
    async run(store) {
      const a = eventIdOf("5abc1231");
      const b = eventIdOf("5abc1232");
      assert.equal(await store.freeJobId(a), "job-5abc123");
      await one(store, { op: "putJob", row: job({ eventId: a }) });
      assert.equal(await store.freeJobId(b), "job-5abc1232");
      assert.equal(await store.freeJobId(a), "job-5abc123");
      await assert.rejects(store.freeJobId("5abc"), code("invalid"));
    },
  },
  {
    name: "lists jobs newest first, filtered and limited",
    async run(store) {
      const rows = ["a", "b", "c", "d"].map((digit, index) =>
        job({
          eventId: eventIdOf(digit.repeat(7)),
          createdAtMs: index,
          status: index % 2 === 0 ? "success" : "posted",
          callbackSkill: index < 2 ? "one" : "two",
        })
      );
      await store.commit(rows.map((row) => ({ op: "putJob", row })));
      const ids = async (filter: Parameters<Store["listJobs"]>[0]) =>
        (await store.listJobs(filter)).map((row) => row.eventId[0]).join("");
      assert.equal(await ids({}), "dcba");
      assert.equal(await ids({ limit: 2 }), "dc");
      assert.equal(await ids({ status: ["success"] }), "ca");
      assert.equal(await ids({ status: [] }), "");
      assert.equal(await ids({ callbackSkill: "one", role: "buyer" }), "ba");
      assert.equal(await ids({ role: "provider" }), "");
      assert.deepEqual(
        await store.listJobs({ documents: false }),
        (await store.listJobs({})).map((row) => ({
          ...row,
          request: new Uint8Array(),
          result: null,
        })),
      );
    },
  },
  {
    name: "keeps the first outcome of a seen event, cursors, and the newest snapshot",
    async run(store) {
      await one(
        store,
        { op: "markSeen", eventId: "a", outcome: "done", atMs: 1 },
        { op: "markSeen", eventId: "a", outcome: "refused", atMs: 2 },
        { op: "setCursor", name: "relay", value: "1" },
        { op: "setCursor", name: "relay", value: "2" },
        { op: "putSnapshot", name: "signer", counter: 2, sealed: new Uint8Array([2]) },
        { op: "putSnapshot", name: "signer", counter: 1, sealed: new Uint8Array([1]) },
      );
      assert.deepEqual(await store.seen(["a", "b"]), { a: "done" });
      const many = Array.from({ length: 4_096 }, (_, at) => at === 4_095 ? "a" : `${at}`);
      assert.deepEqual(await store.seen(many), { a: "done" });
      await assert.rejects(store.seen([...many, "b"]), { code: "invalid" });
      assert.equal(await store.cursor("relay"), "2");
      assert.deepEqual(await store.snapshot("signer"), {
        counter: 2,
        sealed: new Uint8Array([2]),
      });
    },
  },
  {
    name: "counts jobs, fulfilled amounts, open and held rows, and quarantined documents",
    async run(store) {
      await one(
        store,
        { op: "putJob", row: job({ status: "success" }) },
        { op: "putOutgoing", row: outgoing({ nonce: 1, amount: MAX_AMOUNT }) },
        { op: "putOutgoing", row: outgoing({ nonce: 2, state: "fulfilled", amount: 5n }) },
        { op: "putOutgoing", row: outgoing({ nonce: 3 }) },
        { op: "putIncoming", row: incoming({ nonce: 1, obligation: "write:1" }) },
        { op: "putIncoming", row: incoming({ nonce: 2, obligation: "write:2", amount: 7n }) },
        {
          op: "quarantine",
          bytes: new Uint8Array([1]),
          reason: "poison",
          atMs: 1,
          source: "relay-source",
          known: {},
        },
      );
      const out = outgoing({ nonce: 1, amount: MAX_AMOUNT, state: "fulfilled" });
      const taken = incoming({
        nonce: 2,
        obligation: "write:2",
        amount: 7n,
        state: "fulfilled",
        answer: new Uint8Array([3]),
      });
      await one(store, { op: "putOutgoing", row: out }, { op: "putIncoming", row: taken });
      // The same outcome again, as after a crash, counts once.
      await one(store, { op: "putOutgoing", row: out }, { op: "putIncoming", row: taken });
      assert.deepEqual(await store.totals(), {
        jobs: { success: 1 },
        provided: { jobs: {}, spentUnits: 0n },
        spentUnits: MAX_AMOUNT + 5n,
        earnedUnits: 7n,
        openOutgoing: 1,
        heldIncoming: 1,
        quarantined: 1,
        answers: {},
      });
    },
  },
  {
    name: "finds what pays an obligation",
    async run(store) {
      await one(
        store,
        { op: "putOutgoing", row: outgoing({ nonce: 2, createdAtMs: 5 }) },
        { op: "putOutgoing", row: outgoing({ nonce: 1, createdAtMs: 4, state: "refused" }) },
        { op: "putIncoming", row: incoming({ nonce: 1, state: "refused" }) },
        { op: "putIncoming", row: incoming({ nonce: 2 }) },
      );
      const rows = await store.outgoingByObligation("write:a");
      assert.deepEqual(rows.map((row) => row.nonce), [1, 2]);
      assert.equal((await store.incomingByObligation("write:a"))?.nonce, 2);
    },
  },
];
