/**
 * jobSource: what this home wants to publish or pay, as unsigned events. One-off: from one job's flags, file or text (`spec`).
 * In a pipeline: from the store's outbox, where a job is durable before anything of it leaves.
 *
 * Holds at most 64 rows; reads on when the pipeline asks. A row stays pending until the sink settled it in the store, so a
 * source that starts again finds it again; `outbox_id` in what it knows lets the sink drop what it is still busy with.
 *
 * @module
 */
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import type { OutboxRow, Store } from "../services/store/store.ts";
import {
  type Batch,
  defineStage,
  type Item,
  type StageContext,
  type StagePermissions,
} from "./stage.ts";

/** Where the events come from. */
export interface JobSourceOptions {
  /** Flags of one job, as `services/market` reads them; then the source ends. */
  readonly spec?: Readonly<Record<string, unknown>>;
  /** Paths that `spec` names: the only ones the stage may read. */
  readonly inputPaths?: readonly string[];
  /** With the outbox: go on after it is empty. */
  readonly follow?: boolean;
}

/** What the stage asks for: the store for an outbox, the intake for a spec. */
export interface JobSourceServices {
  readonly store?: Pick<Store, "pendingOutbox">;
  readonly intake?: { build(spec: Readonly<Record<string, unknown>>): Promise<UnsignedEvent> };
}

const BATCH_ROWS = 64;
const WAIT_MS = 1_000;

/** Makes the stage. Out: JSON of unsigned (or signed) events; knows `outbox_id`, `purpose`, `destination`, `terminal`, `job_id`, `amount_units`. */
export function jobSource(
  options: JobSourceOptions,
  services: JobSourceServices,
  context: StageContext,
): ReadableStream<Batch> {
  if (options.spec) return specSource(options.spec, services);
  const { store } = services;
  if (!store) throw new TypeError("jobSource needs a spec or a store");
  let after = 0;
  return new ReadableStream<Batch>({
    async pull(controller) {
      while (!context.signal.aborted) {
        const rows = await store.pendingOutbox(after, BATCH_ROWS, options.follow ? WAIT_MS : 0);
        if (rows.length > 0) {
          after = rows[rows.length - 1].outboxId;
          controller.enqueue(rows.map(toItem));
          return;
        }
        if (!options.follow) break;
      }
      controller.close();
    },
  }, { highWaterMark: 0 });
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

function toItem(row: OutboxRow): Item {
  return {
    seq: row.outboxId,
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

/** For the host. */
export const definition = defineStage<JobSourceOptions, JobSourceServices>({
  name: "job-source",
  role: "source",
  services: ["store", "intake"],
  permissions: (options): StagePermissions =>
    options.spec ? { read: options.inputPaths ?? [], run: ["git"] } : {},
  create: jobSource,
});
