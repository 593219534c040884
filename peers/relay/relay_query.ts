/**
 * Reads a relay's stored events once, within our own bounds. If the relay sends no EOSE, sends too much or cannot be reached, the query
 * ends with the documents so far, and names the reason.
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
  /** How long to wait for documents after an EOSE that came before any document, because some relays send it too early. Default: 0. */
  readonly emptyMs?: number;
  readonly signal?: AbortSignal;
}

/** The result of a query. */
export interface QueryResult {
  readonly documents: readonly RelayDocument[];
  /** Why the query ended. Only `eose` means that all stored events were read. */
  readonly ended:
    | "eose"
    | "timeout"
    | "max_events"
    | "max_bytes"
    | "closed"
    | "aborted";
  /** The error's message if the subscription failed, for example with the relay's reason; otherwise null. */
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
