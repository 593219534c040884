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
    name: "keeps no PREPARE of a packet that is refused, at once or later, and its hash and answer",
    async run(store) {
      const hash = new Uint8Array(32).fill(5);
      const prepare = new Uint8Array(32_000).fill(6);
      const answer = new Uint8Array([7]);
      const held = incoming({ nonce: 1, hash, prepare });
      const atOnce = incoming({ nonce: 2, hash, prepare, obligation: null, answer });
      const sent = outgoing({ prepare });
      const refused = { state: "refused", answer } as const;
      await one(
        store,
        { op: "putIncoming", row: held, expect: "absent" },
        { op: "putIncoming", row: { ...atOnce, ...refused }, expect: "absent" },
        { op: "putOutgoing", row: sent, expect: "absent" },
      );
      assert.deepEqual(await store.incoming(CHANNEL, 1), held);
      await one(
        store,
        { op: "putIncoming", row: { ...held, ...refused }, expect: "held" },
        { op: "putOutgoing", row: { ...sent, ...refused }, expect: "open" },
      );
      const gone = { prepare: new Uint8Array(0) };
      assert.deepEqual(await store.incoming(CHANNEL, 1), { ...held, ...refused, ...gone });
      assert.deepEqual(await store.incoming(CHANNEL, 2), { ...atOnce, ...refused, ...gone });
      assert.deepEqual(await store.outgoing(CHANNEL, 1), { ...sent, ...refused, ...gone });
      // The same outcome again is no other one.
      await one(store, { op: "putOutgoing", row: { ...sent, ...refused } });
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
    },
  },
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
