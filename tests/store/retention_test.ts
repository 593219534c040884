import assert from "node:assert/strict";
import { checkState } from "../../store/state_check.ts";
import { countOldRowsIn } from "../../store/retention.ts";
import type { Change } from "../../store/store.ts";
import {
  chainChannel,
  CHANNEL,
  eventIdOf,
  hash,
  incoming,
  job,
  outgoing,
  transaction,
} from "./store_rows.ts";
import {
  BEFORE_MS,
  DAY_MS,
  earned,
  inHome,
  jobAt,
  NONE,
  NOW_MS,
  OLD_MS,
  paid,
  YOUNG_MS,
} from "./retention_rows.ts";

Deno.test("removeOld() removes what ended long enough ago, and keeps what is young, open or still needed", async () => {
  await inHome(async (home) => {
    const { store } = home;
    const event = new Uint8Array([1]);
    const outboxRow = {
      jobId: "job-c000000",
      purpose: "write",
      event,
      destination: "g.a",
      terminalPubkey: "",
      amountUnits: null,
      createdAtMs: OLD_MS,
    } as const;
    await store.commit([
      jobAt("a", OLD_MS, "success"),
      jobAt("b", OLD_MS, "processing"),
      jobAt("c", OLD_MS, "success"),
      { op: "addOutbox", row: { ...outboxRow, jobId: "job-a000000" } },
      { op: "settleOutbox", outboxId: 1, state: "done", detail: null },
      { op: "addOutbox", row: outboxRow },
      ...paid(1, OLD_MS),
      { op: "putOutgoing", row: outgoing({ nonce: 2, obligation: "write:open" }) },
      ...earned(1, OLD_MS),
      { op: "putIncoming", row: incoming({ nonce: 2, obligation: "write:held" }) },
      { op: "markSeen", eventId: eventIdOf("1"), outcome: "done", atMs: OLD_MS },
      { op: "putChannel", row: chainChannel({ status: "opening" }) },
      { op: "putChannel", row: chainChannel({ ref: hash("2"), status: "failed" }) },
      ...["1", "2"].flatMap((digit, nonce): Change[] => {
        const row = transaction({ hash: hash(digit), channelRef: hash(digit), nonce });
        return [
          { op: "putTransaction", row: { ...row, createdAtMs: OLD_MS } },
          { op: "putTransaction", row: { ...row, createdAtMs: OLD_MS, state: "confirmed" } },
        ];
      }),
    ]);
    home.nowMs = YOUNG_MS;
    await store.commit([
      jobAt("d", YOUNG_MS, "success"),
      jobAt("e", OLD_MS, "processing"),
      ...paid(3, YOUNG_MS),
      ...earned(3, YOUNG_MS),
      { op: "markSeen", eventId: eventIdOf("2"), outcome: "done", atMs: YOUNG_MS },
    ]);
    await store.commit([{
      op: "patchJob",
      jobId: "job-e000000",
      role: "buyer",
      patch: { status: "error", updatedAtMs: YOUNG_MS },
    }]);
    home.nowMs = NOW_MS;
    const expected = {
      jobs: 1,
      chains: 0,
      outbox: 1,
      outgoing: 1,
      incoming: 1,
      seen: 1,
      transactions: 1,
      journal: 0,
    };
    const totals = await store.totals();
    assert.deepEqual(await countOldRowsIn(home.folder, BEFORE_MS), expected);
    const { removed, done } = await store.removeOld(BEFORE_MS);
    assert.deepEqual([removed, done], [expected, true]);
    assert.deepEqual((await store.removeOld(BEFORE_MS)).removed, { ...expected, ...NONE });

    const jobs = await store.listJobs({});
    assert.deepEqual(jobs.map(({ jobId }) => jobId).sort(), [
      "job-b000000",
      "job-c000000",
      "job-d000000",
      "job-e000000",
    ]);
    const packets = await Promise.all([1, 2, 3].map((nonce) => store.outgoing(CHANNEL, nonce)));
    assert.deepEqual(packets.map((row) => row?.state), [undefined, "open", "fulfilled"]);
    const others = await Promise.all([1, 2, 3].map((nonce) => store.incoming(CHANNEL, nonce)));
    assert.deepEqual(others.map((row) => row?.state), [undefined, "held", "fulfilled"]);
    assert.deepEqual(await store.seen([eventIdOf("1"), eventIdOf("2")]), {
      [eventIdOf("2")]: "done",
    });
    assert.deepEqual(
      await Promise.all(
        ["1", "2"].map(async (digit) => (await store.transaction(hash(digit)))?.state),
      ),
      ["confirmed", undefined],
    );
    const { spentUnits, earnedUnits } = await store.totals();
    assert.deepEqual([spentUnits, earnedUnits], [totals.spentUnits, totals.earnedUnits]);
    const [last] = await store.listJournal({ limit: 1 });
    assert.deepEqual([last.type, last.outcome, last.jobId], ["job", "removed", "job-a000000"]);
    assert.equal(last.data.status, "success");
  });
});

