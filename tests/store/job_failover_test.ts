import assert from "node:assert/strict";
import { openWorld } from "./given.ts";
import { NOW_MS, passOn, posted } from "./store_failover.ts";
import { eventIdOf, job } from "./store_rows.ts";
import type { JobRow } from "../../store/job_row.ts";

Deno.test("mayPassOn() says whether another provider would be asked now", async () => {
  await using world = await openWorld();
  const { store } = world;
  assert.equal(await store.mayPassOn("job-none"), false);
  const alone = job({ eventId: eventIdOf("aaa"), status: "posted" });
  await store.commit([{ op: "putJob", row: alone }]);
  assert.equal(await store.mayPassOn(alone.jobId), false);

  for (
    const [id, plan, expected] of [
      ["b01", { budgetUnits: null }, true],
      ["b02", { budgetUnits: null, candidates: [] }, false],
      // Two writes of 100 and the price of 60.
      ["b03", { budgetUnits: 260n }, true],
      ["b04", { budgetUnits: 259n }, false],
      // A refusal costs the 50 units too.
      ["b05", { budgetUnits: null, refusalCosts: true }, false],
      ["b06", { budgetUnits: 310n, refusalCosts: true }, true],
      ["b07", { budgetUnits: 309n, refusalCosts: true }, false],
    ] as const
  ) {
    const { jobId } = await posted(store, { id, ...plan });
    assert.equal(await store.mayPassOn(jobId), expected, id);
  }
});

Deno.test("a job that is passed to the next provider is not paid: neither the earlier payment nor its request counts", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await posted(store, { budgetUnits: 1_000n, paid: true });
  await store.commit([passOn(row)]);
  const now = (await store.getJob(row.jobId, "buyer"))!;
  assert.deepEqual([now.status, now.jobPaid], ["created", false]);
});

Deno.test("passedOver() names a provider whose payment was refused, with its newest refusal, and forgets it after an hour", async () => {
  await using world = await openWorld();
  const { store } = world;
  const [one, other] = ["1", "2"].map((digit) => digit.repeat(64));
  const note = (provider: string, atMs: number) =>
    store.commit([{ op: "noteRefusedPayment", provider, atMs }]);
  await note(one, NOW_MS);
  await note(one, NOW_MS + 1);
  await note(other, NOW_MS + 3_600_000);
  const refused = true;
  assert.deepEqual(await store.passedOver(0), [
    { provider: other, atMs: NOW_MS + 3_600_000, refused },
    { provider: one, atMs: NOW_MS + 1, refused },
  ]);
  assert.deepEqual(await store.passedOver(NOW_MS + 1), [
    { provider: other, atMs: NOW_MS + 3_600_000, refused },
  ]);
  await note(other, NOW_MS + 3_600_001);
  assert.equal((await store.passedOver(0)).length, 1);
  // It accepted a payment.
  await store.commit([{ op: "forgetRefusedPayment", provider: other }]);
  assert.deepEqual(await store.passedOver(0), []);
});

Deno.test("passedOver() names a provider that was paid and gave no result, until one of its later jobs has one", async () => {
  await using world = await openWorld();
  const { store } = world;
  const [silent, honest, cancelled] = ["1", "2", "3"].map((digit) => digit.repeat(64));
  const bought = async (id: string, atMs: number, more: Partial<JobRow>) => {
    const row = job({
      eventId: eventIdOf(id),
      createdAtMs: atMs,
      updatedAtMs: atMs,
      jobPaid: true,
      ...more,
    });
    await store.commit([{ op: "putJob", row }]);
    return row;
  };
  await bought("b01", NOW_MS, { provider: silent, status: "timeout" });
  await bought("b02", NOW_MS, { provider: honest, status: "timeout", jobPaid: false });
  await bought("b03", NOW_MS, { provider: cancelled, status: "cancelled" });
  await bought("b04", NOW_MS, {
    provider: honest,
    status: "error",
    errorCode: "increment_unpaid",
  });
  await bought("b05", NOW_MS, {
    provider: honest,
    status: "error",
    exitCode: 1,
    resultEventId: "e".repeat(64),
    result: new Uint8Array(1),
  });
  assert.deepEqual(await store.passedOver(NOW_MS - 1), [
    { provider: silent, atMs: NOW_MS, paid: true },
  ]);
  assert.deepEqual(await store.passedOver(NOW_MS), []);
  await bought("b06", NOW_MS + 1, {
    provider: silent,
    status: "success",
    resultEventId: "f".repeat(64),
    result: new Uint8Array(1),
  });
  assert.deepEqual(await store.passedOver(NOW_MS - 1), []);
  // A job that costs nothing counts too, unless its provider waited for a payment.
  const free = { provider: silent, jobPaid: false, amountUnits: 0n, status: "timeout" } as const;
  await bought("b07", NOW_MS + 2, { ...free, errorCode: "payment_required" });
  assert.deepEqual(await store.passedOver(NOW_MS - 1), []);
  await bought("b08", NOW_MS + 3, free);
  assert.deepEqual(await store.passedOver(NOW_MS - 1), [
    { provider: silent, atMs: NOW_MS + 3, paid: true },
  ]);
});

