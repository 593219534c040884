/**
 * What prepareSink writes down of each document before it is settled: the outbox row, and for a job its status and cost.
 *
 * @module
 */
import type { Change, JobRow, JobStatus, Store } from "../services/store/store.ts";
import type { Item, StageContext } from "./stage.ts";
import type { SinkOutcome } from "./prepare_sink.ts";

/** The book keeping of one sink. */
export interface Bookkeeper {
  /** Makes the outcome durable: the outbox row and the job in one commit. */
  settle(item: Item, outcome: SinkOutcome): Promise<void>;
  /** What is known of a request's write when this process did not make it. */
  postedBefore(item: Item, eventId: string): Promise<SinkOutcome>;
}

/** Makes the book keeping. Jobs' costs are added up one document after another, so that none is lost. */
export function bookkeeper(store: Store, context: Pick<StageContext, "clock">): Bookkeeper {
  let last: Promise<unknown> = Promise.resolve();

  const record = async (item: Item, outcome: SinkOutcome) => {
    const changes: Change[] = [];
    if (typeof item.known.outbox_id === "number") {
      changes.push({
        op: "settleOutbox",
        outboxId: item.known.outbox_id,
        state: outcome.state === "done" ? "done" : "failed",
        detail: outcome.state === "done" ? outcome.detail : `${outcome.code}: ${outcome.message}`,
      });
    }
    const jobId = item.known.job_id;
    if (typeof jobId === "string") {
      const job = await store.getJob(jobId);
      if (job) {
        const patch = patchOf(item, outcome, job, context.clock());
        if (patch) changes.push({ op: "patchJob", jobId: job.jobId, role: job.role, patch });
      }
    }
    if (changes.length > 0) await store.commit(changes);
  };

  return {
    settle(item, outcome) {
      const mine = last.then(() => record(item, outcome));
      last = mine.catch(() => undefined);
      return mine;
    },
    async postedBefore(item, eventId) {
      const rows = await store.outgoingByObligation(`write:${eventId}`);
      if (rows.some((row) => row.state === "fulfilled")) {
        return { state: "done", units: 0n, detail: "posted before" };
      }
      const job = typeof item.known.job_id === "string"
        ? await store.getJob(item.known.job_id)
        : null;
      return job && job.status !== "created"
        ? { state: "done", units: 0n, detail: "posted before" }
        : { state: "refused", code: "not_posted", message: "the request is not on the relay" };
    },
  };
}

const BEFORE_POSTED: readonly JobStatus[] = ["created"];
const BEFORE_PAID: readonly JobStatus[] = ["created", "posted", "quoted"];

function patchOf(
  item: Item,
  outcome: SinkOutcome,
  job: JobRow,
  nowMs: number,
): Partial<JobRow> | null {
  const isRequest = item.known.id === job.eventId;
  if (outcome.state === "done") {
    if (item.known.purpose === "job") {
      return {
        jobPaid: true,
        updatedAtMs: nowMs,
        ...(BEFORE_PAID.includes(job.status) ? { status: "paid" as const } : {}),
      };
    }
    return {
      writeUnits: job.writeUnits + outcome.units,
      updatedAtMs: nowMs,
      ...(isRequest && job.role === "buyer" && BEFORE_POSTED.includes(job.status)
        ? { status: "posted" as const }
        : {}),
    };
  }
  // A provider's result that could not be published leaves its job as it ran; the outbox row says what failed.
  if (job.role !== "buyer" || !isRequest) return null;
  if (!BEFORE_PAID.includes(job.status)) return null;
  return {
    status: outcome.state === "unknown" ? "unknown" : "refused",
    errorCode: outcome.code,
    errorMessage: outcome.message,
    updatedAtMs: nowMs,
  };
}
