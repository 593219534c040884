/**
 * What follows for prepareSink from a refused payment of a job.
 *
 * @module
 */
import { isUnpaid } from "../protocols/job_status.ts";
import { STRANGERS, UNQUOTED } from "../protocols/failure_codes.ts";
import type { JobRow } from "../store/job_row.ts";
import type { Change } from "../store/store.ts";
import { isIncrement } from "./prepare_sink_increments.ts";
import { isOrder } from "./prepare_sink_retry.ts";
import type { SinkOutcome } from "./prepare_sink_services.ts";
import type { Item } from "./stage.ts";

/**
 * Codes with which a hop or the provider says that this provider cannot take the packet now, or does not want the job. Then another
 * provider may. Other codes (F01, F05, F06...) say that the packet itself is wrong, and our own codes say that nothing was sent.
 */
const DECLINED = /^(?:F0[024]|F99|T0[0-5]|R00)$/;

/** Our own codes that concern only this provider. The next one may give a quote, or have delivered to this buyer before. */
const NOT_PAID: readonly string[] = [UNQUOTED, STRANGERS];

/** A provider's refusal of a job's payment. It was not paid, so the next provider may be asked. */
export function declinedBy(
  item: Item,
  outcome: SinkOutcome,
  job: JobRow,
): { readonly code: string; readonly message: string } | null {
  if (outcome.state !== "refused" || outcome.ofClaim) return null;
  if (item.known.purpose !== "job" || item.refusal) return null;
  if (job.role !== "buyer" || !isUnpaid(job.status)) return null;
  if (item.known.id !== job.eventId) return null;
  if (!DECLINED.test(outcome.code) && !NOT_PAID.includes(outcome.code)) return null;
  return { code: outcome.code, message: outcome.message };
}

/** The code of a REJECT. Our own codes say that no packet was sent. */
const REJECTED = /^[FTR]\d\d$/;

/** Remembers that a payment to a provider was refused, until it accepts one. An increment is also refused because it is not due yet. */
export function answeredChanges(
  item: Item,
  outcome: SinkOutcome,
  job: JobRow | null,
  atMs: number,
): Change[] {
  if (item.known.purpose !== "job" || isIncrement(item)) return [];
  if (job?.role !== "buyer" || job.provider === null) return [];
  // A payment for an earlier provider.
  if (!isOrder(item) && item.known.id !== job.eventId) return [];
  const { provider } = job;
  if (outcome.state === "done") return [{ op: "forgetRefusedPayment", provider }];
  const isRefused = outcome.state === "refused" && !outcome.ofClaim && REJECTED.test(outcome.code);
  return isRefused ? [{ op: "noteRefusedPayment", provider, atMs }] : [];
}
