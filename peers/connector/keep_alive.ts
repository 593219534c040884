/**
 * Notices a dead line: a ping now and then, and whatever comes from the other side is a sign of life.
 *
 * @module
 */
import type WebSocket from "ws";
import type { Timers } from "../../base/timers.ts";

const PATIENCE_MS = 10_000;

/** Pings a socket until it is stopped; `onSilent` is called once when a ping stays without any sign of life for 10 s. */
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
