/**
 * Decides which outcomes prepareSink does not settle, because they may still become successes.
 *
 * @module
 */
import { isEnded } from "../protocols/job_status.ts";
import { DELIVERY_ORDER_KIND } from "../protocols/nostr/kinds.ts";
import type { JobRow } from "../store/job_row.ts";
import { NOT_DUE } from "../protocols/nostr/metered.ts";
import { isIncrement } from "./prepare_sink_increments.ts";
import type { SinkOutcome } from "./prepare_sink_services.ts";
import type { Item } from "./stage.ts";

/**
 * Failures after which the key can still be bought, because only its provider has it: temporary errors, an expired packet, and an own side
 * that could not send.
 */
const KEY_COMES_LATER = /^(?:T\d\d|R\d\d|expired|offline|queue_full|window|closed)$/;

/** A hop on the route is away. The same payment can succeed when the hop is back. */
const UNREACHABLE = "T01";

/**
 * Whether a document is tried again until the job's deadline: after an unknown outcome, if a peer on the route could not be reached, and
 * for a provider's answer that was refused (docs/money.md#quotes).
 */
export function mayComeRight(
  item: Item,
  outcome: SinkOutcome,
  job: JobRow | null,
  nowMs: number,
): boolean {
  if (outcome.state === "done" || item.refusal || job === null) return false;
  if (typeof item.known.outbox_id !== "number") return false;
  // A packet that was signed for a key may still be answered, and only the answer contains the key.
  if (isOrder(item) && outcome.state === "unknown") return true;
  if (isIncrement(item)) return incrementComesLater(outcome, job);
  if (nowMs >= job.createdAtMs + job.timeoutS * 1000) return false;
  if (outcome.state === "unknown" || outcome.code === UNREACHABLE) return true;
  if (isOrder(item) && KEY_COMES_LATER.test(outcome.code)) return true;
  return job.role === "provider" && outcome.code !== "no_connector";
}

/** An increment may become due later, until its job has ended. A packet that was sent for it may still be answered. */
function incrementComesLater(
  outcome: Extract<SinkOutcome, { code: string }>,
  { status }: JobRow,
): boolean {
  if (outcome.state === "unknown") return true;
  return !isEnded(status) && (outcome.code === NOT_DUE || KEY_COMES_LATER.test(outcome.code));
}

/** Whether a document orders the key to a sealed result. */
export function isOrder({ known: { purpose, kind } }: Item): boolean {
  return purpose === "job" && kind === DELIVERY_ORDER_KIND;
}
