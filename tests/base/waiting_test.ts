/** What waits: for a condition, for the end of a task or of the program. */
import assert from "node:assert/strict";
import { pause } from "../../base/pause.ts";
import { Signal } from "../../base/signal.ts";
import { systemTimers } from "../../base/timers.ts";
import { unlessAborted, untilAborted } from "../../base/until_aborted.ts";

Deno.test("Signal.until() looks at its condition first, then after each wake, and wakes everybody", async () => {
  const signal = new Signal();
  await signal.until(() => true);
  let count = 0;
  let looks = 0;
  const both = Promise.all([
    signal.until(() => ++looks > 0 && count >= 2),
    signal.until(() => count >= 1),
  ]);
  signal.wake();
  await Promise.resolve();
  count = 1;
  signal.wake();
  await Promise.resolve();
  count = 2;
  signal.wake();
  await both;
  assert.ok(looks >= 2);
});

Deno.test("Signal.until() gives up after its time, and leaves no timer that it did not need", async () => {
  const signal = new Signal();
  const startMs = performance.now();
  await signal.until(() => false, 20);
  assert.ok(performance.now() - startMs >= 19);
  await signal.until(() => true, 3_600_000);
});

Deno.test("unlessAborted() gives the outcome, or the reason when it is aborted first, and drops a later failure", async () => {
  const { signal } = new AbortController();
  assert.equal(await unlessAborted(signal, Promise.resolve(5)), 5);
  await assert.rejects(unlessAborted(signal, Promise.reject(new Error("own"))), /own/);

  const stop = new AbortController();
  const work = Promise.withResolvers<number>();
  const ended = assert.rejects(unlessAborted(stop.signal, work.promise), /told to stop/);
  stop.abort(new Error("told to stop"));
  await ended;
  work.reject(new Error("nobody hears of this"));
  await assert.rejects(unlessAborted(stop.signal, Promise.withResolvers<never>().promise), /told/);
});

Deno.test("untilAborted() resolves at the abort, and at once after it", async () => {
  const stop = new AbortController();
  let done = false;
  const waiting = untilAborted(stop.signal).then(() => done = true);
  await Promise.resolve();
  assert.equal(done, false);
  stop.abort();
  await waiting;
  await untilAborted(stop.signal);
});

Deno.test("systemTimers run a task once, and not one that was cancelled", async () => {
  const ran: string[] = [];
  const cancel = systemTimers.after(0, () => ran.push("cancelled"));
  cancel();
  await new Promise<void>((resolve) => systemTimers.after(1, resolve));
  assert.deepEqual(ran, []);
  assert.ok(Math.abs(systemTimers.now() - Date.now()) < 60_000);
});

Deno.test("pause() ends after its time or at the signal, and at once if the signal is aborted already", async () => {
  const set = new Map<() => void, number>();
  const timers = {
    after(ms: number, task: () => void) {
      set.set(task, ms);
      return () => void set.delete(task);
    },
  };
  const leaving = new AbortController();
  const [passed, left] = [7, 8].map((ms) => pause(ms, leaving.signal, timers));
  assert.deepEqual([...set.values()], [7, 8]);
  [...set.keys()][0]();
  await passed;
  assert.deepEqual([...set.values()], [8]);
  leaving.abort();
  await left;
  assert.equal(set.size, 0, "an aborted wait leaves no timer");
  await pause(1_000_000, leaving.signal);
  await pause(1);
});
