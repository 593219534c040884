/**
 * The part of skillSink for providers while a metered job runs. When the run begins an increment, what it has used is stored. Its result is
 * held until all increments that it began are paid. While its buyer pauses it, its processes stand still and no time counts.
 *
 * - A run that is paid by time is stopped when it has used one increment more than was paid. The time is measured with a monotonic clock: a
 *   jump of the machine's clock asks for no payment and stops no run.
 * - A run that is paid by output stands still when it has printed one increment more than was paid, and goes on when the next one is paid.
 *   What it prints until it stands still is held. It is stopped if that takes more than a minute, or if no more can be paid.
 *
 * @see docs/money.md#metered
 * @module
 */
import {
  INCREMENT_UNPAID,
  owedIncrements,
  PAUSED_TOO_LONG,
  runsUntilMs,
  sendsUntilBytes,
} from "../protocols/nostr/metered.ts";
import { isPaused } from "../protocols/nostr/turn_order.ts";
import { type Pausing, RunPause } from "../base/pausing.ts";
import { systemTimers, type Timers } from "../base/timers.ts";
import { ownOutputFrom } from "../protocols/nostr/job_log.ts";
import type { JobRow } from "../store/job_row.ts";
import type { MeterRow } from "../store/meter_row.ts";
import type { Store } from "../store/store.ts";
import { isConflict } from "../store/store_error.ts";

/** Why a run was stopped, in words for its buyer. */
export const METER_ENDS = {
  [INCREMENT_UNPAID]: "it was stopped: its next increment was not paid",
  [PAUSED_TOO_LONG]: "it was stopped: it was paused for more than 10 minutes",
} as const;

/** Why a run was stopped. */
export type MeterEnd = keyof typeof METER_ENDS;

/** The meter of one run. */
interface RunMeter extends Disposable {
  /** Aborted if the run is stopped because an increment was not paid, or because it was paused for too long. */
  readonly signal: AbortSignal;
  /** Whether the run is paused. */
  readonly pausing: Pausing;
  /** Takes the number of bytes that the run printed. Without effect if the run is paid by time. */
  printed(bytes: number): void;
  /**
   * Ends the meter of a finished run. With `held` it waits until all increments that the run began are paid, or the signal aborts. Returns
   * why there is no result, or null.
   */
  end(held: boolean, signal: AbortSignal): Promise<MeterEnd | null>;
}

/** A held result, or a run that stands still, costs no compute, so its payment may take this long. */
const HOLD_MS = 60_000;
const LOOK_MS = 250;
/** Added because a timer that fires slightly early would miss the start of an increment. */
const LATE_MS = 5;
/** How long a run may be paused, all pauses together: meanwhile it holds memory and a place, and pays nothing. */
const MAX_PAUSED_MS = 600_000;

