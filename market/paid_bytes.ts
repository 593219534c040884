/**
 * How much a provider publishes of a job: no more than its payment covers.
 *
 * @module
 */

/** What bounds events here. */
interface WritePrice {
  /** The largest event that can be published. */
  readonly limitBytes: number;
  /** What a relay write costs, base units; none where absent. */
  readonly writeUnitsPerByte?: bigint;
}

/**
 * The largest event that a job's payment covers beside its feedback, but at least 2 KiB. A job that costs nothing is given away, so
 * its result is too.
 */
export function resultLimitBytes(
  amountUnits: bigint,
  options: WritePrice,
  spentBytes: number,
): number {
  const leftBytes = paidBytes(amountUnits, options) - FEEDBACK_BYTES - spentBytes;
  return Math.min(options.limitBytes, Math.max(MIN_RESULT_BYTES, leftBytes));
}

/** Bytes that a job's payment writes to the relay; no end of them where writes are free, or the job is. */
function paidBytes(amountUnits: bigint, { writeUnitsPerByte = 0n }: WritePrice): number {
  if (amountUnits === 0n || writeUnitsPerByte === 0n) return Number.MAX_SAFE_INTEGER;
  return Number(amountUnits / writeUnitsPerByte);
}

/** What the least result costs to publish: the deposit of a job that is paid on delivery is never less. */
export function leastResultUnits(writeUnitsPerByte: bigint): bigint {
  return BigInt(MIN_RESULT_BYTES) * writeUnitsPerByte;
}

/** What partial results may take: half of what is left beside the least result. */
export function partialBytes(amountUnits: bigint, price: WritePrice): number {
  return Math.floor((paidBytes(amountUnits, price) - FEEDBACK_BYTES - MIN_RESULT_BYTES) / 2);
}

/** Of the feedback that a long job is told with. */
const FEEDBACK_BYTES = 700;
/** A result may take so much, whatever was paid. */
const MIN_RESULT_BYTES = 2_048;
