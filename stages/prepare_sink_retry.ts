/**
 * Decides which outcomes prepareSink does not settle, because they may still become successes.
 *
 * @module
 */
import { isEnded } from "../protocols/job_status.ts";
import { parseEvent } from "../protocols/nostr/event.ts";
import { isLateOrder } from "../protocols/nostr/sealed_result.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { DELIVERY_ORDER_KIND } from "../protocols/nostr/kinds.ts";
import type { JobRow } from "../store/job_row.ts";
import { isIncrement } from "./prepare_sink_increments.ts";
import type { SinkOutcome } from "./prepare_sink_services.ts";
import type { Item } from "./stage.ts";

/**
 * Refusals that end an order: the packet can never be right, or the provider says that it does not sell this. All others say something of
 * a hop, of a claim or of our own side at this moment (a route that is away, a clock, a ceiling, a deposit), and only this provider has the
 * key. An F06 is one of them, because a peer that sends no claim-ack gives it for claims too.
 */
const ENDS_ORDER = new Set([
  ...["F01", "F03", "F04", "F05", "F07", "F08", "F99"],
  ...["amount", "packet", "no_connector", "job_over", "no_meter", "out_of_order"],
]);

/** The outcome of an order that was paid, and whose key is in no answer. */
export const NO_KEY = "no_key";
/** How long after the deadline the provider is asked for such a key. */
const NO_KEY_MS = 86_400_000;

/** A hop on the route is away. The same payment can succeed when the hop is back. */
const UNREACHABLE = "T01";

/**
 * Whether a document is tried again until the job's deadline: after an unknown outcome, if a peer on the route could not be reached or
 * refused only a claim, for a provider's answer that was refused, and for an order, unless the refusal ends it (docs/money.md#refused-claims).
 */
export function mayComeRight(
  item: Item,
  outcome: SinkOutcome,
  job: JobRow | null,
  nowMs: number,
): boolean {
  if (outcome.state === "done" || item.refusal || job === null) return false;
  if (typeof item.known.outbox_id !== "number") return false;
  const deadlineMs = job.createdAtMs + job.timeoutS * 1000;
  // A packet that was signed for a key may still be answered, and only the answer contains the key.
  if (isOrder(item) && outcome.state === "unknown") {
    return outcome.code !== NO_KEY || nowMs < deadlineMs + NO_KEY_MS;
  }
  if (isIncrement(item)) return incrementComesLater(outcome, job);
  if (nowMs >= deadlineMs) return false;
  if (outcome.state === "unknown" || outcome.ofClaim || outcome.code === UNREACHABLE) return true;
  if (isOrder(item)) return !ENDS_ORDER.has(outcome.code);
  return job.role === "provider" && outcome.code !== "no_connector";
}

/** An increment may become due later, until its job has ended. A packet that was sent for it may still be answered. */
function incrementComesLater(
  outcome: Extract<SinkOutcome, { code: string }>,
  { status }: JobRow,
): boolean {
  if (outcome.state === "unknown") return true;
  return !isEnded(status) && !ENDS_ORDER.has(outcome.code);
}

/** Whether a document orders a key although its job has ended, because the buyer asked for it. */
export function isLate(item: Item): boolean {
  return isOrder(item) && isLateOrder(parseEvent(decodeDocument(item.bytes).event));
}

/** Whether a document orders the key to a sealed result. */
export function isOrder({ known: { purpose, kind } }: Item): boolean {
  return purpose === "job" && kind === DELIVERY_ORDER_KIND;
}
