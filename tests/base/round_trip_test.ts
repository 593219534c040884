import assert from "node:assert/strict";
import { roundTrip } from "../../base/round_trip.ts";

Deno.test("roundTrip() reports the first pong after each ping, and none that was not asked for, waited here, or spans a set clock", () => {
  let nowMs = 1_000;
  const told: number[] = [];
  const trip = roundTrip(() => nowMs, (ms) => told.push(ms));
  trip.pong();
  trip.ping();
  nowMs += 12;
  trip.pong();
  trip.pong();
  trip.ping();
  trip.forget();
  trip.pong();
  trip.ping();
  nowMs -= 500;
  trip.pong();
  trip.ping();
  nowMs += 3_600_000;
  trip.pong();
  trip.ping();
  trip.pong();
  assert.deepEqual(told, [12, 0]);
});
