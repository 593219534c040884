/**
 * Reads what a relay has stored, once, with bounds of our own: a relay that never says EOSE, floods or is gone ends the query with
 * what came so far and says why.
 *
 * @module
 */
import type { RelayDocument, RelaySubscription } from "./relay_subscription.ts";
import type { Timers } from "../../base/timers.ts";

/** The bounds of a query. */
export interface QueryLimits {
  readonly timeoutMs: number;
  readonly maxEvents: number;
  readonly maxBytes: number;
  /** For how long an EOSE before which nothing came is not believed: some relays send what is stored after it. None unless told. */
  readonly emptyMs?: number;
  readonly signal?: AbortSignal;
}

/** What a query brought. */
export interface QueryResult {
  readonly documents: readonly RelayDocument[];
  /** `eose` alone means that everything stored was read. */
  readonly ended:
    | "eose"
    | "timeout"
    | "max_events"
    | "max_bytes"
    | "closed"
    | "aborted";
  /** The relay's words where it closed the subscription. */
  readonly reason: string | null;
}

/** Reads `subscription` to EOSE or to a bound, and closes it. Never throws. */
export async function readQuery(
  subscription: RelaySubscription,
  limits: QueryLimits,
  timers: Timers,
): Promise<QueryResult> {
  const documents: RelayDocument[] = [];
  const reader = subscription.deliveries.getReader();
  let ended: QueryResult["ended"] = "closed";
  let bytes = 0;
  let stopped = false;
  const cut = (why: QueryResult["ended"]) => {
    if (stopped) return;
    stopped = true;
    ended = why;
    subscription.close();
  };
  const cancel = timers.after(limits.timeoutMs, () => cut("timeout"));
  let cancelEmpty = () => {};
  const abort = () => cut("aborted");
  limits.signal?.addEventListener("abort", abort, { once: true });
  if (limits.signal?.aborted) abort();
  try {
    while (!stopped) {
      const { value, done } = await reader.read();
      if (done) break;
      for (const delivery of value) {
        if (stopped) break;
        if (delivery.type === "eose") {
          if (delivery.assumed) continue;
          if (documents.length > 0 || limits.emptyMs === undefined) cut("eose");
          else cancelEmpty = timers.after(limits.emptyMs, () => cut("eose"));
          continue;
        }
        if (bytes + delivery.bytes.byteLength > limits.maxBytes) {
          cut("max_bytes");
        } else {
          bytes += delivery.bytes.byteLength;
          documents.push(delivery);
          if (documents.length >= limits.maxEvents) cut("max_events");
        }
      }
    }
    return { documents, ended, reason: null };
  } catch (error) {
    return {
      documents,
      ended,
      reason: error instanceof Error ? error.message : String(error),
    };
  } finally {
    cancel();
    cancelEmpty();
    limits.signal?.removeEventListener("abort", abort);
    subscription.close();
    reader.releaseLock();
  }
}
