/**
 * The reads of a store. Each read uses an index of schema.ts, and sees every commit that resolved before the call.
 *
 * @module
 */
import { markedDocuments } from "./quarantine.ts";
import { JOBS, OUTBOX } from "./job_tables.ts";
import { createNamedQueries, type NamedQueries } from "./named_queries.ts";
import { SEEN } from "./seen_table.ts";
import { answersOf } from "./answer_changes.ts";
import { budgetsOf } from "./budgets.ts";
import { callbackDueAt, callbacksOf, waitingCallbacks } from "./callbacks.ts";
import type { CallbackRow } from "./callback_row.ts";
import { type ChainQueries, createChainQueries } from "./chain_queries.ts";
import type { Database } from "./database.ts";
import { createSequenceQueries, type SequenceQueries } from "./sequence_queries.ts";
import { deliveriesOf } from "./delivery.ts";
import { createDeadlineQueries } from "./job_deadlines.ts";
import { createJournalQueries, type JournalQueries } from "./journal_queries.ts";
import { createOutboxQueries } from "./outbox_queries.ts";
import type { OutboxReads } from "./outbox_reads.ts";
import { createFailoverQueries } from "./failover_queries.ts";
import type { FailoverReads } from "./failover_reads.ts";
import { jobByKey } from "./job_keys.ts";
import { placesTaken } from "./job_places.ts";
import { quoteOf } from "./quotes.ts";
import { judgementOf } from "./judgements.ts";
import { answeredJob, resultSchemaOf } from "./result_schemas.ts";
import { unacceptedAnswers } from "./provider_payments.ts";
import { olderVerifiedJobs, verificationLeads, verificationOf } from "./verifications.ts";
import { createInvoiceQueries, type InvoiceQueries } from "./invoice_queries.ts";
import { meterOf } from "./meters.ts";
import { keyBreakers, sealedDebts, sealedOf } from "./sealed_results.ts";
import { openKinds } from "./open_kinds.ts";
import { jobLogOf } from "./job_logs.ts";
import type { JobLog } from "./job_log_row.ts";
import { jobUsageOf } from "./job_usage.ts";
import { runnableJobs } from "./runnable_jobs.ts";
import { findJob, jobWhere } from "./job_queries.ts";
import { text, whole } from "./checks.ts";
import type { Store } from "./store.ts";
import type { JobRow, OutboxRow } from "./job_row.ts";
import { StoreError } from "./store_error.ts";
import { totalsOf } from "./totals.ts";
import { createPacketQueries, type PacketQueries } from "./packet_queries.ts";
import { selectsOf } from "./selects.ts";

/** Rows that a list returns by default, and the most that it returns. */
const DEFAULT_LIST = 100;
const MAX_LIST = 10_000;
/** The columns of a job, without the bytes of its documents. */
const WITHOUT_DOCUMENTS = JOBS.names.map((name) =>
  name === "request" ? "x'' AS request" : name === "result" ? "NULL AS result" : name
).join(", ");
/** The most event ids in one question. */
const MAX_SEEN = 4_096;

/** The reads that do not wait. The waiting reads call the methods below. */
export interface Queries extends
  Pick<
    Store,
    | "getJob"
    | "getJobByEvent"
    | "answeredJob"
    | "jobByKey"
    | "quoteOf"
    | "sealedOf"
    | "meterOf"
    | "sealedDebts"
    | "keyBreakers"
    | "verificationOf"
    | "unacceptedAnswers"
    | "verificationLeads"
    | "olderVerifiedJobs"
    | "judgementOf"
    | "resultSchemaOf"
    | "answersOf"
    | "jobUsage"
    | "callbacksOf"
    | "deliveries"
    | "listJobs"
    | "freeJobId"
    | "overdueJobs"
    | "awaitedJobs"
    | "markedDocuments"
    | "budgets"
    | "placesTaken"
    | "seen"
    | "totals"
  >,
  FailoverReads,
  OutboxReads,
  ChainQueries,
  NamedQueries,
  InvoiceQueries,
  PacketQueries,
  SequenceQueries,
  JournalQueries {
  /** Used by pendingOutbox(); null if there is none. */
  outboxAfter(outboxId: number, limit: number): OutboxRow[] | null;
  /** Used by pendingOfJob(). */
  outboxOfJob(jobId: string): OutboxRow[];
  /** Used by runnableJobs(); null if there is none. */
  runnable(
    except: readonly string[],
    limit: number,
    kinds?: readonly number[],
  ): JobRow[] | null;
  /** Used by waitingCallbacks(); null if there is none. */
  callbacksDue(except: readonly number[], dueByMs: number, limit: number): CallbackRow[] | null;
  /** Used by waitingCallbacks(): when the next one is due. */
  callbackDueAt(except: readonly number[]): number | null;
  /** Used by openKinds(). */
  kindsOf(role: JobRow["role"]): number[];
  /** Used by jobLog(). */
  logOf(jobId: string, role: JobRow["role"], offset: number): JobLog;
  /** Used by watchJob(). */
  job(jobId: string, role: JobRow["role"]): JobRow | null;
}

