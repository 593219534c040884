/** Payments that end after their job: what is booked for it, and when. */
import assert from "node:assert/strict";
import type { OutgoingPacketRow, Store } from "../../store/store.ts";
import { openWorld } from "./given.ts";
import { eventIdOf, job, outgoing } from "./store_rows.ts";

const EVENT_ID = eventIdOf("abc");
const JOB = job({ eventId: EVENT_ID, status: "timeout", writeUnits: 7n });
const { jobId, role } = JOB;
const ABOUT = { jobId, provider: null, kind: 1, bytes: null };

async function givenUp(
  store: Store,
  obligation: string,
  packets: readonly Partial<OutgoingPacketRow>[],
): Promise<OutgoingPacketRow[]> {
  const rows = packets.map((packet, at) =>
    outgoing({ nonce: at + 1, obligation, about: ABOUT, ...packet })
  );
  await store.commit([
    { op: "putJob", row: JOB },
    ...rows.map((row) => ({ op: "putOutgoing", row, expect: "absent" }) as const),
    {
      op: "addOutbox",
      row: {
        jobId,
        purpose: obligation.startsWith("job:") ? "job" : "write",
        event: new Uint8Array([1]),
        destination: "g",
        terminalPubkey: "k",
        amountUnits: 100n,
        createdAtMs: 1,
      },
    },
  ]);
  const [{ outboxId }] = await store.pendingOutbox(0, 5, 0);
  const late = { obligation, jobId, role };
  await store.commit([{ op: "settleOutbox", outboxId, state: "failed", detail: null, late }]);
  return rows;
}

const booked = async (store: Store) => {
  const { jobPaid, writeUnits, updatedAtMs } = (await store.getJob(jobId, role))!;
  assert.equal(updatedAtMs - JOB.updatedAtMs <= 2, true, "the job does not last longer for it");
  return [jobPaid, writeUnits];
};

Deno.test("a payment that was fulfilled before the job was given up is booked at once, one that was refused is not", async () => {
  for (
    const [obligation, state, expected] of [
      [`job:${EVENT_ID}`, "fulfilled", [true, 7n]],
      [`job:${EVENT_ID}`, "refused", [false, 7n]],
      [`job:${eventIdOf("another")}`, "fulfilled", [false, 7n]],
      [`write:${EVENT_ID}`, "fulfilled", [false, 107n]],
      [`write:${EVENT_ID}`, "refused", [false, 7n]],
    ] as const
  ) {
    await using world = await openWorld();
    await givenUp(world.store, obligation, [{ state }]);
    assert.deepEqual(await booked(world.store), expected, `${obligation} ${state}`);
  }
});

Deno.test("a payment that is open when the job is given up is booked once it is fulfilled", async () => {
  for (
    const [obligation, state, expected] of [
      [`job:${EVENT_ID}`, "fulfilled", [true, 7n]],
      [`job:${EVENT_ID}`, "refused", [false, 7n]],
      [`write:${EVENT_ID}`, "fulfilled", [false, 107n]],
      [`write:${EVENT_ID}`, "refused", [false, 7n]],
    ] as const
  ) {
    await using world = await openWorld();
    const { store } = world;
    const [row] = await givenUp(store, obligation, [{}]);
    assert.deepEqual(await booked(store), [false, 7n], "it may still be refused");
    const closed = { ...row, state, answer: new Uint8Array([1]) };
    await store.commit([{ op: "putOutgoing", row: closed, expect: "open" }]);
    assert.deepEqual(await booked(store), expected, `${obligation} ${state}`);
  }
});