/** Starts the meter of a run; null if the job is not metered. `now` is monotonic, and `after` is of the same time. */
export async function runMeter(
  store: Pick<Store, "meterOf" | "commit" | "jobLog">,
  { eventId, jobId }: Pick<JobRow, "eventId" | "jobId">,
  now: () => number = () => performance.now(),
  after: Timers["after"] = systemTimers.after,
): Promise<RunMeter | null> {
  const first = await store.meterOf(eventId, "provider");
  if (first === null) return null;
  const { seconds, kib } = first;
  const stopped = new AbortController();
  const pausing = new RunPause();
  const startedAt = now();
  /** The time of ended pauses, and when the present one began. */
  const pause = { passedMs: 0, since: null as number | null };
  /** The paid increments, as they were read last. */
  let known = first.paid;
  /** The output of the run, and since when it stands still because it is ahead of the payments. */
  const output = { bytes: 0, aheadSince: null as number | null };
  const pausedMs = () => pause.passedMs + (pause.since === null ? 0 : now() - pause.since);
  /** The time without the pauses of the buyer. */
  const ownMs = () => now() - startedAt - pausedMs();
  /** What the run had used at its end. A result that waits for its payment uses nothing more. */
  let usedAtEnd: number | null = null;
  const used = () => usedAtEnd ?? (kib > 0 ? output.bytes : Math.floor(ownMs()));
  const owed = (of: number) => owedIncrements({ seconds, kib, usedMs: of, usedBytes: of });
  let cancel = () => {};
  let isEnded = false;
  let why: MeterEnd = "increment_unpaid";
  const write = (used: number, stoppedAt: number | null = null, fromByte?: number) =>
    store.commit([{ op: "meterRun", eventId, used, fromByte, stoppedAt }]);
  /** Stops the run at the number of paid increments; false if another was paid at the same moment. */
  const stopAt = async (paid: number, code: MeterEnd): Promise<boolean> => {
    try {
      await write(used(), paid);
    } catch (error) {
      if (!isConflict(error)) throw error;
      return false;
    }
    why = code;
    stopped.abort();
    return true;
  };
  /** Lets the processes stand still: for their buyer, or because they are ahead of the payments. */
  const hold = () => {
    const isAhead = kib > 0 && !isEnded && output.bytes >= sendsUntilBytes(known, kib);
    output.aheadSince = isAhead ? output.aheadSince ?? ownMs() : null;
    pausing.set(isAhead || pause.since !== null);
  };
  /** Reads the meter, and follows its pauses and payments. */
  const look = async (): Promise<MeterRow> => {
    const row = (await store.meterOf(eventId, "provider"))!;
    if (isPaused(row.turns) && pause.since === null) pause.since = now();
    if (!isPaused(row.turns) && pause.since !== null) {
      pause.passedMs += now() - pause.since;
      pause.since = null;
    }
    known = row.paid;
    hold();
    return row;
  };
  const isLong = () => pause.since !== null && pausedMs() >= MAX_PAUSED_MS;
  /** Whether the run has used up what it may use. */
  const isSpent = ({ paid, most }: MeterRow): boolean => {
    if (kib === 0) return used() >= runsUntilMs(paid, seconds);
    const { aheadSince } = output;
    return aheadSince !== null && (paid >= most || ownMs() - aheadSince >= HOLD_MS);
  };
  let begun = 1;
  const tick = async () => {
    const row = await look();
    if (isEnded) return;
    if (isLong()) {
      if (await stopAt(row.paid, "paused_too_long")) return;
    } else if (pause.since === null) {
      const total = used();
      const begins = owed(total) > begun;
      begun = Math.max(begun, owed(total));
      if (isSpent(row) && await stopAt(row.paid, "increment_unpaid")) return;
      if (begins) await write(total);
    }
    watch();
  };
  /** Waits until the run begins its next increment, or its meter may have changed. If the store fails, the run's own commit ends the stage. */
  const watch = () => {
    const leftMs = kib > 0 ? LOOK_MS : seconds * 1_000 - used() % (seconds * 1_000) + LATE_MS;
    cancel = after(Math.min(leftMs, LOOK_MS), () => void tick().catch(() => stopped.abort()));
  };
  if (first.state === "over") stopped.abort();
  else {
    const from = kib > 0
      ? ownOutputFrom((await store.jobLog(jobId, "provider", Number.MAX_SAFE_INTEGER, 0)).endBytes)
      : undefined;
    await write(0, null, from);
    await look();
    watch();
  }
  return {
    signal: stopped.signal,
    pausing,
    printed(bytes) {
      if (kib === 0) return;
      output.bytes += bytes;
      hold();
    },
    async end(held, signal) {
      isEnded = true;
      cancel();
      if (stopped.signal.aborted) return why;
      if (!held) return null;
      const total = usedAtEnd = used();
      await write(total);
      // The buyer pays nothing during a pause, so the result is held for longer.
      for (const sinceMs = ownMs(); !signal.aborted;) {
        const { paid, most } = await look();
        if (stopped.signal.aborted) return why;
        if (paid >= owed(total)) return null;
        if (isLong() && await stopAt(paid, "paused_too_long")) return why;
        const isOver = ownMs() - sinceMs >= HOLD_MS || kib > 0 && paid >= most;
        if (isOver && await stopAt(paid, "increment_unpaid")) return why;
        await new Promise<void>((resolve) => after(LOOK_MS, resolve));
      }
      return null;
    },
    [Symbol.dispose]() {
      isEnded = true;
      cancel();
    },
  };
}
