import assert from "node:assert/strict";
import { scheduleOf } from "./schedule.ts";
import { shrink } from "./shrink.ts";

Deno.test("shrink() leaves what a failure needs and nothing else", async () => {
  const schedule = {
    ...scheduleOf(1),
    jobs: [1, 2, 3].map((afterMs) => ({ kind: "plain", twice: false, afterMs } as const)),
    deaths: (["payer.sent", "relay.stored", "payer.closed"] as const)
      .map((point) => ({ role: "hub", point, nth: 1, downMs: 0 } as const)),
    kill: { role: "buyer", afterMs: 5 } as const,
    leapMs: 45_000,
  };
  const small = await shrink(schedule, ({ deaths, jobs }) =>
    Promise.resolve(
      deaths.some(({ point }) => point === "relay.stored") &&
        jobs.some(({ afterMs }) => afterMs === 2),
    ));
  assert.deepEqual(small.deaths.map(({ point }) => point), ["relay.stored"]);
  assert.deepEqual(small.jobs.map(({ afterMs }) => afterMs), [2]);
  assert.deepEqual([small.kill, small.leapMs, small.weather.lost], [null, 0, 0]);
});
