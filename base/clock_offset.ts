/**
 * How far a peer's clock is from ours. A peer tells its time in the `Date` header of the answer with which it opens a WebSocket, as
 * every HTTP answer may have one. Packets expire after 30 seconds: clocks that are further apart let every packet expire.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
 * @module
 */

/** From here on people are told. */
const CLOCK_WARN_MS = 5_000;

/** The log line of clocks that differ; its fields are those of {@link clockFields}. */
export const CLOCKS_DIFFER = "the clocks differ";

/** `Date` has whole seconds, and cuts: on average half a second more is meant. */
const HALF_SECOND_MS = 500;

/**
 * By how much the peer's clock is ahead of ours; negative where ours is ahead. Null where the peer told no time, and where its answer
 * took so long that the difference may be the journey's.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { clockOffsetMs } from "./clock_offset.ts";
 *
 * const sentMs = Date.UTC(2026, 2, 1, 12, 0, 0, 100);
 * const offsetMs = clockOffsetMs("Sun, 01 Mar 2026 12:00:30 GMT", sentMs, sentMs + 200);
 * assert.equal(offsetMs, 30_300);
 * ```
 */
export function clockOffsetMs(
  date: string | undefined,
  sentAtMs: number,
  receivedAtMs: number,
): number | null {
  const peerMs = date === undefined || date.length > 64 ? NaN : Date.parse(date);
  if (Number.isNaN(peerMs)) return null;
  const offsetMs = peerMs + HALF_SECOND_MS - (sentAtMs + receivedAtMs) / 2;
  const doubtMs = HALF_SECOND_MS + Math.abs(receivedAtMs - sentAtMs) / 2;
  return doubtMs > CLOCK_WARN_MS && Math.abs(offsetMs) < doubtMs ? null : Math.round(offsetMs);
}

/** Whether people are to be told. */
export function clocksDiffer(offsetMs: number | null | undefined): offsetMs is number {
  return offsetMs !== null && offsetMs !== undefined && Math.abs(offsetMs) >= CLOCK_WARN_MS;
}

/** `this machine's clock is 30 s behind that of the connector`. */
export function clockWords(offsetMs: number, peer: string): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  return `this machine's clock is ${seconds} s ${
    offsetMs > 0 ? "behind" : "ahead of"
  } that of the ${peer}`;
}

/** What the log tells of them. */
export function clockFields(
  offsetMs: number,
  peer: string,
): { readonly peer: string; readonly peer_ahead_ms: number; readonly reason: string } {
  return { peer, peer_ahead_ms: offsetMs, reason: clockWords(offsetMs, peer) };
}

/** Whose setting it is cannot be told from here. */
export const CLOCK_SUGGESTION =
  "compare both clocks with a third one; on Linux, 'timedatectl set-ntp true' keeps this one right";
