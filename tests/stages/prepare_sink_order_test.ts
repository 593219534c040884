/** prepareSink() with the order of a key: the outcome of the job, of its sale and of its result. */
import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import type { PacketOutcome } from "../../peers/connector/connector_client.ts";
import { sealedChanges } from "../../stages/skill_sink_sealed.ts";
import { quoteEvent } from "../../protocols/nostr/job_quote.ts";
import { BUYER, NOW_S, PROVIDER, signed } from "../market/market.ts";
import { surroundings } from "./surroundings.ts";
import { bytesOf, declined, fulfilled, JOB, KEY, ordered, sealedResult } from "./order_sink.ts";

Deno.test("prepareSink() pays an order under the quote's condition, and opens the result in the commit that books it", async () => {
  await using at = await surroundings();
  const { paid, settled, job, sale } = await ordered(at, () => fulfilled(KEY));
  assert.deepEqual(paid, [{
    obligation: `delivery:${JOB.eventId}`,
    amount: 5_000n,
    key: sha256(KEY).toHex(),
  }]);
  assert.equal(settled.outcome, "done");
  assert.deepEqual([job.status, job.amountUnits], ["success", 25_000n]);
  const opened = JSON.parse(new TextDecoder().decode(job.result!));
  assert.deepEqual([opened.content, opened.id], ["forty-two", job.resultEventId]);
  assert.deepEqual([sale.state, sale.key], ["opened", KEY.toHex()]);
  const [callback] = await at.store.callbacksOf(JOB.jobId);
  assert.deepEqual([callback.skill, callback.document], ["teller", job.result]);
  assert.deepEqual(await at.store.keyBreakers(), []);
});

Deno.test("prepareSink() keeps a key that does not open its result as evidence, and ends the job", async () => {
  await using at = await surroundings();
  const liar = sealedResult("forty-two", undefined, new Uint8Array(32).fill(8));
  const { job, sale } = await ordered(at, () => fulfilled(KEY), liar);
  assert.deepEqual([job.status, job.errorCode, job.result], ["error", "broken_key", null]);
  assert.equal(job.amountUnits, 25_000n, "it was paid for");
  assert.deepEqual([sale.state, sale.key], ["broken", KEY.toHex()]);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(sale.result)), liar);
  assert.deepEqual(await at.store.keyBreakers(), [PROVIDER]);
});

Deno.test("prepareSink() ends a job as bad_result whose opened result does not match the schema of its provider", async () => {
  await using at = await surroundings();
  await at.store.commit([{
    op: "putResultSchemas",
    jobId: JOB.jobId,
    schemas: [{ provider: PROVIDER, schema: '{"type":"integer"}' }],
  }]);
  const { job, sale } = await ordered(at, () => fulfilled(KEY), sealedResult("forty-two"));
  assert.deepEqual([job.status, job.errorCode], ["error", "bad_result"]);
  assert.equal(JSON.parse(new TextDecoder().decode(job.result!)).content, "forty-two");
  assert.equal(sale.state, "opened", "its key was right");
  await using other = await surroundings();
  await other.store.commit([{
    op: "putResultSchemas",
    jobId: JOB.jobId,
    schemas: [{ provider: PROVIDER, schema: '{"type":"integer"}' }],
  }]);
  const good = await ordered(other, () => fulfilled(KEY), sealedResult("42"));
  assert.equal(good.job.status, "success");
});

Deno.test("prepareSink() asks the next provider within the bid if an opened result does not match the schema of its provider", async () => {
  await using at = await surroundings();
  const other = { provider: "c".repeat(64), payTo: "test.c", priceUnits: 400n, mostUnits: 400n };
  await at.store.commit([{
    op: "putResultSchemas",
    jobId: JOB.jobId,
    schemas: [{ provider: PROVIDER, schema: '{"type":"integer"}' }],
  }, {
    op: "planFailover",
    jobId: JOB.jobId,
    budgetUnits: 1_000_000n,
    writeUnits: 100n,
    refusalCosts: false,
    destination: "test.relay",
    terminalPubkey: "e".repeat(64),
    candidates: [other],
  }]);
  const asked = {
    kind: 5600,
    created_at: NOW_S,
    tags: [["p", PROVIDER]],
    content: "",
    pubkey: BUYER,
  };
  const { job, sale } = await ordered(at, () => fulfilled(KEY), sealedResult("forty-two"), {
    request: bytesOf(asked),
  });
  assert.deepEqual([job.status, job.provider, job.result], ["created", other.provider, null]);
  assert.equal(sale.state, "opened");
  const [tried] = await at.store.attemptsOf(JOB.jobId);
  assert.deepEqual([tried.code, tried.paidUnits], ["bad_result", 25_000n]);
});

