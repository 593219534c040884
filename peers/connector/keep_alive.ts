/**
 * Notices a dead connection: sends pings, and counts everything that arrives as an answer.
 *
 * @module
 */
import type WebSocket from "ws";
import type { Timers } from "../../base/timers.ts";

const PATIENCE_MS = 10_000;

/**
 * Pings a socket every `pingMs`. Calls `onSilent` once if nothing arrives for 10 s after a ping. Returns a function that stops the pings.
 */
export function keepAlive(
  socket: WebSocket,
  timers: Timers,
  pingMs: number,
  onSilent: () => void,
): () => void {
  let alive = true;
  let cancel = () => {};
  const seen = () => {
    alive = true;
  };
  const later = () => {
    cancel = timers.after(pingMs, () => {
      alive = false;
      if (socket.readyState === socket.OPEN) socket.ping();
      cancel = timers.after(PATIENCE_MS, () => alive ? later() : onSilent());
    });
  };
  for (const event of ["message", "pong", "ping"] as const) socket.on(event, seen);
  later();
  return () => cancel();
}
