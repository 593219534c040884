/**
 * The part of skillSink that checks what a provider says of its buyer: that an increment was not paid, or that the job was paused for too
 * long. Such an end is held against nobody, so a provider that took money could use the words to hide that it gave nothing. The buyer's own
 * meter says whether they can be true.
 *
 * @see docs/money.md#ends-that-the-buyer-caused
 * @module
 */
import {
  FALSE_CLAIM,
  INCREMENT_UNPAID,
  isOwedByOutput,
  PAUSED_TOO_LONG,
  UNPAID_UNSEEN,
} from "../protocols/nostr/metered.ts";
import type { JobRow } from "../store/job_row.ts";
import type { MeterRow } from "../store/meter_row.ts";
import type { Store } from "../store/store.ts";
import { type Item, learned } from "./stage.ts";

/** The item, with another code if its provider's words contradict the buyer's own meter, or cannot be compared with it. */
export async function checkedClaim(
  item: Item,
  job: JobRow,
  store: Pick<Store, "meterOf" | "jobLog">,
  nowMs: number,
): Promise<Item> {
  const { route, status, error_code: code } = item.known;
  const isClaim = code === INCREMENT_UNPAID || code === PAUSED_TOO_LONG;
  if (route !== "feedback" || status !== "error" || !isClaim) return item;
  const meter = await store.meterOf(job.eventId, "buyer");
  if (meter === null) return denied(item, "this job was not paid while it ran");
  if (code === PAUSED_TOO_LONG) {
    return meter.turns > 0 ? item : denied(item, "this home did not pause the job");
  }
  if (meter.kib === 0) {
    return runsAtMostMs(meter, Math.max(nowMs, job.updatedAtMs)) >=
        meter.paid * meter.seconds * 1_000
      ? item
      : denied(item, `less time has passed than the ${meter.paid} increments that were paid`);
  }
  const { endBytes } = await store.jobLog(job.jobId, "buyer", Number.MAX_SAFE_INTEGER, 0);
  if (isOwedByOutput(endBytes, meter.paid, meter.kib)) return item;
  return learned(item, {
    error_code: UNPAID_UNSEEN,
    error_message:
      `its provider says that an increment was not paid; no more output came than was paid (${endBytes} bytes)`,
  });
}

function denied(item: Item, why: string): Item {
  const message = `its provider says ${item.known.error_code}, and ${why}`;
  return learned(item, { error_code: FALSE_CLAIM, error_message: message });
}

/** A run begins after its first payment, so no provider can count more time than has passed since the job was made. */
function runsAtMostMs({ atMs }: MeterRow, nowMs: number): number {
  return nowMs - atMs;
}
