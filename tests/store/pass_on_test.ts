import assert from "node:assert/strict";
import type { Quote } from "../../protocols/nostr/job_quote.ts";
import { openWorld } from "./given.ts";
import { NOW_MS, passOn, posted } from "./store_failover.ts";

Deno.test("passJobOn() tells the dropped provider where that costs nothing", async () => {
  for (const [destination, told] of [["", true], ["test.relay", false]] as const) {
    await using world = await openWorld();
    const { store } = world;
    const row = await posted(store, { budgetUnits: 1_000n, paid: true, destination });
    await store.commit([passOn(row, "busy")]);
    const rows = await store.pendingOutbox(0, 9, 0);
    const [deletion] = rows.map(({ event }) => JSON.parse(new TextDecoder().decode(event)))
      .filter(({ kind }) => kind === 5);
    assert.equal(deletion !== undefined, told, destination);
    if (!told) continue;
    assert.deepEqual(deletion.tags.slice(0, 3), [
      ["e", row.eventId],
      ["k", String(row.kind)],
      ["p", row.provider],
    ]);
  }
});

Deno.test("passJobOn() begins another log, in which the next provider's output is counted", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await posted(store, { budgetUnits: 1_000n, paid: true });
  const { jobId } = row;
  const piece = {
    jobId,
    role: "buyer" as const,
    offset: 0,
    sizeBytes: 9,
    deflated: new Uint8Array(9),
  };
  await store.commit([{ op: "addJobLog", row: piece }, passOn(row, "busy")]);
  assert.equal((await store.jobLog(jobId, "buyer", 0, 0)).endBytes, 0);
});

Deno.test("passJobOn() ends a job whose sealed result waits for its key, because only its provider has the key", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await posted(store, { budgetUnits: 1_000n, paid: true });
  await store.commit([{
    op: "putSealed",
    row: {
      eventId: row.eventId,
      role: "buyer",
      party: row.provider!,
      condition: "c".repeat(64),
      restUnits: 1n,
      result: new Uint8Array(1),
      state: "waiting",
      key: null,
      atMs: NOW_MS,
      dueAtMs: NOW_MS,
    },
  }]);
  await store.commit([passOn(row, "internal")]);
  const ended = (await store.getJob(row.jobId, "buyer"))!;
  assert.deepEqual([ended.status, ended.provider], ["refused", row.provider]);
  assert.equal((await store.pendingOutbox(0, 9, 0)).length, 0);
});

Deno.test("quoteSuccessor() stores a quote within what is left, for the provider that was asked next, while the job is open", async () => {
  await using world = await openWorld();
  const { store } = world;
  const first = await posted(store, { budgetUnits: 1_000n, paid: true });
  assert.equal(await store.leftForSuccessor(first.jobId), null, "nobody was asked next");
  await store.commit([passOn(first, "busy")]);
  const { jobId, eventId } = (await store.getJob(first.jobId, "buyer"))!;
  // Of 1,000 two writes of 100 and the first provider's 50 are spent.
  assert.equal(await store.leftForSuccessor(jobId), 750n);
  const quote = { mode: "upfront", condition: "c".repeat(64) } as Quote;
  const change = {
    op: "quoteSuccessor",
    jobId,
    eventId,
    quote,
    bytes: new Uint8Array(1),
    increments: 1,
    amountUnits: 300n,
    totalUnits: 750n,
    atMs: NOW_MS,
  } as const;
  for (
    const wrong of [
      { totalUnits: 751n },
      { amountUnits: 751n },
      { eventId: first.eventId },
    ]
  ) {
    await assert.rejects(() => store.commit([{ ...change, ...wrong }]), { code: "conflict" });
  }
  assert.equal(await store.quoteOf(eventId), null);
  await store.commit([change]);
  assert.deepEqual((await store.quoteOf(eventId))?.condition, quote.condition);
  assert.equal((await store.getJob(jobId, "buyer"))?.amountUnits, 300n);
  const payments = (await store.pendingOutbox(0, 9, 0)).filter(({ purpose }) => purpose === "job");
  assert.deepEqual(payments.map(({ amountUnits }) => amountUnits), [300n]);
  await store.commit([{ op: "cancelJob", jobId, message: "no", atMs: NOW_MS }]);
  await assert.rejects(() => store.commit([change]), { code: "conflict" });
});
