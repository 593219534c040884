/**
 * What prepareSink records for each document before it settles it: the outbox row, and for a job its status and cost.
 *
 * @module
 */
import { wireOf } from "../protocols/wires/wires.ts";
import { isConflict } from "../store/store_error.ts";
import type { Delivery } from "../store/delivery_row.ts";
import type { Change } from "../store/store.ts";
import { countsAsPaid } from "../protocols/ilp/packet_state.ts";
import { isEnded, isPosted, isUnpaid, isUnposted } from "../protocols/job_status.ts";
import type { JobRow } from "../store/job_row.ts";
import type { LatePacket } from "../store/packet_row.ts";
import {
  DELETION_KIND,
  DELIVERY_ORDER_KIND,
  INCREMENT_ORDER_KIND,
} from "../protocols/nostr/kinds.ts";
import type {
  PrepareSinkOptions,
  PrepareSinkServices,
  SinkOutcome,
} from "./prepare_sink_services.ts";
import { openedChanges } from "./prepare_sink_opened.ts";
import { isIncrement, meterChanges } from "./prepare_sink_increments.ts";
import { deliveryLook } from "./prepare_sink_look.ts";
import { answeredChanges, declinedBy } from "./prepare_sink_refused.ts";
import { isLate, isOrder, mayComeRight } from "./prepare_sink_retry.ts";
import { shorterResult } from "./prepare_sink_shorter.ts";
import { WrittenJobs } from "./prepare_sink_written.ts";
import type { Item, StageContext } from "./stage.ts";

/** The records of one sink. */
export interface Bookkeeper {
  /** The outbox row and the job of a document as they are now; `pending` is true if it has no row. A row is settled and counted once. */
  look(item: Item): Promise<Delivery>;
  /**
   * Makes the outcome durable: outbox row and job in one commit. `kept`: the row stays pending, because it may still succeed before the
   * job's deadline. Rejects with the StoreError if the commit failed. `seen`: what was read before the delivery.
   */
  settle(item: Item, outcome: SinkOutcome, seen: Delivery): Promise<"settled" | "kept">;
  /** What is known of a request's write that is not in progress here. */
  postedBefore(item: Item, eventId: string): Promise<SinkOutcome>;
  /**
   * A refusal if the buyer's job ended before anything was sent for this obligation, for example if it was cancelled; otherwise null.
   * `seen`: what was just read.
   */
  overBefore(item: Item, obligation: string, seen?: Delivery): Promise<SinkOutcome | null>;
}

/** The request's write is paid but the relay does not show it, or its outcome is not known yet. */
export const NOT_POSTED_YET: SinkOutcome = {
  state: "unknown",
  code: "not_posted_yet",
  message: "the request may not be on the relay yet, so the provider was not paid",
};

/** How often a commit is tried if others change its rows meanwhile. */
const MAX_CONFLICTS = 4;

/**
 * Makes the records. A job's costs are added one document after another, so that none is lost. Documents of different jobs share commits.
 *
 * Held: a promise for each job with a commit in progress, and the rows of the 64 jobs that were written last.
 */