Deno.test("prepareSink() does not blame a provider when the payment is booked and its key is missing, and asks for the key again", async () => {
  for (const none of [new Uint8Array(), new Uint8Array(32).fill(9)]) {
    await using at = await surroundings();
    at.nowMs += 10 * 3_600_000;
    const { settled, job, sale } = await ordered(at, () => fulfilled(none));
    assert.deepEqual([settled.outcome, job.status, sale.state], [
      "failed",
      "processing",
      "waiting",
    ]);
    assert.deepEqual(await at.store.keyBreakers(), []);
    assert.equal((await at.store.pendingOutbox(0, 9, 0)).length, 1, "it comes again");
    await using late = await surroundings();
    late.nowMs += JOB.timeoutS * 1_000 + 86_400_000;
    const over = await ordered(late, () => fulfilled(none));
    assert.deepEqual([over.settled.outcome, over.sale.state], ["refused", "waiting"]);
    assert.deepEqual(await late.store.pendingOutbox(0, 9, 0), [], "a day later nobody is asked");
  }
});

Deno.test("prepareSink() asks for a key again, for nothing, that was paid and whose answer is lost", async () => {
  await using at = await surroundings();
  const none = () => fulfilled(new Uint8Array());
  const again = () => ({ ...fulfilled(KEY), packet: { channelId: "", nonce: 0, amount: 0n } });
  const { paid, asked, order, job, sale } = await ordered(at, none, undefined, {}, KEY, 1, again);
  assert.equal(paid.length, 1);
  assert.deepEqual(asked, [{ destination: "g.p", data: order, key: sha256(KEY).toHex() }]);
  assert.deepEqual([job.status, sale.state], ["success", "opened"]);
  assert.equal(job.amountUnits, 25_000n, "the earlier payment is booked once");
  await using other = await surroundings();
  const good = await ordered(other, () => fulfilled(KEY));
  assert.deepEqual(good.asked, [], "a key that came is not asked for");
});

Deno.test("prepareSink() opens a result as large as a home lets events be", async () => {
  await using at = await surroundings();
  const { job, sale } = await ordered(at, () => fulfilled(KEY), sealedResult("x".repeat(100_000)));
  assert.deepEqual([job.status, sale.state], ["success", "opened"]);
});

Deno.test("prepareSink() does not open a sale with the key of another one", async () => {
  await using at = await surroundings();
  const other = new Uint8Array(32).fill(9);
  const { job, sale } = await ordered(at, () => fulfilled(other), undefined, {}, other);
  assert.deepEqual([job.status, sale.state], ["processing", "waiting"]);
  assert.deepEqual(await at.store.keyBreakers(), []);
});

Deno.test("prepareSink() asks for a key without an answer after the job's time too, and opens what it gets then", async () => {
  await using at = await surroundings();
  at.nowMs += 10 * 3_600_000;
  const { settled, job, sale } = await ordered(at, () => ({ state: "unknown", reason: "silent" }));
  assert.deepEqual([settled.outcome, job.status, sale.state], ["failed", "processing", "waiting"]);
  assert.equal((await at.store.pendingOutbox(0, 9, 0)).length, 1, "it comes again");
  await using late = await surroundings();
  const after = await ordered(late, () => fulfilled(KEY), undefined, { status: "processing" });
  assert.equal(after.job.status, "success");
});

Deno.test("prepareSink() pays no key of a job that is over, and a job whose key is refused is", async () => {
  await using at = await surroundings();
  const over = await ordered(at, () => fulfilled(KEY), undefined, { status: "timeout" });
  assert.deepEqual([over.paid, over.job.status, over.sale.state], [[], "timeout", "waiting"]);
  await using other = await surroundings();
  const refused = await ordered(other, () => ({
    state: "refused",
    code: "F99",
    message: "nothing to deliver",
    data: new Uint8Array(),
    triggeredBy: "g.p",
    local: false,
  }));
  assert.deepEqual([refused.job.status, refused.job.errorCode], ["refused", "F99"]);
});

/** Whether an order with this refusal comes again while its job has time. */
const REFUSALS: readonly (readonly [name: string, outcome: PacketOutcome, again: boolean])[] = [
  ["a claim that a later packet overtook", declined("F06", { ofClaim: true }), true],
  ["an F06 of a peer that says nothing of claims", declined("F06"), true],
  ["a hop that has no route now", declined("F02"), true],
  ["a hop whose clock differs", declined("F00"), true],
  ["a hop that is away", declined("T01"), true],
  ["a hop that took too long", declined("R00"), true],
  ["our own ceiling", declined("ceiling", { local: true }), true],
  ["our own deposit", declined("deposit_exhausted", { local: true }), true],
  ["our own channel, which is halted", declined("halted", { local: true }), true],
  ["a price that is not met", declined("F04"), false],
  ["a condition that is not the provider's", declined("F05"), false],
  ["a provider that has nothing to deliver", declined("F99"), false],
];

