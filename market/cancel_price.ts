/**
 * What it costs a buyer to cancel a job: the write of the event that tells the provider to stop.
 *
 * @module
 */
import type { Profile } from "../config/profile.ts";
import { grossTo } from "../protocols/ilp/fee.ts";
import { type CancelledJob, jobDeletion } from "../protocols/nostr/job_deletion.ts";
import { GIFT_WRAP_KIND } from "../protocols/nostr/kinds.ts";
import { asksPrivately, wrappedBytes } from "../protocols/nostr/private_job.ts";
import { writePriceUnits } from "../protocols/nostr/write_price.ts";
import { largestBytes, signedBytes } from "./job_request.ts";

/** The most that the write costs in base units, with hop fees. 0 where writes are free. A request that has not left costs nothing. */
export function cancelPriceUnits(
  job: CancelledJob,
  { write, relay, hopFees = [] }: Pick<Profile, "write" | "relay" | "hopFees">,
  atMs: number,
): bigint {
  if (write !== "ilp" || relay === null) return 0n;
  const event = jobDeletion(job, atMs);
  const [kind, bytes] = job.provider !== null && asksPrivately(job.request)
    ? [GIFT_WRAP_KIND, wrappedBytes(largestBytes(event))]
    : [event.kind, signedBytes(event)];
  const prices = {
    unitsPerByte: relay.priceUnitsPerByte,
    byKind: relay.kindPricesUnitsPerByte,
  };
  return grossTo(relay.ilpAddress, writePriceUnits(prices, kind, bytes), hopFees);
}
