import assert from "node:assert/strict";
import { Heartbeat } from "../../runtime/heartbeat.ts";
import type { SupervisedWorker } from "../../runtime/supervised_worker.ts";

/** A heartbeat on a clock that the test moves, over one worker that answers or does not. */
function watched(started = true) {
  let now = 0;
  const pings: unknown[] = [];
  const hung = Promise.withResolvers<void>();
  let hangs = false;
  const worker = {
    dead: false,
    started,
    heardAtMs: 0,
    post: (message: unknown) => pings.push(message),
  } as unknown as SupervisedWorker;
  const times = { pingMs: 1_000_000, deadMs: 5_000_000, startMs: 30_000_000 };
  const heartbeat = new Heartbeat(times, () => now, () => {
    hangs = true;
    hung.resolve();
  });
  heartbeat.add(worker);
  const beat = (afterMs = times.pingMs) => {
    now += afterMs;
    heartbeat.beat();
  };
  /** What was judged is judged in the next turn of the event loop. */
  const judged = async () => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    return hangs;
  };
  return {
    worker,
    pings,
    beat,
    judged,
    hear: () => worker.heardAtMs = now,
    [Symbol.dispose]: () => heartbeat.remove(worker),
  };
}

Deno.test("Heartbeat finds a worker that left a ping without an answer for 5 others", async () => {
  using watch = watched();
  const { beat, judged, pings } = watch;
  for (let count = 0; count < 6; count++) beat();
  assert.equal(await judged(), false);
  beat();
  assert.equal(await judged(), true);
  assert.equal(pings.length, 7);
});

Deno.test("Heartbeat counts from the ping, and not from what was heard long before it", async () => {
  using watch = watched();
  const { beat, judged, hear } = watch;
  beat();
  hear();
  // The second was asked at once, the others follow: five periods after it are not over yet.
  for (let count = 0; count < 5; count++) beat();
  beat();
  assert.equal(await judged(), false);
  beat();
  assert.equal(await judged(), true);
});

Deno.test("Heartbeat waits longer for a worker that still loads", async () => {
  using watch = watched(false);
  const { beat, judged } = watch;
  for (let count = 0; count < 30; count++) beat();
  assert.equal(await judged(), false);
  beat();
  assert.equal(await judged(), true);
});

Deno.test("Heartbeat reads queued messages before it blames a worker", async () => {
  using watch = watched();
  const { beat, judged, hear } = watch;
  for (let count = 0; count < 6; count++) beat();
  // The pong was in the queue, behind the beat.
  hear();
  assert.equal(await judged(), false);
});

Deno.test("Heartbeat blames nobody for the main thread's own absence", async () => {
  using watch = watched();
  const { beat, judged } = watch;
  beat();
  beat(3_600_000_000);
  assert.equal(await judged(), false);
  for (let count = 0; count < 3; count++) beat();
  assert.equal(await judged(), false, "time that was nobody's is not counted later either");
  for (let count = 0; count < 3; count++) beat();
  assert.equal(await judged(), true);
});
