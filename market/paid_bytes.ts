/**
 * Limits what a provider publishes of a job to what the payment covers.
 *
 * @module
 */

/** The limits and prices of published events. */
interface WritePrice {
  /** The largest event that can be published. */
  readonly limitBytes: number;
  /** The price of a relay write, in base units for each byte. Absent if writes are free. */
  readonly writeUnitsPerByte?: bigint;
}

/**
 * The largest result event that a job's payment covers together with its feedback, in bytes, but at least 2 KiB. The result of a free job
 * has only the relay's limit.
 */
export function resultLimitBytes(
  amountUnits: bigint,
  options: WritePrice,
  spentBytes: number,
): number {
  const leftBytes = paidBytes(amountUnits, options) - FEEDBACK_BYTES - spentBytes;
  return Math.min(options.limitBytes, Math.max(MIN_RESULT_BYTES, leftBytes));
}

/** How many bytes a job's payment can write to the relay. Unlimited if writes or the job are free. */
function paidBytes(amountUnits: bigint, { writeUnitsPerByte = 0n }: WritePrice): number {
  if (amountUnits === 0n || writeUnitsPerByte === 0n) return Number.MAX_SAFE_INTEGER;
  return Number(amountUnits / writeUnitsPerByte);
}

/** The cost of publishing the smallest result. The deposit of a job that is paid on delivery is at least this much. */
export function leastResultUnits(writeUnitsPerByte: bigint): bigint {
  return BigInt(MIN_RESULT_BYTES) * writeUnitsPerByte;
}

/** The most that partial results may take, in bytes: half of what remains after feedback and the smallest result. */
export function partialBytes(amountUnits: bigint, price: WritePrice): number {
  return Math.floor((paidBytes(amountUnits, price) - FEEDBACK_BYTES - MIN_RESULT_BYTES) / 2);
}

/** The bytes that are reserved for the feedback of a long job. */
const FEEDBACK_BYTES = 700;
/** The size that every result may have, whatever was paid. */
const MIN_RESULT_BYTES = 2_048;
