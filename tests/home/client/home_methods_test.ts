/** What commands ask of a home: the same in the process and over the socket's JSON, over a real store. */
import assert from "node:assert/strict";
import type { NewJob } from "../../../home/client/home_api.ts";
import { definition } from "../../../home/control/control_service.ts";
import { processHandlers } from "../../../home/control/home_control.ts";
import { asAddress } from "../../../protocols/evm/address.ts";
import {
  call,
  CLAIM,
  JOB,
  type Manager,
  OUTBOX,
  overJson,
  rig,
  ROW,
  SEQUENCE,
} from "./home_methods_rig.ts";

for (const way of ["in the process", "over the socket"]) {
  const apiOf = ({ api, handlers }: Awaited<ReturnType<typeof rig>>) =>
    way === "in the process" ? api : overJson(handlers);

  Deno.test(`a home, ${way}, takes a job exactly as it was, once`, async () => {
    await using made = await rig();
    const home = apiOf(made);
    await home.submitJob(JOB, call());
    const { updatedAtMs: _, ...row } = (await made.at.store.getJob(ROW.jobId, "buyer"))!;
    const { updatedAtMs: __, ...expected } = ROW;
    assert.deepEqual(row, expected);
    const [out] = await made.at.store.pendingOutbox(0, 9, 0);
    assert.deepEqual([out.event, out.amountUnits], [OUTBOX.event, 500n]);
    await assert.rejects(home.submitJob(JOB, call()), { name: "StoreError", code: "conflict" });
  });

  Deno.test(`a home, ${way}, takes no job and no sequence while buying is paused`, async () => {
    await using made = await rig();
    const home = apiOf(made);
    const paused = await home.pause({ side: "buying", atMs: 1_700_000_000_000 }, call());
    assert.deepEqual(paused, { buying: 1_700_000_000_000, selling: null });
    // A second pause does not move the first.
    const again = await home.pause({ side: "buying", atMs: 1_700_000_009_000 }, call());
    assert.equal(again.buying, 1_700_000_000_000);
    const refused = {
      name: "StoreError",
      code: "paused",
      message: "buying is paused since 2023-11-14T22:13:20Z",
    };
    await assert.rejects(home.submitJob(JOB, call()), refused);
    await assert.rejects(home.submitSequence(SEQUENCE, call()), refused);
    assert.equal(await made.at.store.getJob(ROW.jobId), null);
    assert.equal((await made.at.store.pendingOutbox(0, 9, 0)).length, 0);
    const gone = await home.pause({ side: "buying", atMs: null }, call());
    assert.deepEqual(gone, { buying: null, selling: null });
    await home.submitJob(JOB, call());
    // What exists goes on.
    await home.pause({ side: "buying", atMs: 5 }, call());
    const patch = { status: "posted" as const, updatedAtMs: 10 };
    await made.at.store.commit([{ op: "patchJob", jobId: ROW.jobId, role: "buyer", patch }]);
    const side = "both" as "buying";
    await assert.rejects(home.pause({ side, atMs: 5 }, call()), { code: "invalid" });
  });

  Deno.test(`a home, ${way}, gives up an event that it paid nothing for in time`, async () => {
    await using made = await rig();
    const home = apiOf(made);
    const asked = {
      pubkey: "b".repeat(64),
      destination: "test.relay",
      terminalPubkey: "c".repeat(64),
    };
    const late = await home.probe({ ...asked, waitMs: 1 }, call());
    assert.deepEqual(late, { state: "late", detail: null });
    assert.equal((await made.at.store.pendingOutbox(0, 9, 0)).length, 0, "it is not sent later");
    const waits = home.probe({ ...asked, waitMs: 60_000 }, call());
    const [row] = await untilSome(() => made.at.store.pendingOutbox(0, 9, 0));
    assert.equal(row.purpose, "write");
    assert.equal(row.amountUnits, null, "the price is that of the bytes");
    const { outboxId } = row;
    await made.at.store.commit([
      { op: "settleOutbox", outboxId, state: "failed", detail: "F04: too little" },
    ]);
    assert.deepEqual(await waits, { state: "failed", detail: "F04: too little" });
  });

  Deno.test(`a home, ${way}, claims a job's key with it, and takes no second job under it`, async () => {
    await using made = await rig();
    const home = apiOf(made);
    await home.submitJob({ ...JOB, claim: CLAIM }, call());
    assert.equal((await made.at.store.jobByKey("k", 1))!.row.jobId, ROW.jobId);
    const other = { ...ROW, jobId: "job-2", eventId: "2".repeat(64) };
    const second: NewJob = {
      row: other,
      outbox: [{ ...OUTBOX, jobId: "job-2" }],
      claim: { ...CLAIM, jobId: "job-2" },
      failover: null,
    };
    await assert.rejects(home.submitJob(second, call()), { code: "conflict" });
    assert.equal(await made.at.store.getJob("job-2"), null);
    assert.equal((await made.at.store.pendingOutbox(0, 9, 0)).length, 1);
  });

  Deno.test(`a home, ${way}, brings a job there and tells each change of its row`, async () => {
    await using made = await rig();
    const { store } = made.at;
    const home = apiOf(made);
    await home.submitJob(JOB, call());
    const told: string[] = [];
    const move = async (status: "posted" | "paid") => {
      const paid = status === "paid" ? { jobPaid: true } : {};
      const patch = { status, updatedAtMs: told.length + 10, ...paid };
      await store.commit([{ op: "patchJob", jobId: ROW.jobId, role: "buyer", patch }]);
    };
    const there = home.untilJob(
      { jobId: ROW.jobId, wanted: "sent", knownMs: null },
      call(({ status }) => {
        told.push(status);
        if (status === "posted") void move("paid");
      }),
    );
    await move("posted");
    const row = await there;
    assert.deepEqual([told, row.status, row.amountUnits], [["posted", "paid"], "paid", 2n ** 70n]);
    assert.deepEqual(row.request, ROW.request);
  });

  Deno.test(`a home, ${way}, cancels a job, and no job that is over`, async () => {
    await using made = await rig();
    const home = apiOf(made);
    await home.submitJob(JOB, call());
    assert.equal(await home.cancelJob({ jobId: ROW.jobId, atMs: 5 }, call()), "not_needed");
    const row = (await made.at.store.getJob(ROW.jobId, "buyer"))!;
    assert.deepEqual([row.status, row.jobPaid], ["cancelled", false]);
    await assert.rejects(home.cancelJob({ jobId: ROW.jobId, atMs: 6 }, call()), {
      code: "conflict",
    });
  });

  Deno.test(`a home, ${way}, denies the result of a successful job, once and only that one`, async () => {
    await using made = await rig();
    const { store } = made.at;
    const { jobId } = ROW;
    const resultEventId = "9".repeat(64);
    await store.commit([{ op: "putJob", row: { ...ROW, status: "success", resultEventId } }]);
    const deny = (id: string) =>
      apiOf(made).denyResult({ jobId, resultEventId: id, message: "no", atMs: 5 }, call());
    await deny("8".repeat(64));
    assert.equal((await store.getJob(jobId, "buyer"))?.status, "success");
    await deny(resultEventId);
    await deny(resultEventId);
    const { status, errorCode, errorMessage } = (await store.getJob(jobId, "buyer"))!;
    assert.deepEqual([status, errorCode, errorMessage], ["error", "bad_result", "no"]);
  });

  Deno.test(`a home, ${way}, takes a sequence exactly as it was, says so once more, and gives it up`, async () => {
    await using made = await rig();
    const home = apiOf(made);
    await home.submitSequence(SEQUENCE, call());
    assert.deepEqual(made.sequences, ["came"]);
    const { sequenceId } = SEQUENCE.row;
    const state = await home.tendSequence({ sequenceId }, call());
    assert.deepEqual(state.sequence, SEQUENCE.row);
    assert.deepEqual(state.steps.map(({ name, path }) => ({ name, path })), SEQUENCE.steps);
    assert.equal(await home.cancelSequence({ sequenceId, atMs: 5 }, call()), true);
    assert.equal(await home.cancelSequence({ sequenceId, atMs: 6 }, call()), false);
    assert.equal(
      (await home.untilSequence({ sequenceId, wanted: "ended" }, call())).sequence.status,
      "cancelled",
    );
  });

  Deno.test(`a home, ${way}, asks its channel manager and moves money, amounts as they are`, async () => {
    const asked: unknown[] = [];
    const to = asAddress(`0x${"ab".repeat(20)}`);
    const manager = {
      list: () => Promise.resolve([{ name: "ch_1", payer: { depositUnits: 2n ** 70n } }]),
      price: (money: unknown) => {
        asked.push(money);
        return Promise.resolve({ gasLimit: 21_000n, maxFeeWei: 5n });
      },
      move: (money: unknown, passphrase: unknown) => {
        asked.push(money, passphrase);
        return Promise.resolve({ hash: "0x1", blockNumber: null, feeWei: 9n });
      },
    } as unknown as Manager;
    await using made = await rig({}, manager);
    const home = apiOf(made);
    const [view] = await home.channel({ op: "list" }, call());
    assert.equal(view.payer.depositUnits, 2n ** 70n);
    const money = { call: "send", to, valueWei: 10n ** 18n } as const;
    assert.equal((await home.priceMoney(money, call())).maxFeeWei, 5n);
    const moved = await home.moveMoney({ call: money, passphrase: "words" }, call());
    assert.deepEqual(moved, { hash: "0x1", blockNumber: null, feeWei: 9n });
    assert.deepEqual(asked, [money, money, "words"]);
  });

  Deno.test(`a home, ${way}, gives a document that was set aside once more`, async () => {
    await using made = await rig();
    const { store } = made.at;
    const bytes = new Uint8Array([1]);
    const known = { kind: 1 };
    const source = "relay-source";
    await store.commit([{ op: "quarantine", bytes, reason: "poison", atMs: 1, source, known }]);
    assert.deepEqual(await store.markedDocuments(source), []);
    await apiOf(made).retryDocument({ quarantineId: 1 }, call());
    assert.deepEqual((await store.markedDocuments(source)).map((each) => each.bytes), [bytes]);
  });

  Deno.test(`a home, ${way}, removes what was over before a moment`, async () => {
    await using made = await rig();
    const { store } = made.at;
    await store.commit([{ op: "putJob", row: { ...ROW, status: "success" } }]);
    const before = await apiOf(made).removeOld({ beforeMs: ROW.updatedAtMs }, call());
    assert.equal(before.jobs, 0);
    const removed = await apiOf(made).removeOld({ beforeMs: ROW.updatedAtMs + 1 }, call());
    assert.equal(removed.jobs, 1);
    assert.equal(await store.getJob(ROW.jobId), null);
  });

  Deno.test(`a home, ${way}, without a chain or without skills says so`, async () => {
    await using made = await rig();
    const home = apiOf(made);
    await assert.rejects(home.channel({ op: "list" }, call()), { code: "no_chain" });
    const called = { ...JOB, row: { ...ROW, callbackSkill: "tell-me" } };
    await assert.rejects(home.submitJob(called, call()), { code: "no_callbacks" });
    const repeat = { jobId: ROW.jobId, callbackId: 1, atMs: 1 };
    await assert.rejects(home.repeatCallback(repeat, call()), { code: "no_callbacks" });
  });
}

