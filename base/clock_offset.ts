/**
 * Measures how far a peer's clock is from ours. The peer's time is the `Date` header of the HTTP answer that opens a WebSocket. Packets
 * expire after 30 seconds, so if the clocks differ by more, every packet expires.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-6.6.1
 * @module
 */

/** From this difference on, people are informed. */
const CLOCK_WARN_MS = 5_000;

/** The log message for clocks that differ; its fields come from {@link clockFields}. */
export const CLOCKS_DIFFER = "the clocks differ";

/** `Date` is cut to whole seconds, so on average the peer's time was half a second later. */
const HALF_SECOND_MS = 500;

/**
 * How far the peer's clock is ahead of ours, in milliseconds; negative if ours is ahead. Null if the peer sent no time, or if its answer
 * took so long that the delay may explain the difference.
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

/** Whether the difference is large enough to inform people. */
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

/** The fields of the log message. */
export function clockFields(
  offsetMs: number,
  peer: string,
): { readonly peer: string; readonly peer_ahead_ms: number; readonly reason: string } {
  return { peer, peer_ahead_ms: offsetMs, reason: clockWords(offsetMs, peer) };
}

/** It is unknown which of the two clocks is wrong. */
export const CLOCK_SUGGESTION =
  "compare both clocks with a third one; on Linux, 'timedatectl set-ntp true' keeps this one right";
