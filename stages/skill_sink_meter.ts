/**
 * skillSink on the provider's side, while a metered job runs: what the run has used is written down as it begins each increment, it stops
 * when it has used one increment more than was paid for, and its result is held until all that it began is paid.
 *
 * Run time is counted by a clock that nobody sets: a leap of the machine's clock asks for no payment, and stops no run.
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
  /** Aborted when the run is stopped, because an increment was not paid. */
  readonly signal: AbortSignal;
  /**
   * The run is over. With `held` it waits until all is paid that the run began, or the signal is aborted. False where that was not
   * paid, and where the run was stopped.
   */
  end(held: boolean, signal: AbortSignal): Promise<boolean>;
}

/** A held result costs no compute: its payment is waited for so long. */
const HOLD_MS = 60_000;
const LOOK_MS = 250;
/** A timer that comes a moment early would miss the increment that begins. */
const LATE_MS = 5;

/** Starts the meter of a run; null where the job is not metered. `now` only ever goes on. */
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
  /** Stops it at what was paid; false where more came in the same moment. */
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
  /** Until the run begins its next increment. A store that fails ends the stage at the run's own commit. */
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
