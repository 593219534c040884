import assert from "node:assert/strict";
import fc from "fast-check";
import { lightTimers } from "../../runtime/light_timers.ts";

/** A clock that stands still until it is moved, with the wakes that are set for it. */
function standing() {
  let nowMs = 0;
  let wakes: { readonly atMs: number; readonly wake: () => void }[] = [];
  let set = 0;
  const timers = lightTimers(
    (ms, wake) => {
      set++;
      wakes.push({ atMs: nowMs + ms, wake });
    },
    () => nowMs,
    (wake) => wakes.push({ atMs: nowMs, wake }),
  );
  return {
    timers,
    /** How many wakes were set so far. */
    get set() {
      return set;
    },
    /** How many wakes are set now. */
    get pending() {
      return wakes.length;
    },
    now: () => nowMs,
    /** Moves the clock, wake by wake. */
    to(ms: number) {
      for (;;) {
        const next = wakes.toSorted((a, b) => a.atMs - b.atMs)[0];
        if (next === undefined || next.atMs > ms) break;
        nowMs = Math.max(nowMs, next.atMs);
        wakes = wakes.filter((each) => each !== next);
        next.wake();
      }
      nowMs = ms;
    },
  };
}

Deno.test("light timers run at their time, the earlier first, with their arguments", () => {
  const clock = standing();
  const ran: string[] = [];
  const note = (...args: unknown[]) => void ran.push(`${args.join(" ")} ${clock.now()}`);
  clock.timers.setTimeout(note, 30, "late");
  clock.timers.setTimeout(note, 10, "early", 1);
  clock.timers.setTimeout(note, 10, "early", 2);
  clock.timers.setTimeout(note, undefined, "at once");
  clock.to(9);
  assert.deepEqual(ran, ["at once 0"]);
  clock.to(40);
  assert.deepEqual(ran, ["at once 0", "early 1 10", "early 2 10", "late 30"]);
});

Deno.test("light timers repeat until they are cleared, also by their own task", () => {
  const clock = standing();
  let ran = 0;
  const id = clock.timers.setInterval(() => {
    if (++ran === 3) clock.timers.clearInterval(id);
  }, 10);
  clock.to(100);
  assert.equal(ran, 3);
});

Deno.test("light intervals of whole seconds share their wakes, whenever they were begun, and keep their distance", () => {
  const clock = standing();
  const ran: Record<string, number[]> = { second: [], three: [], odd: [] };
  clock.to(130);
  clock.timers.setInterval(() => void ran.second.push(clock.now()), 1_000);
  clock.to(780);
  clock.timers.setInterval(() => void ran.three.push(clock.now()), 3_000);
  clock.timers.setInterval(() => void ran.odd.push(clock.now()), 2_500);
  clock.to(10_000);
  assert.deepEqual(ran, {
    second: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((s) => s * 1_000),
    three: [4_000, 7_000, 10_000],
    odd: [3_280, 5_780, 8_280],
  });
  // One for each second and its turn, and those of the interval that is not of whole seconds.
  assert.ok(clock.set <= 17, `${clock.set} wakes`);
});

Deno.test("a task of light timers that throws stops no other, and its error is thrown where the platform calls", () => {
  const clock = standing();
  let ran = 0;
  clock.timers.setTimeout(() => {
    throw new Error("broken");
  }, 5);
  clock.timers.setTimeout(() => void ran++, 5);
  assert.throws(() => clock.to(10), /broken/);
  clock.to(10);
  assert.equal(ran, 1);
});

Deno.test("light timers set one wake for a thousand that wait equally long, and hold few that were cleared", () => {
  const clock = standing();
  for (let n = 0; n < 1_000; n++) {
    clock.to(n);
    const id = clock.timers.setTimeout(() => assert.fail("it was cleared"), 30_000);
    if (n > 0) clock.timers.clearTimeout(id);
    else clock.timers.setTimeout(() => {}, 30_000);
    if (n === 0) clock.timers.clearTimeout(id);
  }
  assert.equal(clock.set, 1);
  clock.to(100_000);
  assert.equal(clock.pending, 0);
});

Deno.test({
  name:
    "light timers that are due together need one wake, and promises of one come before the next one",
  // The channel between their turns lasts as long as the thread.
  sanitizeOps: false,
  sanitizeResources: false,
  async fn() {
    let wakes = 0;
    const { setTimeout } = lightTimers((ms, wake) => {
      wakes++;
      AbortSignal.timeout(ms).addEventListener("abort", wake);
    });
    const ran: string[] = [];
    await new Promise<void>((resolve) => {
      for (let n = 0; n < 500; n++) {
        setTimeout(() => {
          ran.push(`task ${n}`);
          void Promise.resolve().then(() => {
            ran.push(`promise ${n}`);
            if (n === 499) resolve();
          });
        }, 5);
      }
    });
    const want = Array.from({ length: 500 }, (_, n) => [`task ${n}`, `promise ${n}`]).flat();
    assert.deepEqual(ran, want);
    // One for the first, one for each that was found to be due later than the wake before.
    assert.ok(wakes < 50, `${wakes} wakes`);
  },
});

Deno.test("a hosted worker has these timers: Deno's own return an object", async () => {
  const worker = new Worker(new URL("./timers_worker.ts", import.meta.url), {
    type: "module",
    deno: { permissions: "none" },
  });
  try {
    const { kind, tookMs } = await new Promise<{ kind: string; tookMs: number }>(
      (resolve, reject) => {
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      },
    );
    assert.equal(kind, "number");
    assert.ok(tookMs >= 20, `it ran after ${tookMs} ms`);
  } finally {
    worker.terminate();
  }
});

Deno.test("property: each of any light timers runs once, at its time, in order, unless it was cleared before", () => {
  const step = fc.oneof(
    fc.record({ op: fc.constant("set" as const), ms: fc.integer({ min: -5, max: 200 }) }),
    fc.record({ op: fc.constant("clear" as const), which: fc.nat(60) }),
    fc.record({ op: fc.constant("move" as const), ms: fc.integer({ min: 0, max: 80 }) }),
  );
  fc.assert(fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
    const clock = standing();
    const want = new Map<number, number>();
    const ran: number[] = [];
    let lastMs = 0;
    for (const each of [...steps, { op: "move" as const, ms: 1_000 }]) {
      if (each.op === "clear") {
        clock.timers.clearTimeout(each.which);
        want.delete(each.which);
      } else if (each.op === "move") {
        clock.to(clock.now() + each.ms);
        assert.ok([...want.values()].every((atMs) => atMs > clock.now()), "one that is due waits");
      } else {
        const atMs = clock.now() + Math.max(0, each.ms);
        const id: number = clock.timers.setTimeout(() => {
          assert.equal(want.get(id), clock.now(), "not at its time, cleared, or a second time");
          assert.ok(atMs >= lastMs, "an earlier one came later");
          lastMs = atMs;
          want.delete(id);
          ran.push(id);
        }, each.ms);
        want.set(id, atMs);
      }
    }
    assert.equal(want.size, 0);
    assert.equal(clock.pending, 0);
    assert.equal(new Set(ran).size, ran.length);
  }));
});
