/**
 * The orders of a metered job, as rows for the buyer's outbox. Pure.
 *
 * @see docs/money.md#metered
 * @module
 */
import type { EventTemplate } from "./event.ts";
import { incrementOrder } from "./increment_order.ts";
import { asksPrivately } from "./private_job.ts";
import { turnOrder } from "./turn_order.ts";

/** The job of an order. */
interface Metered {
  readonly jobId: string;
  readonly buyer: string;
  /** The id of its request. */
  readonly eventId: string;
  /** Its request, JSON. */
  readonly request: Uint8Array;
}

/** Where an order goes. */
interface Sending {
  readonly provider: string;
  readonly destination: string;
  readonly atMs: number;
}

/** A row of the outbox. */
interface OrderRow {
  readonly jobId: string;
  readonly purpose: "job";
  readonly event: Uint8Array;
  readonly destination: string;
  readonly terminalPubkey: string;
  /** What must arrive; the sink adds the hops' fees. */
  readonly amountUnits: bigint;
  readonly createdAtMs: number;
}

/** The order of an increment. */
export function incrementRow(
  job: Metered,
  { number, units }: { readonly number: number; readonly units: bigint },
  sending: Sending,
): OrderRow {
  const { provider, atMs } = sending;
  const order = incrementOrder(
    { requestId: job.eventId, provider, number },
    Math.floor(atMs / 1_000),
    asksPrivately(job.request),
  );
  return rowOf(job, order, units, sending);
}

/** The order to pause the job, or to let it go on. It costs nothing. */
export function turnRow(job: Metered, turn: number, sending: Sending): OrderRow {
  const { provider, atMs } = sending;
  const order = turnOrder(
    { requestId: job.eventId, provider, turn },
    Math.floor(atMs / 1_000),
    asksPrivately(job.request),
  );
  return rowOf(job, order, 0n, sending);
}

function rowOf(
  { jobId, buyer }: Metered,
  order: EventTemplate,
  amountUnits: bigint,
  { provider, destination, atMs }: Sending,
): OrderRow {
  return {
    jobId,
    purpose: "job",
    event: new TextEncoder().encode(JSON.stringify({ ...order, pubkey: buyer })),
    destination,
    terminalPubkey: provider,
    amountUnits,
    createdAtMs: atMs,
  };
}
