/**
 * jobSource: events that this home wants to publish or pay, unsigned. Run alone, it builds one event from a job's flags, file or text
 * (`spec`). In a pipeline, it reads the store's outbox, in which a job is durable before anything of it leaves.
 *
 * Holds at most 64 rows, and reads more when the pipeline asks. A row stays pending until the sink has settled it in the store, so a
 * restarted source finds it again. The sink uses the known `outbox_id` to ignore a row that it is still processing. A row that the sink
 * settled as `failed` is still pending and comes again after 1 s, doubled each time up to 30 s; an increment that is not due yet comes
 * again after 1 s each time. At most 1,024 rows wait in this way; further ones come again when the source next starts.
 *
 * @module
 */
import type { DeclaredPermissions } from "../base/service.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { Store } from "../store/store.ts";
import type { OutboxRow } from "../store/job_row.ts";
import { NOT_DUE } from "../protocols/nostr/metered.ts";
import { type Batch, defineStage, type Item, type Settlement, type StageContext } from "./stage.ts";

/** The source of the events. */
interface JobSourceOptions {
  /** Flags of one job, as `market` reads them. The source ends after this job. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** With the outbox: continue after it is empty. */
  readonly follow?: boolean;
}

/** The services that the stage needs: the store for an outbox, the intake for a spec. */
export interface JobSourceServices {
  readonly store?: Pick<Store, "pendingOutbox">;
  readonly intake?: { build(spec: Readonly<Record<string, unknown>>): Promise<UnsignedEvent> };
}

const BATCH_ROWS = 64;
/** A new row ends the wait. The limit frees the store's waiter if this source is gone. */
const WAIT_MS = 30_000;
/** The limit while rows are unsettled, because one that fails comes again. */
const BUSY_WAIT_MS = 1_000;
const MAX_WAITING = 1_024;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;

/**
 * Makes the stage. Output: JSON of unsigned (or signed) events; knows `outbox_id`, `purpose`, `destination`, `terminal`, `job_id`,
 * `amount_units`.
 */
export function jobSource(
  options: JobSourceOptions,
  services: JobSourceServices,
  context: StageContext,
): ReadableStream<Batch> {
  if (options.spec) return specSource(options.spec, services);
  const { store } = services;
  if (!store) throw new TypeError("jobSource needs a spec or a store");
  const repeats = new Repeats(context.clock);
  context.settlements.onSettled((settled) => repeats.settled(settled));
  let after = 0;
  let stopped = false;

  const nextRows = async (): Promise<OutboxRow[]> => {
    const due = repeats.due();
    if (due.length > 0) {
      const found = await Promise.all(due.map((id) => store.pendingOutbox(id - 1, 1, 0)));
      return found.flat().filter(({ outboxId }, at) => outboxId === due[at]);
    }
    const waitMs = options.follow
      ? Math.min(repeats.areOut ? BUSY_WAIT_MS : WAIT_MS, repeats.nextInMs())
      : 0;
    const rows = await store.pendingOutbox(after, BATCH_ROWS, waitMs);
    after = rows.at(-1)?.outboxId ?? after;
    return rows;
  };

  return new ReadableStream<Batch>({
    async pull(controller) {
      while (!stopped && !context.signal.aborted) {
        const rows = await nextRows();
        if (stopped) return;
        if (rows.length > 0) {
          controller.enqueue(rows.map((row) => toItem(row, repeats.sent(row.outboxId))));
          return;
        }
        if (!options.follow) break;
      }
      if (!stopped) controller.close();
    },
    cancel: () => void (stopped = true),
  }, { highWaterMark: 0 });
}

/** Decides which rows come again, and when. */
class Repeats {
  readonly #clock: () => number;
  /** Unsettled rows by sequence number; limited by the pipeline. */
  readonly #out = new Map<number, number>();
  readonly #waiting = new Map<number, { readonly sinceMs: number; readonly pauseMs: number }>();
  /** The last pause of each row that failed. */
  readonly #pauses = new Map<number, number>();
  #seq = 0;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Records that a row is sent; returns its sequence number. */
  sent(outboxId: number): number {
    this.#out.set(++this.#seq, outboxId);
    return this.#seq;
  }

  /** Whether a row is unsettled, and so may still fail. */
  get areOut(): boolean {
    return this.#out.size > 0;
  }

  settled(settled: readonly Settlement[]): void {
    for (const { seq, outcome, detail } of settled) {
      const outboxId = this.#out.get(seq);
      if (outboxId === undefined) continue;
      this.#out.delete(seq);
      // This is no failure: an increment of a metered job is tried once a second until it is due.
      const pauseMs = detail === NOT_DUE ? FIRST_PAUSE_MS : Math.min(
        MAX_PAUSE_MS,
        (this.#pauses.get(outboxId) ?? FIRST_PAUSE_MS / 2) * 2,
      );
      this.#pauses.delete(outboxId);
      if (outcome !== "failed" || this.#waiting.size >= MAX_WAITING) continue;
      this.#pauses.set(outboxId, pauseMs);
      this.#waiting.set(outboxId, { sinceMs: this.#clock(), pauseMs });
    }
  }

  /** Rows whose pause has ended, at most one batch. */
  due(): number[] {
    const nowMs = this.#clock();
    // If the clock was set back, the pause counts as ended, because asking again does no harm.
    const due = [...this.#waiting]
      .filter(([, { sinceMs, pauseMs }]) => nowMs >= sinceMs + pauseMs || nowMs < sinceMs)
      .slice(0, BATCH_ROWS).map(([outboxId]) => outboxId);
    for (const outboxId of due) this.#waiting.delete(outboxId);
    return due;
  }

  nextInMs(): number {
    let nextMs = Infinity;
    for (const { sinceMs, pauseMs } of this.#waiting.values()) {
      nextMs = Math.min(nextMs, sinceMs + pauseMs);
    }
    return Math.max(1, Math.ceil(nextMs - this.#clock()));
  }
}

function specSource(
  spec: Readonly<Record<string, unknown>>,
  services: JobSourceServices,
): ReadableStream<Batch> {
  return new ReadableStream<Batch>({
    async pull(controller) {
      if (!services.intake) throw new TypeError("jobSource needs the intake to read a spec");
      const event = await services.intake.build(spec);
      const bytes = new TextEncoder().encode(JSON.stringify(event));
      controller.enqueue([{ seq: 1, bytes, known: { kind: event.kind, purpose: "write" } }]);
      controller.close();
    },
  }, { highWaterMark: 0 });
}

function toItem(row: OutboxRow, seq: number): Item {
  return {
    seq,
    bytes: row.event,
    known: {
      outbox_id: row.outboxId,
      purpose: row.purpose,
      destination: row.destination,
      terminal: row.terminalPubkey,
      ...(row.jobId === null ? {} : { job_id: row.jobId }),
      ...(row.amountUnits === null ? {} : { amount_units: String(row.amountUnits) }),
    },
  };
}

/** The stage for its host. */
export const definition = defineStage<JobSourceOptions, JobSourceServices>({
  name: "job-source",
  role: "source",
  services: ["store", "intake"],
  permissions: (): DeclaredPermissions => ({}),
  create: jobSource,
});
