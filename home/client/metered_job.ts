/**
 * What a buyer changes of a metered job that runs: it pauses it, lets it go on, or raises the most that it pays.
 *
 * @see docs/money.md#pauses
 * @module
 */
import { ControlError } from "../../base/control_error.ts";
import { incrementRow, turnRow } from "../../protocols/nostr/meter_orders.ts";
import { parseEvent } from "../../protocols/nostr/event.ts";
import { readQuote } from "../../protocols/nostr/job_quote.ts";
import { isPaused } from "../../protocols/nostr/turn_order.ts";
import { isEnded } from "../../protocols/job_status.ts";
import { decodeDocument } from "../../protocols/toon/decode.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import { isConflict } from "../../store/store_error.ts";
import type { Store } from "../../store/store.ts";

type Reads = Pick<Store, "getJob" | "meterOf" | "quoteOf" | "commit">;

/**
 * Commits the turn with its order, unless the job is paused already, or runs already. Throws ControlError `not_metered` and `job_over`;
 * rejects with `conflict` if the row was changed at the same moment.
 */
export async function turnJob(
  store: Reads,
  { jobId, paused, atMs }: {
    readonly jobId: string;
    readonly paused: boolean;
    readonly atMs: number;
  },
): Promise<void> {
  const { job, meter, destination } = await metered(store, jobId);
  // The provider has no meter before it took the first increment.
  if (meter.paid === 0) {
    throw new ControlError(
      "not_paid",
      `the first increment of job ${jobId} is not paid yet`,
      "give the command again",
    );
  }
  if (isPaused(meter.turns) === paused) return;
  const turn = meter.turns + 1;
  await store.commit([
    { op: "turnMeter", eventId: job.eventId, role: "buyer", turn, atMs },
    { op: "addOutbox", row: turnRow(job, turn, { provider: meter.party, destination, atMs }) },
  ]);
}

/**
 * Raises the most increments that the buyer pays; without effect if it is as high already. If all that it would pay were paid before, the order of the next one comes in the same
 * commit. Throws as {@link turnJob}.
 */
export async function topUpJob(store: Reads, asked: TopUp): Promise<void> {
  for (let conflicts = 0;; conflicts++) {
    try {
      return await topUpOnce(store, asked);
    } catch (error) {
      // An increment was booked between reading and writing, so read again.
      if (!isConflict(error) || conflicts >= MAX_CONFLICTS) throw error;
    }
  }
}

/** A job, and the most increments that are paid for it from now on. */
interface TopUp {
  readonly jobId: string;
  readonly most: number;
  readonly atMs: number;
}

const MAX_CONFLICTS = 4;

async function topUpOnce(store: Reads, { jobId, most, atMs }: TopUp): Promise<void> {
  const { job, meter, destination } = await metered(store, jobId);
  const { eventId } = job;
  const { paid } = meter;
  const next = paid + 1;
  if (most <= meter.most) return;
  await store.commit([
    { op: "topUpMeter", eventId, most, paid },
    ...meter.paid > 0 && meter.paid >= meter.most && most >= next
      ? [{
        op: "addOutbox" as const,
        row: incrementRow(job, { number: next, units: meter.incrementUnits }, {
          provider: meter.party,
          destination,
          atMs,
        }),
      }]
      : [],
  ]);
}

async function metered(
  store: Reads,
  jobId: string,
): Promise<{ readonly job: JobRow; readonly meter: MeterRow; readonly destination: string }> {
  const job = await store.getJob(jobId, "buyer");
  if (job === null) throw new ControlError("not_found", `there is no job ${jobId} in this home`);
  const [meter, quote] = await Promise.all([
    store.meterOf(job.eventId, "buyer"),
    store.quoteOf(job.eventId),
  ]);
  if (meter === null || quote === null) {
    throw new ControlError("not_metered", `job ${jobId} is not paid while it runs`);
  }
  if (isEnded(job.status)) {
    throw new ControlError("job_over", `job ${jobId} has already ended: ${job.status}`);
  }
  const { ilpAddress } = readQuote(parseEvent(decodeDocument(quote.quote).event));
  return { job, meter, destination: ilpAddress };
}
