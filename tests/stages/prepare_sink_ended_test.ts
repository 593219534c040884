import assert from "node:assert/strict";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import { outgoing } from "../store/store_rows.ts";
import { addRow, outgoingItem, patch, pending, surroundings } from "./surroundings.ts";
import { BUYER, buyerJob, fulfilled, refused, requestAndPayment, rig } from "./prepare_sink_rig.ts";

Deno.test("prepareSink() gives up a peer that cannot be reached when the job's time is over", async () => {
  await using at = await surroundings();
  const { writer } = await rig(at, { pay: () => Promise.resolve(refused("T01")) });
  const [write] = await requestAndPayment(at);
  at.nowMs = BUYER.createdAtMs + BUYER.timeoutS * 1000;
  await writer.write([write]);
  assert.equal((await at.untilSettled(1))[0].outcome, "refused");
  assert.deepEqual([(await buyerJob(at))!.status, (await buyerJob(at))!.errorCode], [
    "refused",
    "T01",
  ]);
  await writer.close();
});

Deno.test("prepareSink() pays and counts a row once that comes again while it is in progress, and after it was settled", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const answer = Promise.withResolvers<PacketOutcome>();
  const { writer, paid } = await rig(at, { pay: () => answer.promise });
  await writer.write([write]);
  await writer.write([{ ...write, seq: 9 }]);
  answer.resolve(fulfilled(100n));
  assert.deepEqual((await at.untilSettled(2)).map(({ seq, outcome }) => [seq, outcome]), [
    [1, "done"],
    [9, "done"],
  ]);
  await writer.write([{ ...write, seq: 10 }]);
  assert.deepEqual((await at.untilSettled(3))[2], {
    seq: 10,
    outcome: "done",
    detail: "settled_before",
  });
  assert.equal(paid.length, 1);
  assert.equal((await buyerJob(at))!.writeUnits, 100n);
  await writer.close();
});

Deno.test("prepareSink() counts a write once whose sink died between the commit and its settlement", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  for (let life = 1; life <= 3; life++) {
    const { writer } = await rig(at);
    await writer.write([{ ...write, seq: life }]);
    await at.untilSettled(life);
  }
  assert.equal((await buyerJob(at))!.writeUnits, 100n);
});

Deno.test("prepareSink() sends nothing for a job that was cancelled, but continues with what left before", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  await patch(at.store, BUYER, { status: "cancelled" });
  const { writer, paid } = await rig(at);
  await writer.write(items.slice(0, 1));
  assert.deepEqual((await at.untilSettled(1))[0].detail, "job_over");
  assert.deepEqual(paid, []);
  const channel = { channelId: "0x01", peer: "p", signed: 500n, nonce: 1, spent: 0n, forfeit: 0n };
  await at.store.commit([
    { op: "putPayerChannel", row: channel },
    {
      op: "putOutgoing",
      row: outgoing({
        channelId: "0x01",
        amount: 500n,
        cumulative: 500n,
        obligation: `job:${BUYER.eventId}`,
      }),
    },
  ]);
  await writer.write(items.slice(1));
  await at.untilSettled(2);
  assert.equal(paid.length, 1);
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.jobPaid], ["cancelled", true]);
  await writer.close();
});

for (const purpose of ["write", "job"] as const) {
  Deno.test(`prepareSink() counts a ${purpose} that was paid and is settled after its time was over`, async () => {
    await using at = await surroundings();
    const [write, pay] = await requestAndPayment(at);
    const { writer, paid } = await rig(at, { shows: () => "hidden" });
    await patch(at.store, BUYER, { status: "timeout", errorCode: "timeout" });
    const obligation = `${purpose}:${BUYER.eventId}`;
    const channel = { channelId: "0x01", peer: "p", signed: 100n, nonce: 1, forfeit: 0n };
    const packet = outgoing({ channelId: "0x01", obligation });
    await at.store.commit([
      { op: "putPayerChannel", row: { ...channel, spent: 0n } },
      { op: "putOutgoing", row: packet },
    ]);
    await at.store.commit([
      { op: "putPayerChannel", row: { ...channel, spent: 100n } },
      { op: "putOutgoing", row: { ...packet, state: "fulfilled", answer: new Uint8Array([3]) } },
    ]);
    at.nowMs = BUYER.createdAtMs + BUYER.timeoutS * 1000;
    const item = purpose === "write" ? write : pay;
    await writer.write([{ ...item, known: { ...item.known, expires_at: at.nowMs / 1000 } }]);
    await at.untilSettled(1);
    const row = (await buyerJob(at))!;
    assert.deepEqual(paid, [], "nothing is sent");
    assert.equal(row.status, "timeout");
    assert.deepEqual(
      [row.writeUnits, row.jobPaid],
      purpose === "write" ? [100n, false] : [0n, true],
    );
    assert.ok(!(await pending(at.store)).includes(Number(item.known.outbox_id)));
    await writer.close();
  });
}