/** Makes the reads over one connection. */
export function createQueries(db: Database): Queries {
  const { one, many } = selectsOf(db);
  return {
    ...createFailoverQueries(db),
    ...createOutboxQueries(db),
    ...createChainQueries(db),
    ...createNamedQueries(db),
    ...createInvoiceQueries(db),
    ...createPacketQueries(db),
    ...createSequenceQueries(db),
    ...createJournalQueries(db),
    ...createDeadlineQueries(db),
    // deno-lint-ignore require-await
    async budgets(question) {
      return budgetsOf(db, question);
    },
    // deno-lint-ignore require-await
    async getJob(idOrPrefix, role) {
      return findJob(db, text("idOrPrefix", idOrPrefix), role);
    },
    // deno-lint-ignore require-await
    async getJobByEvent(eventId, role) {
      return one(JOBS.row, "SELECT * FROM jobs WHERE event_id = ? AND role = ?", eventId, role);
    },
    // deno-lint-ignore require-await
    async answeredJob(eventId, provider) {
      return answeredJob(db, text("eventId", eventId), text("provider", provider));
    },
    // deno-lint-ignore require-await
    async jobByKey(key, sinceMs) {
      return jobByKey(db, text("key", key), whole("sinceMs", sinceMs));
    },
    // deno-lint-ignore require-await
    async quoteOf(eventId) {
      return quoteOf(db, text("eventId", eventId));
    },
    // deno-lint-ignore require-await
    async meterOf(eventId, role) {
      return meterOf(db, text("eventId", eventId), role);
    },
    // deno-lint-ignore require-await
    async sealedOf(eventId, role) {
      return sealedOf(db, text("eventId", eventId), role);
    },
    // deno-lint-ignore require-await
    async sealedDebts(buyer, nowMs) {
      return sealedDebts(db, text("buyer", buyer), whole("nowMs", nowMs));
    },
    // deno-lint-ignore require-await
    async keyBreakers() {
      return keyBreakers(db);
    },
    // deno-lint-ignore require-await
    async verificationOf(jobId) {
      return verificationOf(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async unacceptedAnswers(jobIds) {
      return unacceptedAnswers(db, jobIds);
    },
    // deno-lint-ignore require-await
    async verificationLeads(limit) {
      return verificationLeads(db, limitOf(limit));
    },
    // deno-lint-ignore require-await
    async olderVerifiedJobs(newest) {
      return olderVerifiedJobs(db, limitOf(newest));
    },
    // deno-lint-ignore require-await
    async judgementOf(leadId) {
      return judgementOf(db, text("leadId", leadId));
    },
    // deno-lint-ignore require-await
    async markedDocuments(source) {
      return markedDocuments(db, text("source", source));
    },
    // deno-lint-ignore require-await
    async resultSchemaOf(jobId, provider) {
      return resultSchemaOf(db, text("jobId", jobId), text("provider", provider));
    },
    // deno-lint-ignore require-await
    async answersOf(jobId) {
      return answersOf(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async jobUsage(jobId) {
      return jobUsageOf(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async callbacksOf(jobId) {
      return callbacksOf(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async deliveries(asked) {
      return deliveriesOf(db, asked);
    },
    callbacksDue: (except, dueByMs, limit) => waitingCallbacks(db, except, dueByMs, limit),
    callbackDueAt: (except) => callbackDueAt(db, except),
    // deno-lint-ignore require-await
    async listJobs(filter) {
      const { where, values } = jobWhere(filter);
      return many(
        JOBS.row,
        `SELECT ${
          filter.documents === false ? WITHOUT_DOCUMENTS : "*"
        } FROM jobs ${where} ORDER BY created_at_ms DESC, job_id DESC LIMIT ?`,
        ...values,
        limitOf(filter.limit ?? DEFAULT_LIST),
      );
    },
    // deno-lint-ignore require-await
    async freeJobId(eventId) {
      if (!/^[0-9a-f]{64}$/.test(eventId)) {
        throw new StoreError("invalid", "eventId must be 64 lower-case hex digits");
      }
      for (let digits = 7; digits <= 64; digits++) {
        const jobId = `job-${eventId.slice(0, digits)}`;
        const other = db.get(
          "SELECT 1 AS taken FROM jobs WHERE job_id = ? AND event_id <> ?",
          jobId,
          eventId,
        );
        if (other === null) return jobId;
      }
      throw new StoreError("conflict", `no job id is free for event ${eventId}`);
    },
    // deno-lint-ignore require-await
    async placesTaken(eventIds, limit, buyer, of) {
      return placesTaken(db, eventIds, limit, buyer, of);
    },
    // deno-lint-ignore require-await
    async seen(eventIds) {
      if (!Array.isArray(eventIds) || eventIds.length > MAX_SEEN) {
        throw new StoreError("invalid", `eventIds must be a list of at most ${MAX_SEEN}`);
      }
      const rows = db.all(
        "SELECT * FROM seen WHERE event_id IN (SELECT value FROM json_each(?))",
        JSON.stringify(eventIds),
      );
      return Object.fromEntries(
        rows.map(SEEN.row).map(({ eventId, outcome }) => [eventId, outcome]),
      );
    },
    // deno-lint-ignore require-await
    async totals() {
      return totalsOf(db);
    },

    outboxAfter(outboxId, limit) {
      const rows = many(
        OUTBOX.row,
        "SELECT * FROM outbox WHERE outbox_id > ? AND state = 'pending' ORDER BY outbox_id LIMIT ?",
        whole("afterOutboxId", outboxId),
        limitOf(limit),
      );
      return rows.length === 0 ? null : rows;
    },
    outboxOfJob: (jobId) =>
      many(
        OUTBOX.row,
        "SELECT * FROM outbox WHERE job_id = ? AND state = 'pending' ORDER BY outbox_id",
        text("jobId", jobId),
      ),
    runnable: (except, limit, kinds) => runnableJobs(db, except, limitOf(limit), kinds),
    logOf: (jobId, role, offset) => jobLogOf(db, text("jobId", jobId), role, offset),
    kindsOf: (role) => openKinds(db, role),
    job: (jobId, role) =>
      one(JOBS.row, "SELECT * FROM jobs WHERE job_id = ? AND role = ?", jobId, role),
  };
}

function limitOf(limit: number): number {
  return Math.min(whole("limit", limit), MAX_LIST);
}
