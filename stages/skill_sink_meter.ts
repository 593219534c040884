/**
 * The part of skillSink for providers while a metered job runs. When the run begins an increment, the time that it has used is stored. The
 * run is stopped when it has used one increment more than was paid. Its result is held until all increments that it began are paid.
 *
 * Run time is measured with a monotonic clock: a jump of the machine's clock asks for no payment and stops no run.
 *
 * @see docs/money.md#metered
 * @module
 */
import { begunIncrements, runsUntilMs } from "../protocols/nostr/metered.ts";
import type { JobRow } from "../store/job_row.ts";
import type { MeterRow } from "../store/meter_row.ts";
import type { Store } from "../store/store.ts";
import { isConflict } from "../store/store_error.ts";

/** The meter of one run. */
interface RunMeter extends Disposable {
  /** Aborted if the run is stopped because an increment was not paid. */
  readonly signal: AbortSignal;
  /**
   * Ends the meter of a finished run. With `held` it waits until all increments that the run began are paid, or the signal aborts. Returns
   * false if they were not paid, or if the run was stopped.
   */
  end(held: boolean, signal: AbortSignal): Promise<boolean>;
}

/** A held result costs no compute, so its payment may take this long. */
const HOLD_MS = 60_000;
const LOOK_MS = 250;
/** Added because a timer that fires slightly early would miss the start of an increment. */
const LATE_MS = 5;

/** Starts the meter of a run; null if the job is not metered. `now` is monotonic. */
export async function runMeter(
  store: Pick<Store, "meterOf" | "commit">,
  { eventId }: Pick<JobRow, "eventId">,
  now: () => number = () => performance.now(),
): Promise<RunMeter | null> {
  const first = await store.meterOf(eventId, "provider");
  if (first === null) return null;
  const incrementMs = first.seconds * 1_000;
  const stopped = new AbortController();
  const startedAt = now();
  const used = () => Math.floor(now() - startedAt);
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isEnded = false;
  const read = async (): Promise<MeterRow> => (await store.meterOf(eventId, "provider"))!;
  const write = (usedMs: number, stoppedAt: number | null = null) =>
    store.commit([{ op: "meterRun", eventId, usedMs, stoppedAt }]);
  /** Stops the run at the number of paid increments; false if another was paid at the same moment. */
  const stopAt = async (paid: number): Promise<boolean> => {
    try {
      await write(used(), paid);
    } catch (error) {
      if (!isConflict(error)) throw error;
      return false;
    }
    stopped.abort();
    return true;
  };
  const tick = async () => {
    const { paid, seconds } = await read();
    if (isEnded) return;
    if (used() >= runsUntilMs(paid, seconds)) {
      if (await stopAt(paid)) return;
    } else await write(used());
    watch();
  };
  /** Waits until the run begins its next increment. If the store fails, the run's own commit ends the stage. */
  const watch = () => {
    const leftMs = incrementMs - used() % incrementMs + LATE_MS;
    timer = setTimeout(() => void tick().catch(() => stopped.abort()), leftMs);
  };
  if (first.state === "over") stopped.abort();
  else {
    await write(0);
    watch();
  }
  return {
    signal: stopped.signal,
    async end(held, signal) {
      isEnded = true;
      clearTimeout(timer);
      if (stopped.signal.aborted) return false;
      if (!held) return true;
      const tookMs = used();
      await write(tookMs);
      for (const sinceMs = now(); !signal.aborted;) {
        const { paid, seconds } = await read();
        if (stopped.signal.aborted) return false;
        if (paid >= begunIncrements(tookMs, seconds)) return true;
        if (now() - sinceMs >= HOLD_MS && await stopAt(paid)) return false;
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
      return true;
    },
    [Symbol.dispose]() {
      isEnded = true;
      clearTimeout(timer);
    },
  };
}