Deno.test("prepareSink() does not call a payment refused that expired while its packet was open, and books its late answer", async () => {
  await using at = await surroundings();
  const { writer, paid } = await rig(at);
  const [write, pay] = await requestAndPayment(at);
  await writer.write([write]);
  await at.untilSettled(1);
  const channel = { channelId: "0x01", peer: "p", signed: 500n, nonce: 1, spent: 0n, forfeit: 0n };
  const packet = outgoing({
    channelId: "0x01",
    amount: 500n,
    cumulative: 500n,
    obligation: `job:${BUYER.eventId}`,
    about: { jobId: BUYER.jobId, provider: null, kind: null, bytes: null },
  });
  await at.store.commit([
    { op: "putPayerChannel", row: channel },
    { op: "putOutgoing", row: packet },
  ]);
  // The sink starts again after the job's time, and the packet has no answer yet.
  at.nowMs = BUYER.createdAtMs + BUYER.timeoutS * 1000;
  await writer.write([{ ...pay, known: { ...pay.known, expires_at: at.nowMs / 1000 } }]);
  await at.untilSettled(2);
  await writer.close();
  assert.equal(paid.length, 1, "only the request was sent");
  const waiting = (await buyerJob(at))!;
  assert.deepEqual([waiting.status, waiting.jobPaid], ["unknown", false]);
  const closed = { ...packet, state: "fulfilled", answer: new Uint8Array([3]) } as const;
  await at.store.commit([{ op: "putOutgoing", row: closed, expect: "open" }]);
  const told = (await buyerJob(at))!;
  assert.deepEqual([told.status, told.jobPaid], ["unknown", true]);
});

Deno.test("prepareSink() settles the row of a job that ended while its packet was out", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const { writer } = await rig(at, {
    async pay({ amount }) {
      await patch(at.store, BUYER, { status: "timeout", errorCode: "timeout" });
      return fulfilled(amount);
    },
  });
  await writer.write([write]);
  assert.equal((await at.untilSettled(1))[0].outcome, "done");
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.errorCode, row!.writeUnits], ["timeout", "timeout", 100n]);
  assert.ok(!(await pending(at.store)).includes(Number(write.known.outbox_id)));
  await writer.close();
});

Deno.test("prepareSink() does not change its rows when it is aborted", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const asked = Promise.withResolvers<void>();
  const { writer } = await rig(at, {
    pay: (_request, signal) => {
      asked.resolve();
      return new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(refused("cancelled")))
      );
    },
  });
  await writer.write([write]);
  await asked.promise;
  at.abort.abort();
  await writer.close();
  assert.deepEqual(at.settled, []);
  assert.equal((await buyerJob(at))!.status, "created");
  assert.equal((await pending(at.store)).length, 2);
});

Deno.test("prepareSink() pays for nothing that has expired", async () => {
  await using at = await surroundings();
  const row = await addRow(at.store);
  const { writer, paid } = await rig(at);
  const known = { id: "e".repeat(64), destination: "test.relay", outbox_id: row };
  await writer.write([outgoingItem(1, { ...known, expires_at: at.nowMs / 1000 })]);
  assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "refused", detail: "expired" }]);
  assert.deepEqual(paid, []);
  await writer.close();
});

Deno.test("prepareSink() gives up an announcement that no connector took within half its life", async () => {
  await using at = await surroundings();
  const row = await addRow(at.store);
  const { writer } = await rig(at, {
    pay: (_request, signal) =>
      new Promise((resolve) =>
        signal.addEventListener("abort", () => resolve(refused("cancelled")))
      ),
  });
  const known = { id: "e".repeat(64), destination: "test.relay", outbox_id: row };
  await writer.write([outgoingItem(1, { ...known, expires_at: at.nowMs / 1000 + 0.01 })]);
  assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "refused", detail: "expired" }]);
  assert.deepEqual(await pending(at.store), []);
  await writer.close();
});