for (const [name, outcome, again] of REFUSALS) {
  Deno.test(`prepareSink() ${again ? "keeps" : "ends"} the order of a key after ${name}`, async () => {
    await using at = await surroundings();
    // Another provider could take the job, and has no key to this result.
    const other = { provider: "c".repeat(64), payTo: "g.c", priceUnits: 400n };
    const plan = { jobId: JOB.jobId, budgetUnits: null, writeUnits: 100n, refusalCosts: false };
    const relay = { destination: "g.relay", terminalPubkey: "a".repeat(64) };
    await at.store.commit([
      { op: "putJob", row: JOB },
      { op: "planFailover", ...plan, ...relay, candidates: [other] },
    ]);
    const { job, sale, settled } = await ordered(at, () => outcome);
    const code = outcome.state === "refused" ? outcome.code : null;
    assert.deepEqual([job.errorCode, sale.state, job.provider], [code, "waiting", PROVIDER]);
    assert.deepEqual(
      [job.status, settled.outcome, (await at.store.pendingOutbox(0, 9, 0)).length],
      again ? ["processing", "failed", 1] : ["refused", "refused", 0],
    );
    await using late = await surroundings();
    late.nowMs += JOB.timeoutS * 1_000;
    const over = await ordered(late, () => outcome);
    assert.deepEqual([over.job.status, over.job.errorCode], ["refused", code]);
  });
}

Deno.test("prepareSink() opens the result of an order that was refused because of a claim before", async () => {
  await using at = await surroundings();
  const outcomes = [declined("F06", { ofClaim: true }), declined("T01"), fulfilled(KEY)];
  const { paid, job, sale } = await ordered(
    at,
    () => outcomes.shift()!,
    undefined,
    {},
    KEY,
    outcomes.length,
  );
  assert.equal(paid.length, 3);
  assert.equal(job.amountUnits, 25_000n, "its rest is booked once");
  assert.deepEqual([job.status, job.errorCode, sale.state], ["success", null, "opened"]);
});

Deno.test("a sealed result counts only if it is what its quote promised", async () => {
  await using at = await surroundings();
  const quote = signed(
    quoteEvent({
      requestId: JOB.eventId as never,
      buyer: BUYER,
      provider: PROVIDER,
      content: "0".repeat(64),
      priceUnits: 25_000n,
      depositUnits: 20_000n,
      asset: { code: "M2M", scale: 6 },
      chain: { chainId: 1, tokenNetworkAddress: "" },
      mode: "on-delivery",
      ilpAddress: "g.p",
      condition: sha256(KEY).toHex(),
      validUntilS: NOW_S + 9,
      deadlineS: NOW_S + 60,
    }, NOW_S),
    PROVIDER,
  );
  const says = async (event: unknown, of = JOB) => {
    const document = { bytes: bytesOf(event), encoding: "json" as const, known: {} };
    const changes = await sealedChanges(at.store, of, document, at.nowMs);
    return typeof changes === "string" ? changes : changes.map(({ op }) => op);
  };
  const good = sealedResult("x");
  assert.equal(await says(good), "not_ordered");
  const condition = sha256(KEY).toHex();
  const row = { eventId: JOB.eventId, quote: bytesOf(quote), condition, atMs: 1 };
  await at.store.commit([{ op: "putJob", row: JOB }, { op: "putQuote", row }]);
  assert.deepEqual(await says(good), ["putSealed", "addOutbox"]);
  assert.equal(await says(sealedResult("x", [["amount", "5001", "units"]])), "other_price");
  assert.equal(await says(sealedResult("x", [])), "other_price");
  const tags = good.tags.map((tag) => tag[0] === "condition" ? [tag[0], "0".repeat(64)] : tag);
  assert.equal(await says({ ...good, tags }), "other_condition");
  assert.equal(await says(good, { ...JOB, provider: BUYER }), "not_ordered");
  const document = { bytes: bytesOf(good), encoding: "json" as const, known: {} };
  const changes = await sealedChanges(at.store, JOB, document, at.nowMs);
  assert.ok(typeof changes !== "string");
  await at.store.commit(changes);
  assert.equal(await says(good), "duplicate");
  const again = signed({ ...good, tags: [...good.tags, ["alt", "told again"]] }, PROVIDER);
  assert.notEqual(again.id, good.id);
  assert.equal(await says(again), "duplicate");
  assert.equal(await says(sealedResult("x".repeat(100_000))), "contradictory");
  assert.equal(await says(sealedResult("y")), "contradictory");
});

Deno.test("prepareSink() pays the key of a job that has ended where its buyer asked for it, and says why one is refused", async () => {
  const late = async (outcome: PacketOutcome, status: typeof JOB.status) => {
    await using at = await surroundings();
    return await ordered(
      at,
      () => outcome,
      sealedResult("forty-two"),
      { status, errorCode: "timeout", createdAtMs: at.nowMs - 900_000 },
      KEY,
      1,
      undefined,
      true,
    );
  };
  const opened = await late(fulfilled(KEY), "timeout");
  assert.deepEqual([opened.job.status, opened.sale.state], ["success", "opened"]);
  assert.deepEqual([opened.job.errorCode, opened.job.amountUnits], [null, 25_000n]);
  const cancelled = await late(fulfilled(KEY), "cancelled");
  assert.deepEqual([cancelled.job.status, cancelled.sale.state], ["cancelled", "opened"]);
  for (const code of ["F99", "T01", "F06"]) {
    const refused = await late(declined(code), "timeout");
    assert.equal(refused.paid.length, 1);
    assert.deepEqual([refused.job.status, refused.job.errorCode], ["timeout", code]);
    assert.deepEqual([refused.sale.state, refused.job.amountUnits], ["waiting", 20_000n]);
  }
});
