/**
 * The changes with which skillSink records an outcome.
 *
 * @module
 */
import type { Change } from "../store/store.ts";
import type { Item } from "./stage.ts";

/** The outcome of a copy of an event that was settled before. */
export const SEEN = { outcome: "refused", detail: "seen" } as const;

/** The change that marks an item's event as seen, with its outcome. */
export function seenChange(item: Item, outcome: string, atMs: number): Change {
  return { op: "markSeen", eventId: String(item.known.id), outcome, atMs };
}

/** The change that counts an answer that was not accepted, or that contradicts the accepted one. `seenAs` as in {@link RecordAnswer}. */
export function answerChange(item: Item, outcome: string, atMs: number, seenAs?: string): Change {
  const { id, job_id: jobId, pubkey, kind } = item.known;
  return {
    op: "recordAnswer",
    eventId: String(id),
    jobId: jobId === undefined ? null : String(jobId),
    outcome,
    ...(seenAs === undefined ? {} : { seenAs }),
    pubkey: String(pubkey ?? ""),
    kind: Number(kind),
    atMs,
  };
}

/** A known field as text for the log. */
export function text(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
