/** Checks of one job and of one packet, at the disks of both sides. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { isOwedByOutput, owedIncrements, sendsUntilBytes } from "../../protocols/nostr/metered.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { IncomingPacketRow, OpenStore, OutgoingPacketRow } from "../../store/store.ts";
import type { Role } from "./plan.ts";

/** The stores of all processes of a world. */
export type Stores = Readonly<Record<Role, OpenStore>>;

/**
 * A job that was paid while it ran: each increment once, in order, booked alike at both sides, and all that its run began before its result
 * was given.
 */
export async function checkMeter(
  job: JobRow,
  served: JobRow | null,
  stores: Stores,
  paid: ReadonlySet<string>,
): Promise<void> {
  const { jobId, eventId } = job;
  const [bought, sold] = [
    (await stores.buyer.meterOf(eventId, "buyer"))!,
    (await stores.provider.meterOf(eventId, "provider"))!,
  ];
  assert.equal(bought.paid, sold.paid, `${jobId}: the sides booked other increments`);
  // A turn may come after the job's end, and is then refused.
  assert.ok(sold.turns <= bought.turns, `${jobId}: its provider booked a turn that nobody ordered`);
  const packets = [...paid].filter((each) => each.startsWith(`increment:${eventId}/`)).sort();
  const expected = Array.from(
    { length: sold.paid - 1 },
    (_, at) => `increment:${eventId}/${at + 2}`,
  );
  assert.deepEqual(packets, expected.sort(), `${jobId}: other packets than increments`);
  const begun = job.status === "success" ? Math.max(2, owedIncrements(sold)) : 1;
  assert.ok(sold.paid >= begun, `${jobId}: ${begun} increments were begun, ${sold.paid} paid`);
  if (sold.kib > 0) await checkOutput(jobId, bought.paid, sold, stores);
  const units = sold.incrementUnits * BigInt(sold.paid);
  assert.deepEqual([job.amountUnits, served?.amountUnits], [units, units], `${jobId}: its sums`);
}

/** The buyer had each paid increment but the last whole before it paid on, and was sent at most one more than it paid. */
async function checkOutput(
  jobId: string,
  paid: number,
  { kib, fromByte }: MeterRow,
  stores: Stores,
): Promise<void> {
  const { endBytes } = await stores.buyer.jobLog(jobId, "buyer", Number.MAX_SAFE_INTEGER, 0);
  const received = paid === 1 || isOwedByOutput(endBytes, paid - 1, kib);
  assert.ok(received, `${jobId}: ${paid} increments were paid for ${endBytes} bytes`);
  const most = fromByte + sendsUntilBytes(paid, kib);
  assert.ok(endBytes <= most, `${jobId}: ${endBytes} bytes came, at most ${most} were to be sent`);
}

/** A job that was paid on delivery: its key is sold once and opens the result, and both sides have booked deposit and rest. */
export async function checkDelivery(
  job: JobRow,
  served: JobRow | null,
  stores: Stores,
): Promise<void> {
  const { jobId, eventId } = job;
  const bought = await stores.buyer.sealedOf(eventId, "buyer");
  const sold = await stores.provider.sealedOf(eventId, "provider");
  assert.deepEqual([bought?.state, sold?.state], ["opened", "sold"], `${jobId}: its sale`);
  const hash = createHash("sha256").update(Uint8Array.fromHex(bought!.key!)).digest("hex");
  assert.equal(hash, bought!.condition, `${jobId}: the key is not what was promised`);
  const { content } = JSON.parse(new TextDecoder().decode(job.result!));
  assert.match(content, /^job \d+\.\d+$/, `${jobId}: its result is not open`);
  assert.equal(job.amountUnits, served?.amountUnits, `${jobId}: the sides booked other amounts`);
  assert.ok(job.amountUnits > bought!.restUnits, `${jobId}: deposit and rest are not both booked`);
}

/** A packet at both ends of a leg: what came was durable before with its payer, byte for byte, and both have one outcome. */
export function checkPacket(
  name: string,
  sent: OutgoingPacketRow | null,
  came: IncomingPacketRow | null,
): void {
  if (came !== null) assert.ok(sent, `${name} came and was never durable with its payer`);
  if (sent === null) return;
  if (came === null) {
    assert.equal(sent.state, "refused", `${name} is ${sent.state} and never came`);
    return;
  }
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, sent.claim.length);
  const hash = createHash("sha256").update(length).update(sent.claim).update(sent.prepare).digest();
  // A refused packet's bytes are not kept.
  if (sent.state !== "refused") {
    assert.ok(hash.equals(came.hash), `${name} came with other bytes than are kept`);
  }
  assert.equal(came.state, sent.state, `${name} is ${sent.state} here and ${came.state} there`);
}
