import assert from "node:assert/strict";
import type { Store } from "../../store/store.ts";
import type { OutboxRow } from "../../store/job_row.ts";
import { definition, jobSource } from "../../stages/job_source.ts";
import type { Batch } from "../../stages/stage.ts";
import { stageContract } from "./stage_contract.ts";
import { addRow, pending, sharedStore, surroundings } from "./surroundings.ts";

async function readAll(stream: ReadableStream<Batch>): Promise<Batch> {
  const items = [];
  for await (const batch of stream) items.push(...batch);
  return items;
}

Deno.test("jobSource() gives every pending row in order, with the values that later stages need, and ends", async () => {
  await using at = await surroundings();
  const write = await addRow(at.store, { jobId: "job-1", event: new Uint8Array([1]) });
  const settled = await addRow(at.store);
  const pay = await addRow(at.store, { jobId: "job-1", purpose: "job", amountUnits: 500n });
  await at.store.commit([
    { op: "settleOutbox", outboxId: settled, state: "done", detail: null },
  ]);
  const items = await readAll(jobSource({}, { store: at.store }, at.context));
  const known = { job_id: "job-1", destination: "test.relay", terminal: "a".repeat(64) };
  assert.deepEqual(items, [
    {
      seq: 1,
      bytes: new Uint8Array([1]),
      known: { ...known, outbox_id: write, purpose: "write" },
    },
    {
      seq: 2,
      bytes: new TextEncoder().encode("{}"),
      known: { ...known, outbox_id: pay, purpose: "job", amount_units: "500" },
    },
  ]);
  assert.equal((await pending(at.store)).length, 2);
});

Deno.test("jobSource() reads 64 rows at a time, and none that is not asked for", async () => {
  await using at = await surroundings();
  for (let n = 0; n < 70; n++) await addRow(at.store);
  const reader = jobSource({}, { store: at.store }, at.context).getReader();
  assert.deepEqual([(await reader.read()).value!.length, (await reader.read()).value!.length], [
    64,
    6,
  ]);
  assert.equal((await reader.read()).done, true);
});

Deno.test("jobSource() with follow gives what is added later, and stops when it is cancelled", async () => {
  await using at = await surroundings();
  const reader = jobSource({ follow: true }, { store: at.store }, at.context).getReader();
  const first = reader.read();
  const row = await addRow(at.store);
  assert.equal((await first).value![0].known.outbox_id, row);
  const second = reader.read();
  await reader.cancel("drain");
  assert.equal((await second).done, true);
});

Deno.test("jobSource() gives a failed row again, later each time, until it is settled", async () => {
  await using at = await surroundings();
  const row = await addRow(at.store);
  const waits: number[] = [];
  let stepping = true;
  const store: Pick<Store, "pendingOutbox"> = {
    // The wait of the source is the clock's step here.
    async pendingOutbox(after, limit, waitMs) {
      if (!stepping) return await at.store.pendingOutbox(after, limit, waitMs);
      const rows: OutboxRow[] = await at.store.pendingOutbox(after, limit, 0);
      if (rows.length === 0 && waitMs > 0) at.nowMs += waitMs;
      return rows;
    },
  };
  const reader = jobSource({ follow: true }, { store }, at.context).getReader();
  let seq = 0;
  for (let tries = 0; tries < 7; tries++) {
    const fromMs = at.nowMs;
    const [item] = (await reader.read()).value!;
    waits.push(at.nowMs - fromMs);
    assert.equal(item.known.outbox_id, row);
    assert.ok(item.seq > seq, "the sequence number must rise");
    seq = item.seq;
    at.tell({ seq, outcome: "failed", detail: "T03" });
  }
  assert.deepEqual(waits, [0, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000]);
  stepping = false;
  at.nowMs += 30_000;
  await at.store.commit([{ op: "settleOutbox", outboxId: row, state: "failed", detail: "T03" }]);
  const next = reader.read();
  const other = await addRow(at.store);
  assert.equal((await next).value![0].known.outbox_id, other);
  await reader.cancel();
});

Deno.test("jobSource() reads a spec through the intake and ends; without an intake or a store it is a mistake", async () => {
  await using at = await surroundings();
  const event = { kind: 5600, created_at: 1, tags: [], content: "", pubkey: "a".repeat(64) };
  const intake = { build: () => Promise.resolve(event as never) };
  const items = await readAll(jobSource({ spec: { type: "echo" } }, { intake }, at.context));
  assert.equal(items.length, 1);
  assert.deepEqual(JSON.parse(new TextDecoder().decode(items[0].bytes)), event);
  assert.deepEqual(items[0].known, { kind: 5600, purpose: "write" });
  await assert.rejects(() => readAll(jobSource({ spec: {} }, {}, at.context)), TypeError);
  assert.throws(() => jobSource({}, {}, at.context), TypeError);
});

Deno.test("jobSource() needs no permission: its input was packed before", () => {
  assert.deepEqual(definition.permissions({ follow: true }), {});
  assert.deepEqual(definition.permissions({ spec: { type: "echo" } }), {});
});

const contractStore = await sharedStore();
for (let n = 0; n < 3; n++) await addRow(contractStore);
stageContract(definition, {
  options: {},
  services: () => ({ store: contractStore, intake: null }),
  cases: [{ name: "three rows of the outbox", outcomes: ["ok", "ok", "ok"] }],
});
