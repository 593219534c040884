/**
 * The write of an event of this home that belongs to no job.
 *
 * @module
 */
import type { Change } from "./store.ts";

/** Where the event is written, and the key of the terminal that is paid for it. */
interface WriteTarget {
  readonly destination: string;
  readonly terminalPubkey: string;
}

/**
 * Puts the event into the outbox, which signs, pays and publishes it.
 *
 * @param event The unsigned event with its author, or its JSON.
 * @param amountUnits What is paid in addition to the price of its bytes.
 */
export function ownWrite(
  event: object | Uint8Array,
  { destination, terminalPubkey }: WriteTarget,
  nowMs: number,
  amountUnits: bigint | null = null,
): Change {
  return {
    op: "addOutbox",
    row: {
      jobId: null,
      purpose: "write",
      event: event instanceof Uint8Array ? event : new TextEncoder().encode(JSON.stringify(event)),
      destination,
      terminalPubkey,
      amountUnits,
      createdAtMs: nowMs,
    },
  };
}
