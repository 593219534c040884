/**
 * The first meter row of a job, on the buyer's and on the provider's side.
 *
 * @see docs/money.md#metered
 * @module
 */
import type { Quote } from "../protocols/nostr/job_quote.ts";
import type { PutMeter } from "./meter_row.ts";

/**
 * The meter of a metered quote. The provider's begins with the first payment. The buyer's begins before it, and states how many increments
 * it pays at most.
 */
export function meterChange(
  { requestId, buyer, provider, depositUnits, increment }: Quote,
  role: "buyer" | "provider",
  atMs: number,
  most: number,
): PutMeter {
  return {
    op: "putMeter",
    row: {
      eventId: requestId,
      role,
      party: role === "buyer" ? provider : buyer,
      incrementUnits: depositUnits,
      seconds: increment?.unit === "second" ? increment.size : 0,
      kib: increment?.unit === "kib" ? increment.size : 0,
      most,
      paid: role === "buyer" ? 0 : 1,
      paidAtMs: atMs,
      sinceMs: null,
      usedMs: 0,
      usedBytes: 0,
      fromByte: 0,
      turns: 0,
      pausedAtMs: null,
      state: "open",
      atMs,
    },
  };
}