Deno.test("a call that is given up ends at once, and its job continues", async () => {
  await using made = await rig();
  await made.api.submitJob(JOB, call());
  const over = new AbortController();
  const waiting = made.api.untilJob({ jobId: ROW.jobId, wanted: "ended", knownMs: null }, {
    signal: over.signal,
    progress: () => {},
  });
  over.abort(new DOMException("enough", "AbortError"));
  await assert.rejects(waiting, { name: "AbortError" });
  assert.equal((await made.at.store.getJob(ROW.jobId, "buyer"))!.status, "created");
});

Deno.test("processHandlers() reports the home's status, and can be told to stop", async () => {
  await using made = await rig();
  await made.api.submitJob(JOB, call());
  let stopped = 0;
  const handlers = processHandlers(made.at.store, () => ({ pid: 7 }), () => void stopped++);
  const status = await handlers.status(null, call()) as { pid: number; totals: { jobs: unknown } };
  assert.deepEqual([status.pid, status.totals.jobs], [7, { created: 1 }]);
  handlers.stop(null, call());
  assert.equal(stopped, 1);
});

Deno.test("the control service's permissions are its socket alone", () => {
  assert.deepEqual(definition.permissions({ path: "/h/c.sock", about: {} }), {
    net: ["unix:/h/c.sock"],
    read: ["/h/c.sock", "/h"],
    write: ["/h/c.sock"],
  });
});

async function untilSome<Row>(read: () => Promise<Row[]>): Promise<Row[]> {
  for (let looks = 0;; looks++) {
    const rows = await read();
    if (rows.length > 0) return rows;
    assert.ok(looks < 6_000, `there is no row: ${read}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
