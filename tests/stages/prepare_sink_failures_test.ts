import assert from "node:assert/strict";
import { StoreError } from "../../store/store_error.ts";
import { PROVIDER as ANSWERER, signed } from "../market/market.ts";
import { addRow, outgoingItem, patch, pending, surroundings } from "./surroundings.ts";
import {
  BUYER,
  buyerJob,
  fulfilled,
  PAID,
  PROVIDER,
  refused,
  requestAndPayment,
  rig,
} from "./prepare_sink_rig.ts";

Deno.test("prepareSink() pays again for a peer that could not be reached, until the job's deadline", async () => {
  await using at = await surroundings();
  let away = true;
  const { writer, paid } = await rig(at, {
    pay: ({ amount }) => Promise.resolve(away ? refused("T01") : fulfilled(amount)),
  });
  const [write, pay] = await requestAndPayment(at);
  const rows = [Number(write.known.outbox_id), Number(pay.known.outbox_id)];
  await writer.write([write, pay]);
  assert.deepEqual((await at.untilSettled(2)).map(({ outcome }) => outcome), ["failed", "failed"]);
  assert.deepEqual(await pending(at.store), rows);
  const waiting = (await buyerJob(at))!;
  assert.deepEqual([waiting.status, waiting.errorCode], ["created", "T01"]);
  away = false;
  await writer.write([{ ...write, seq: 3 }, { ...pay, seq: 4 }]);
  assert.deepEqual((await at.untilSettled(4)).slice(2).map(({ outcome }) => outcome), [
    "done",
    "done",
  ]);
  const done = (await buyerJob(at))!;
  assert.deepEqual([done.status, done.errorCode, done.jobPaid], ["paid", null, true]);
  assert.deepEqual(paid.filter(({ obligation }) => obligation.startsWith("job:")).length, 1);
  await writer.close();
});

Deno.test("prepareSink() tries a provider's answer until its job's deadline, then says that it failed", async () => {
  await using at = await surroundings();
  await at.store.commit([{ op: "putJob", row: PROVIDER }]);
  const row = await addRow(at.store, { jobId: PROVIDER.jobId });
  const item = outgoingItem(1, {
    id: "e".repeat(64),
    job_id: PROVIDER.jobId,
    purpose: "write",
    destination: "test.relay",
    outbox_id: row,
    write_price_units: "10",
  });
  const { writer } = await rig(at, { pay: () => Promise.resolve(refused("T03")) });
  await writer.write([item]);
  assert.deepEqual(await at.untilSettled(1), [{ seq: 1, outcome: "failed", detail: "T03" }]);
  assert.deepEqual(await pending(at.store), [row]);
  at.nowMs += PROVIDER.timeoutS * 1000;
  await writer.write([{ ...item, seq: 2 }]);
  assert.equal((await at.untilSettled(2))[1].outcome, "refused");
  assert.deepEqual(await pending(at.store), []);
  assert.ok(at.logs.some(({ msg }) => msg === "document was not delivered"));
  assert.equal((await at.store.getJob(PROVIDER.jobId, "provider"))!.status, "success");
  await writer.close();
});

Deno.test("prepareSink() publishes a result without the request that it repeats, where the relay refuses it with it", async () => {
  await using at = await surroundings();
  await at.store.commit([{ op: "putJob", row: PROVIDER }]);
  const row = await addRow(at.store, { jobId: PROVIDER.jobId });
  const tags = [["request", "{}"], ["e", "d".repeat(64)], ["i", "x", "text"]];
  // As large as a home allows events to be; the relay allows less.
  const words = "done".repeat(30_000);
  const result = signed({ kind: 6601, created_at: 1, tags, content: words }, ANSWERER);
  const item = outgoingItem(1, {
    id: result.id,
    kind: 6601,
    job_id: PROVIDER.jobId,
    purpose: "write",
    destination: "",
    terminal: "",
    outbox_id: row,
    write_price_units: "0",
  }, JSON.stringify(result));
  const { writer } = await rig(at, {
    options: { ...PAID, write: "nostr" },
    publish: () => Promise.reject(Object.assign(new Error("too long"), { code: "refused" })),
  });
  await writer.write([item]);
  assert.equal((await at.untilSettled(1))[0].outcome, "refused");
  const [shorter] = await at.store.pendingOutbox(0, 10, 0);
  assert.ok(shorter !== undefined && shorter.outboxId > row);
  const { pubkey, created_at, kind, content } = result;
  assert.deepEqual(JSON.parse(new TextDecoder().decode(shorter.event)), {
    pubkey,
    created_at,
    kind,
    tags: tags.slice(1),
    content,
  });
  await writer.close();
});

Deno.test("prepareSink() reads again when a commit has a conflict", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  let conflicts = 0;
  const store = Object.assign(Object.create(at.store), {
    ...at.store,
    async commit(changes: Parameters<typeof at.store.commit>[0]) {
      if (conflicts++ === 0) {
        await patch(at.store, BUYER, { status: "cancelled" });
        throw new StoreError("conflict", "changed meanwhile");
      }
      await at.store.commit(changes);
    },
  });
  const { writer } = await rig(at, { services: { store } });
  await writer.write([write]);
  assert.equal((await at.untilSettled(1))[0].outcome, "done");
  assert.equal((await buyerJob(at))!.status, "cancelled");
  assert.equal((await buyerJob(at))!.writeUnits, 100n);
  await writer.close();
});

Deno.test("prepareSink() errors when an outcome cannot be made durable, and settles nothing", async () => {
  await using at = await surroundings();
  const items = await requestAndPayment(at);
  const store = {
    ...at.store,
    commit: () => Promise.reject(new StoreError("io", "the disk failed")),
  };
  const { writer } = await rig(at, { services: { store } });
  await writer.write(items).catch(() => {});
  await assert.rejects(writer.closed, { code: "io" });
  assert.deepEqual(at.settled, []);
  assert.equal((await pending(at.store)).length, 2);
});

Deno.test("prepareSink() ends a job whose request an earlier stage refused, also before it had an id", async () => {
  await using at = await surroundings();
  const [write] = await requestAndPayment(at);
  const { id: _, ...known } = write.known;
  const refusal = { stage: "event-signer", code: "bad_event", message: "no kind" };
  const { writer } = await rig(at);
  await writer.write([{ seq: 1, bytes: new Uint8Array(0), known, refusal }]);
  assert.equal((await at.untilSettled(1))[0].detail, "bad_event");
  const row = await buyerJob(at);
  assert.deepEqual([row!.status, row!.errorCode], ["refused", "bad_event"]);
  await writer.close();
});
