/**
 * The changes with which skillSink records an outcome.
 *
 * @module
 */
import type { Change } from "../store/store.ts";
import type { Item } from "./stage.ts";

/** What marks an item's event as settled. */
export function seenChange(item: Item, outcome: string, atMs: number): Change {
  return { op: "markSeen", eventId: String(item.known.id), outcome, atMs };
}

/** What counts an answer beside a job's result: why it is none, or what it contradicts. `seenAs` as in {@link RecordAnswer}. */
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

/** A fact for the log. */
export function text(value: string | number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}
