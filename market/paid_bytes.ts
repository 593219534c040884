/**
 * Limits what a provider publishes of a job to what the payment covers.
 *
 * @module
 */
import { wrappedBytes } from "../protocols/nostr/private_job.ts";

/** The limits and prices of published events. */
interface WritePrice {
  /** The largest event that can be published. */
  readonly limitBytes: number;
  /** The price of a relay write, in base units for each byte. Absent if writes are free. */
  readonly writeUnitsPerByte?: bigint;
}

/**
 * The largest result event that a job's payment covers together with its feedback, in bytes, but at least `leastBytes`, by default
 * 2 KiB. The result of a free job has only the relay's limit.
 */
export function resultLimitBytes(
  amountUnits: bigint,
  options: WritePrice,
  spentBytes: number,
  leastBytes = LEAST_BYTES.open,
): number {
  const leftBytes = paidBytes(amountUnits, options) - FEEDBACK_BYTES - spentBytes;
  return Math.min(options.limitBytes, Math.max(leastBytes, leftBytes));
}

/** How many bytes a job's payment can write to the relay. Unlimited if writes or the job are free. */
function paidBytes(amountUnits: bigint, { writeUnitsPerByte = 0n }: WritePrice): number {
  if (amountUnits === 0n || writeUnitsPerByte === 0n) return Number.MAX_SAFE_INTEGER;
  return Number(amountUnits / writeUnitsPerByte);
}

/**
 * The cost of publishing the smallest result. The deposit of a job that is paid on delivery is at least this much, and so is an increment.
 */
export function leastResultUnits(
  writeUnitsPerByte: bigint,
  leastBytes = LEAST_BYTES.open,
): bigint {
  return BigInt(leastBytes) * writeUnitsPerByte;
}

/** The most that partial results may take, in bytes: half of what remains after feedback and the smallest result. */
export function partialBytes(amountUnits: bigint, price: WritePrice): number {
  return Math.floor((paidBytes(amountUnits, price) - FEEDBACK_BYTES - LEAST_BYTES.open) / 2);
}

/** The bytes that are reserved for the feedback of a long job. */
const FEEDBACK_BYTES = 700;

/** The bytes that a result may have, whatever was paid. */
const MIN_RESULT_BYTES = 2_048;
/** The size of the smallest result: as it is, and in a gift wrap that holds as much. An increment of a private job pays for the wrap. */
export const LEAST_BYTES = {
  open: MIN_RESULT_BYTES,
  wrapped: wrappedBytes(MIN_RESULT_BYTES),
};