Deno.test("a provider that was paid and then failed is asked last, also after another one did the job, until it has a result", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await posted(store, { budgetUnits: 1_000n, paid: true });
  const { provider: liar, createdAtMs } = row;
  await store.commit([passOn(row, "busy")]);
  const paid = { provider: liar, atMs: createdAtMs, paid: true };
  assert.deepEqual(await store.passedOver(NOW_MS - 1), [
    { provider: liar, atMs: NOW_MS },
    paid,
  ]);
  const success = (id: string, more: Partial<JobRow>) => ({
    op: "putJob" as const,
    row: job({
      eventId: eventIdOf(id),
      status: "success",
      jobPaid: true,
      resultEventId: "e".repeat(64),
      result: new Uint8Array(1),
      updatedAtMs: NOW_MS,
      ...more,
    }),
  });
  await store.commit([success("b01", { provider: "b".repeat(64), createdAtMs })]);
  await store.commit([success("b02", { provider: liar, createdAtMs: createdAtMs - 1 })]);
  assert.deepEqual((await store.passedOver(NOW_MS - 1)).at(-1), paid, "an earlier result is none");
  await store.commit([success("b03", { provider: liar, createdAtMs: createdAtMs + 1 })]);
  assert.deepEqual(await store.passedOver(NOW_MS - 1), [{ provider: liar, atMs: NOW_MS }]);
});

for (const code of ["T03", "unquoted", "strangers"]) {
  Deno.test(`a provider that was not paid because of ${code} failed no job, also if the refusal cost something`, async () => {
    await using world = await openWorld();
    const { store } = world;
    const row = await posted(store, { budgetUnits: 1_000n, refusalCosts: true });
    await store.commit([passOn(row, code)]);
    assert.equal((await store.attemptsOf(row.jobId))[0].paidUnits, 50n);
    const passed = [{ provider: row.provider, atMs: NOW_MS }];
    assert.deepEqual(await store.passedOver(NOW_MS - 1), passed);
    assert.deepEqual(await store.failedAttempts(9), []);
  });
}

Deno.test("failedAttempts() names the jobs that were accepted, failed and passed on, and not the last provider of a job", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = await posted(store, { budgetUnits: 1_000n, paid: true });
  await store.commit([passOn(row, "internal")]);
  const { jobId, provider, createdAtMs } = row;
  const failed = [{ jobId, provider, code: "internal", createdAtMs, atMs: NOW_MS }];
  assert.deepEqual(await store.failedAttempts(9), failed);
  const alone = await posted(store, { id: "b01", budgetUnits: null, candidates: [], paid: true });
  await store.commit([passOn(alone, "internal")]);
  assert.deepEqual(await store.failedAttempts(9), failed);
});

Deno.test("a result that does not match its schema is no result of a provider that was paid", async () => {
  await using world = await openWorld();
  const { store } = world;
  const row = job({
    eventId: eventIdOf("b01"),
    provider: "1".repeat(64),
    status: "error",
    errorCode: "bad_result",
    jobPaid: true,
    resultEventId: "e".repeat(64),
    result: new Uint8Array(1),
    createdAtMs: NOW_MS,
    updatedAtMs: NOW_MS,
  });
  await store.commit([{ op: "putJob", row }]);
  assert.deepEqual(await store.passedOver(NOW_MS - 1), [
    { provider: row.provider, atMs: NOW_MS, paid: true },
  ]);
});

Deno.test("deliverers() names the providers of jobs that succeeded, the one with the most of them first", async () => {
  await using world = await openWorld();
  const { store } = world;
  const rows = ["aa", "ab", "bb", "cb", "da", "ec", "fc", "0c"].map((name, n) =>
    job({
      eventId: eventIdOf(name[0].repeat(7)),
      provider: name[1].repeat(64),
      status: name === "aa" || name === "cb" ? "error" : "success",
      role: name[1] === "c" && n > 5 ? "provider" : "buyer",
      createdAtMs: n,
    })
  );
  await store.commit(rows.map((row) => ({ op: "putJob", row })));
  assert.deepEqual((await store.deliverers()).map((key) => key[0]), ["b", "a", "c"]);
});