Deno.test("removeOld() removes journal entries that git has, and the rest can still be checked", async () => {
  await inHome(async (home) => {
    const { store } = home;
    for (let nonce = 1; nonce <= 10; nonce++) await store.commit(paid(nonce, OLD_MS));
    const fifth = (await store.listJournal({ afterSeq: 4, order: "oldest", limit: 1 }))[0];
    const signed = { commit: null, signature: "5".repeat(128), pubkey: "b".repeat(64), atMs: 1 };
    for (const seq of [2, 5, 9]) {
      const [entry] = await store.listJournal({ afterSeq: seq - 1, order: "oldest", limit: 1 });
      await store.commit([{ op: "putCheckpoint", row: { seq, hash: entry.hash, ...signed } }]);
    }
    home.nowMs = YOUNG_MS;
    for (let nonce = 11; nonce <= 12; nonce++) await store.commit(paid(nonce, YOUNG_MS));
    home.nowMs = NOW_MS;

    assert.equal((await store.removeOld(BEFORE_MS)).removed.journal, 0);
    await store.commit([{ op: "setCursor", name: "audit", value: "6" }]);
    assert.equal((await store.removeOld(BEFORE_MS)).removed.journal, 6);
    assert.deepEqual((await store.checkpoints(0, 10)).map(({ seq }) => seq), [5, 9]);
    const entries = await store.journalAfter(0, 100, 0);
    assert.deepEqual(entries.map(({ seq }) => seq), [7, 8, 9, 10, 11, 12]);
    assert.notEqual(entries[0].prev, fifth.hash);
    const found = await checkState({ folder: home.folder });
    assert.deepEqual([found.problems, found.journal], [[], {
      entries: 6,
      firstSeq: 7,
      lastSeq: 12,
    }]);

    await store.commit([{ op: "setCursor", name: "audit", value: "12" }]);
    assert.equal((await store.removeOld(BEFORE_MS)).removed.journal, 4);
    home.nowMs = NOW_MS + 60 * DAY_MS;
    assert.equal((await store.removeOld(home.nowMs - 30 * DAY_MS)).removed.journal, 2);
    assert.equal((await store.journalTip())?.seq, 12);
    await home.reopen();
    await home.store.commit(paid(13, home.nowMs));
    assert.deepEqual((await home.store.journalAfter(0, 100, 0)).map(({ seq }) => seq), [13]);
    assert.deepEqual((await checkState({ folder: home.folder })).problems, []);
  });
});

Deno.test("removeOld() gives the space back", async () => {
  await inHome(async (home) => {
    const { store } = home;
    for (let index = 0; index < 200; index++) {
      const eventId = eventIdOf((index + 256).toString(16));
      const row = job({ eventId, status: "success", createdAtMs: OLD_MS, updatedAtMs: OLD_MS });
      await store.commit([{ op: "putJob", row: { ...row, result: new Uint8Array(20_000) } }]);
    }
    await home.reopen();
    const { size } = await Deno.stat(`${home.folder}/state.db`);
    const { removed, pages } = await home.store.removeOld(BEFORE_MS);
    assert.deepEqual([removed.jobs, pages > 900], [200, true]);
    await home.reopen();
    assert.ok((await Deno.stat(`${home.folder}/state.db`)).size < size - 900 * 4_096);
  });
});

Deno.test("removeOld() stops at its limit, and continues later", async () => {
  await inHome(async (home) => {
    const { store } = home;
    await store.commit([jobAt("a", OLD_MS, "success")]);
    const stopped = await store.removeOld(BEFORE_MS, 0);
    assert.deepEqual([stopped.removed.jobs, stopped.done], [0, false]);
    assert.equal((await store.removeOld(BEFORE_MS)).removed.jobs, 1);
  });
});
