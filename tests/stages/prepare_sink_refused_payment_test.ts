import assert from "node:assert/strict";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import { job } from "../store/store_rows.ts";
import { pending, surroundings } from "./surroundings.ts";
import { BUYER, buyerJob, fulfilled, refused, requestAndPayment, rig } from "./prepare_sink_rig.ts";

for (
  const [code, next] of [
    ["T01", true],
    ["T03", true],
    ["F02", true],
    ["F99", true],
    ["R00", true],
    ["F05", false],
    ["F06", false],
    ["no_connector", false],
  ] as const
) {
  Deno.test(`prepareSink() ${next ? "asks the next" : "asks no other"} provider when a payment is refused with ${code}`, async () => {
    await using at = await surroundings();
    const request = new TextEncoder().encode('{"kind":5600,"created_at":1,"tags":[],"content":""}');
    const row = job({ ...BUYER, provider: "a".repeat(64), status: "posted", request });
    const other = { provider: "c".repeat(64), payTo: "test.c", priceUnits: 400n };
    const { writer } = await rig(at, {
      pay: ({ obligation, amount }) =>
        Promise.resolve(obligation.startsWith("job:") ? refused(code) : fulfilled(amount)),
    });
    const items = await requestAndPayment(at, row);
    const plan = { jobId: row.jobId, budgetUnits: null, writeUnits: 100n, refusalCosts: false };
    const relay = { destination: "test.relay", terminalPubkey: "a".repeat(64) };
    await at.store.commit([{ op: "planFailover", ...plan, ...relay, candidates: [other] }]);
    await writer.write(items);
    await at.untilSettled(2);
    await writer.close();
    const now = (await buyerJob(at))!;
    assert.deepEqual(
      [now.status, now.provider?.[0], now.amountUnits],
      next ? ["created", "c", 400n] : ["refused", "a", BUYER.amountUnits],
    );
    assert.equal(now.writeUnits, 100n, "the first write stays counted");
    const waiting = await at.store.pendingOutbox(0, 10, 0);
    assert.deepEqual(waiting.map(({ purpose }) => purpose), next ? ["write", "job"] : []);
    // A REJECT is remembered for the order of providers. Our own code says that nothing was sent.
    const refusals = (await at.store.passedOver(0)).filter((each) => each.refused === true);
    const noted = [{ provider: "a".repeat(64), atMs: at.nowMs, refused: true }];
    assert.deepEqual(refusals, code === "no_connector" ? [] : noted);
  });
}

Deno.test("prepareSink() remembers the refusal of a payment that it tries again, and none of a write", async () => {
  await using at = await surroundings();
  const row = job({ ...BUYER, provider: "a".repeat(64) });
  const answers: Record<string, string> = { write: "T01", job: "T01" };
  const { writer } = await rig(at, {
    pay: ({ obligation, amount }) =>
      Promise.resolve(
        answers[obligation.split(":")[0]] === undefined
          ? fulfilled(amount)
          : refused(answers[obligation.split(":")[0]]),
      ),
  });
  const [write, pay] = await requestAndPayment(at, row);
  await writer.write([write]);
  await at.untilSettled(1);
  assert.deepEqual(await at.store.passedOver(0), []);
  delete answers.write;
  await writer.write([{ ...write, seq: 3 }]);
  await at.untilSettled(2);
  await writer.write([pay]);
  await at.untilSettled(3);
  assert.equal((await pending(at.store)).length, 1, "it is tried again");
  assert.deepEqual(await at.store.passedOver(0), [
    { provider: "a".repeat(64), atMs: at.nowMs, refused: true },
  ]);
  delete answers.job;
  await writer.write([{ ...pay, seq: 4 }]);
  await at.untilSettled(4);
  await writer.close();
  assert.deepEqual(await at.store.passedOver(0), [], "it accepted a payment");
});

for (const purpose of ["write", "job"] as const) {
  Deno.test(`prepareSink() keeps a ${purpose} whose claim alone was refused, also if another provider could be asked, and pays it later`, async () => {
    await using at = await surroundings();
    const request = new TextEncoder().encode('{"kind":5600,"created_at":1,"tags":[],"content":""}');
    const row = job({ ...BUYER, provider: "a".repeat(64), request });
    const other = { provider: "c".repeat(64), payTo: "test.c", priceUnits: 400n };
    let claims = false;
    const { writer } = await rig(at, {
      pay: ({ obligation, amount }) =>
        Promise.resolve(
          claims || !obligation.startsWith(`${purpose}:`)
            ? fulfilled(amount)
            : { ...refused("F06"), ofClaim: true } as PacketOutcome,
        ),
    });
    const [write, pay] = await requestAndPayment(at, row);
    const plan = { jobId: row.jobId, budgetUnits: null, writeUnits: 100n, refusalCosts: false };
    const relay = { destination: "test.relay", terminalPubkey: "a".repeat(64) };
    await at.store.commit([{ op: "planFailover", ...plan, ...relay, candidates: [other] }]);
    await writer.write([write]);
    await at.untilSettled(1);
    await writer.write([pay]);
    await at.untilSettled(2);
    const waiting = (await buyerJob(at))!;
    assert.deepEqual(
      [waiting.status, waiting.errorCode, waiting.provider?.[0]],
      [purpose === "write" ? "created" : "posted", "F06", "a"],
    );
    assert.deepEqual(await at.store.passedOver(0), [], "no provider refused anything");
    claims = true;
    await writer.write([{ ...write, seq: 3 }]);
    await at.untilSettled(3);
    await writer.write([{ ...pay, seq: 4 }]);
    await at.untilSettled(4);
    await writer.close();
    const paid = (await buyerJob(at))!;
    assert.deepEqual([paid.status, paid.errorCode, paid.jobPaid], ["paid", null, true]);
    assert.deepEqual(await pending(at.store), []);
  });
}