export function bookkeeper(
  { store, results }: Pick<PrepareSinkServices, "store" | "results">,
  wire: PrepareSinkOptions["wire"],
  context: Pick<StageContext, "clock">,
): Bookkeeper {
  const turns = new Map<string, Promise<unknown>>();
  const written = new WrittenJobs();

  const look = deliveryLook(store);

  /**
   * If a provider cannot be reached, waiting for it makes sense only if no other provider would be asked. Nobody else can sell the key or the
   * run time that this provider was paid for, and a refused claim is not the provider's.
   */
  const asksNext = async (item: Item, outcome: SinkOutcome, job: JobRow | null) =>
    outcome.state === "refused" && !outcome.ofClaim && item.known.purpose === "job" &&
    !isOrder(item) && !isIncrement(item) &&
    job !== null && job.role === "buyer" && await store.mayPassOn(job.jobId);

  /**
   * The job of a delivered document as it should be now. The commit is refused if it is not, so nothing is read again before. Null if it
   * must be read.
   */
  const expected = (item: Item, outcome: SinkOutcome, seen: Delivery): JobRow | null => {
    const job = jobOf(item, seen);
    if (job === null || outcome.state !== "done" || isOrder(item) || isIncrement(item)) return null;
    return written.newer(job);
  };

  const record = async (item: Item, outcome: SinkOutcome, before: Delivery) => {
    for (let conflicts = 0;; conflicts++) {
      const likely = conflicts === 0 ? expected(item, outcome, before) : null;
      const seen = likely === null ? await look(item) : before;
      if (!seen.pending) return "settled";
      const job = likely ?? jobOf(item, seen);
      const shorter = shorterResult(item, outcome, context.clock());
      const keep = shorter === null && mayComeRight(item, outcome, job, context.clock()) &&
        !await asksNext(item, outcome, job);
      const changes: Change[] = shorter === null ? [] : [shorter];
      if (typeof item.known.outbox_id === "number" && !keep) {
        changes.push({
          op: "settleOutbox",
          outboxId: item.known.outbox_id,
          state: outcome.state === "done" ? "done" : "failed",
          detail: outcome.state === "done" ? outcome.detail : `${outcome.code}: ${outcome.message}`,
          ...lateOf(item, outcome, job),
        });
      }
      const opened = isOrder(item) && job !== null && outcome.state === "done"
        ? await openedChanges({ store, results }, job, outcome, context.clock())
        : null;
      if (opened !== null) changes.push(...opened);
      changes.push(...await meterChanges(store, item, outcome, job, seen, context.clock()));
      changes.push(...answeredChanges(item, outcome, job, context.clock()));
      const patch = opened === null && job && !isIncrement(item)
        ? patchOf(item, outcome, job, keep, context.clock())
        : null;
      const declined = job === null || keep ? null : declinedBy(item, outcome, job);
      if (job && patch && declined) {
        const { jobId, eventId } = job;
        const atMs = context.clock();
        changes.push({ op: "passJobOn", jobId, eventId, ...declined, atMs, otherwise: patch });
      } else if (job && patch) {
        const { jobId, role, updatedAtMs: sinceMs } = job;
        const only = likely === null ? {} : { unchangedSinceMs: sinceMs };
        changes.push({ op: "patchJob", jobId, role, patch, ...only });
      }
      try {
        if (changes.length > 0) await store.commit(changes);
        if (likely !== null && patch !== null) written.add(likely, patch);
        return keep ? "kept" : "settled";
      } catch (error) {
        // The job ended, or the row was settled, between reading and writing, so read again.
        if (!isConflict(error) || conflicts >= MAX_CONFLICTS) throw error;
      }
    }
  };

  const paidBefore = async (obligation: string) =>
    (await store.outgoingByObligation(obligation)).some(({ state }) => countsAsPaid(state));

  return {
    look,
    settle(item, outcome, seen) {
      const { job_id: jobId } = item.known;
      if (typeof jobId !== "string") return record(item, outcome, seen);
      const before = turns.get(jobId) ?? Promise.resolve();
      const mine = before.then(() => record(item, outcome, seen));
      const turn = mine.catch(() => undefined).finally(() => {
        if (turns.get(jobId) === turn) turns.delete(jobId);
      });
      turns.set(jobId, turn);
      return mine;
    },
    async postedBefore(item, eventId) {
      const posted = { state: "done", units: 0n, detail: "posted before" } as const;
      // A provider is paid only after its request was posted.
      if (await paidBefore(`job:${eventId}`)) return posted;
      const job = jobOf(item, await look(item));
      if (job?.errorCode === "not_read_back") return NOT_POSTED_YET;
      const writes = await store.outgoingByObligation(`write:${eventId}`);
      if (
        wireOf(wire).fulfilledBy === "terminal" && writes.some(({ state }) => state === "fulfilled")
      ) {
        return posted;
      }
      if (job !== null && isPosted(job.status)) return posted;
      return job !== null && isUnposted(job.status) ? NOT_POSTED_YET : {
        state: "refused",
        code: "not_posted",
        message: "the request could not be posted, so the provider was not paid",
      };
    },
    async overBefore(item, obligation, seen) {
      const job = jobOf(item, seen ?? await look(item));
      if (job === null || job.role !== "buyer") return null;
      // A deletion is sent because the job has ended.
      if (!isEnded(job.status) || kindOf(item) === DELETION_KIND) return null;
      if (await paidBefore(obligation)) return null;
      const message = `job ${job.jobId} was over before: ${job.status}; nothing was sent`;
      return { state: "refused", code: "job_over", message };
    },
  };
}

