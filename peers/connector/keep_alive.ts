/**
 * Notices a dead connection: sends pings, and counts everything that arrives as an answer.
 *
 * @module
 */
import { roundTrip } from "../../base/round_trip.ts";
import type { Timers } from "../../base/timers.ts";
import type { FrameSocket } from "../socket/frame_socket.ts";

const PATIENCE_MS = 10_000;

/**
 * Pings a socket every `pingMs`. Calls `onSilent` once if nothing arrives for 10 s after a ping. With `onAnswer` it also pings at once, and
 * reports how long each answer took, in milliseconds. Returns a function that stops the pings.
 */
export function keepAlive(
  socket: FrameSocket,
  timers: Timers,
  pingMs: number,
  onSilent: () => void,
  onAnswer?: (roundTripMs: number) => void,
): () => void {
  let alive = true;
  let cancel = () => {};
  const seen = () => {
    alive = true;
  };
  const trip = onAnswer === undefined ? null : roundTrip(timers.now, onAnswer);
  const ping = () => {
    if (socket.readyState !== socket.OPEN) return;
    trip?.ping();
    socket.ping();
  };
  const later = () => {
    cancel = timers.after(pingMs, () => {
      alive = false;
      ping();
      cancel = timers.after(PATIENCE_MS, () => alive ? later() : onSilent());
    });
  };
  for (const event of ["message", "pong", "ping"] as const) socket.on(event, seen);
  if (trip !== null) {
    socket.on("pong", trip.pong);
    ping();
  }
  later();
  return () => cancel();
}