/** Kinds that only a buyer sends for its job, in addition to the request. */
const BUYERS_OWN: readonly number[] = [DELETION_KIND, DELIVERY_ORDER_KIND, INCREMENT_ORDER_KIND];

/**
 * The job of a document. A home may be buyer and provider of one job: the request belongs to the buyer's row, everything else to the
 * provider's.
 */
function jobOf(item: Item, seen: Delivery): JobRow | null {
  const { id } = item.known;
  const kind = kindOf(item);
  const { buyer, provider, askedBefore } = seen;
  if (buyer === null) return provider;
  const own = BUYERS_OWN.includes(Number(kind));
  if (id === undefined || id === buyer.eventId || own) return buyer;
  // An earlier request of the job, to another provider.
  return askedBefore.includes(String(id)) ? buyer : provider;
}

/** The kind of the event, also if it is in a gift wrap. */
function kindOf({ known: { kind, inner_kind: inner } }: Item): string | number | undefined {
  return inner ?? kind;
}

/** A signed packet may still get its answer later. Then the store tells the job, because no caller waits here any more. */
function lateOf(
  { known: { purpose, id, kind } }: Item,
  outcome: SinkOutcome,
  job: JobRow | null,
): { readonly late?: LatePacket } {
  if (outcome.state === "done" || outcome.units !== undefined || job === null) return {};
  if (id === undefined || kind === DELIVERY_ORDER_KIND || kind === INCREMENT_ORDER_KIND) return {};
  const obligation = `${purpose === "job" ? "job" : "write"}:${id}`;
  return { late: { obligation, jobId: job.jobId, role: job.role } };
}

/** A key that cannot be obtained ends the job, because no other provider has it. While it is asked for, the job says what it waits for. */
function keyRefused(
  outcome: Extract<SinkOutcome, { code: string }>,
  job: JobRow,
  keep: boolean,
  nowMs: number,
): Partial<JobRow> | null {
  if (isEnded(job.status) || outcome.state === "unknown") return null;
  const { code, message } = outcome;
  const says = { errorCode: code, errorMessage: message, updatedAtMs: nowMs };
  return keep ? says : { status: "refused", ...says };
}

function patchOf(
  item: Item,
  outcome: SinkOutcome,
  job: JobRow,
  keep: boolean,
  nowMs: number,
): Partial<JobRow> | null {
  if (isOrder(item) && outcome.state !== "done") {
    const { code, message } = outcome;
    // Its buyer waits for this word; the job keeps the status with which it ended.
    if (isLate(item)) return { errorCode: code, errorMessage: message, updatedAtMs: nowMs };
    return keyRefused(outcome, job, keep, nowMs);
  }
  // Packets for an earlier provider, or sent because the job ended, cost money but do not change the job's status.
  const current = item.known.id === undefined || item.known.id === job.eventId;
  const waits = job.role === "buyer" && current && isUnpaid(job.status);
  if (outcome.state === "done") {
    const none = { errorCode: null, errorMessage: null };
    if (item.known.purpose === "job") {
      return {
        jobPaid: true,
        updatedAtMs: nowMs,
        ...(waits ? { status: "paid" as const, ...none } : {}),
      };
    }
    const posted = job.role === "buyer" && current && isUnposted(job.status);
    return {
      writeUnits: job.writeUnits + outcome.units,
      updatedAtMs: nowMs,
      ...(posted ? { status: "posted" as const, ...none } : {}),
    };
  }
  // The amount is booked when the row ends, so that it is booked once.
  const spent = !keep && outcome.units !== undefined
    ? { writeUnits: job.writeUnits + outcome.units, updatedAtMs: nowMs }
    : null;
  // If a provider's answer could not be published, its job keeps its status; the outbox row contains the error.
  if (!waits || outcome.code === "not_posted_yet") return spent;
  // Nothing was paid and no outcome is open: the job keeps its status, and its error says what it waits for.
  const stands = keep && outcome.state === "refused";
  return {
    ...spent,
    ...(stands
      ? {}
      : { status: outcome.state === "unknown" ? "unknown" as const : "refused" as const }),
    errorCode: outcome.code,
    errorMessage: outcome.message,
    updatedAtMs: nowMs,
  };
}
