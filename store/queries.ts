/**
 * The reads of a store, each over an index of schema.ts. They see every commit that resolved before they were asked.
 *
 * @module
 */
import { markedDocuments } from "./quarantine.ts";
import { INCOMING, OUTGOING, PAYER_CHANNELS, RECEIVER_CHANNELS } from "./packet_tables.ts";
import { JOBS, OUTBOX } from "./job_tables.ts";
import { CURSORS, SNAPSHOTS, SUMS } from "./named_tables.ts";
import { SEEN } from "./seen_table.ts";
import { ANSWER_SUM, answersOf } from "./answer_changes.ts";
import { budgetsOf } from "./budgets.ts";
import { callbacksOf, waitingCallbacks } from "./callbacks.ts";
import type { CallbackRow } from "./callback_row.ts";
import { type ChainQueries, createChainQueries } from "./chain_queries.ts";
import type { Database } from "./database.ts";
import { createSequenceQueries, type SequenceQueries } from "./sequence_queries.ts";
import { deliveryOf } from "./delivery.ts";
import { createDeadlineQueries } from "./job_deadlines.ts";
import { createJournalQueries, type JournalQueries } from "./journal_queries.ts";
import { attemptsOf, mayPassOn, passedOver } from "./job_failover.ts";
import { jobByKey } from "./job_keys.ts";
import { openKinds } from "./open_kinds.ts";
import { findJob, jobWhere } from "./job_queries.ts";
import { text, whole } from "./checks.ts";
import type { Column } from "./columns.ts";
import type { Store, StoreTotals } from "./store.ts";
import type { JobRow, OutboxRow } from "./job_row.ts";
import { StoreError } from "./store_error.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";

/** Rows that a list gives when the caller names no limit, and the most it gives at all. */
const DEFAULT_LIST = 100;
const MAX_LIST = 10_000;
/** Event ids asked about at once. */
const MAX_SEEN = 4_096;

/** The reads that need no waiting; the waiting ones ask the last three. */
interface Queries extends
  Pick<
    Store,
    | "getJob"
    | "getJobByEvent"
    | "jobByKey"
    | "answersOf"
    | "attemptsOf"
    | "mayPassOn"
    | "callbacksOf"
    | "delivery"
    | "passedOver"
    | "listJobs"
    | "freeJobId"
    | "overdueJobs"
    | "awaitedJobs"
    | "markedDocuments"
    | "payerChannel"
    | "receiverChannel"
    | "listPayerChannels"
    | "listReceiverChannels"
    | "openOutgoing"
    | "writtenOff"
    | "outgoing"
    | "outgoingByObligation"
    | "incoming"
    | "heldIncoming"
    | "incomingByObligation"
    | "budgets"
    | "seen"
    | "cursor"
    | "snapshot"
    | "snapshotsUnder"
    | "totals"
  >,
  ChainQueries,
  SequenceQueries,
  JournalQueries {
  /** For pendingOutbox(): null when there is none. */
  outboxAfter(outboxId: number, limit: number): OutboxRow[] | null;
  /** For pendingOfJob(). */
  outboxOfJob(jobId: string): OutboxRow[];
  /** For runnableJobs(): null when there is none. */
  runnable(except: readonly string[], limit: number): JobRow[] | null;
  /** For waitingCallbacks(): null when there is none. */
  callbacksDue(except: readonly number[], dueByMs: number, limit: number): CallbackRow[] | null;
  /** For openKinds(). */
  kindsOf(role: JobRow["role"]): number[];
  /** For watchJob(). */
  job(jobId: string, role: JobRow["role"]): JobRow | null;
}

/** The reads over one connection. */
export function createQueries(db: Database): Queries {
  function one<Row>(map: (columns: never) => Row, sql: string, ...values: Column[]): Row | null {
    const columns = db.get(sql, ...values);
    return columns === null ? null : map(columns as never);
  }
  function many<Row>(map: (columns: never) => Row, sql: string, ...values: Column[]): Row[] {
    return db.all(sql, ...values).map((columns) => map(columns as never));
  }

  return {
    ...createChainQueries(db),
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
    async jobByKey(key, sinceMs) {
      return jobByKey(db, text("key", key), whole("sinceMs", sinceMs));
    },
    // deno-lint-ignore require-await
    async markedDocuments(source) {
      return markedDocuments(db, text("source", source));
    },
    // deno-lint-ignore require-await
    async answersOf(jobId) {
      return answersOf(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async attemptsOf(jobId) {
      return attemptsOf(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async mayPassOn(jobId) {
      return mayPassOn(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async callbacksOf(jobId) {
      return callbacksOf(db, text("jobId", jobId));
    },
    // deno-lint-ignore require-await
    async delivery(outboxId, jobId) {
      return deliveryOf(db, outboxId, jobId);
    },
    callbacksDue: (except, dueByMs, limit) => waitingCallbacks(db, except, dueByMs, limit),
    // deno-lint-ignore require-await
    async passedOver(sinceMs) {
      return passedOver(db, whole("sinceMs", sinceMs));
    },
    // deno-lint-ignore require-await
    async listJobs(filter) {
      const { where, values } = jobWhere(filter);
      return many(
        JOBS.row,
        `SELECT * FROM jobs ${where} ORDER BY created_at_ms DESC, job_id DESC LIMIT ?`,
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
    async payerChannel(channelId) {
      return one(
        PAYER_CHANNELS.row,
        "SELECT * FROM payer_channels WHERE channel_id = ?",
        channelId,
      );
    },
    // deno-lint-ignore require-await
    async receiverChannel(channelId) {
      return one(
        RECEIVER_CHANNELS.row,
        "SELECT * FROM receiver_channels WHERE channel_id = ?",
        channelId,
      );
    },
    // deno-lint-ignore require-await
    async listPayerChannels() {
      return many(PAYER_CHANNELS.row, "SELECT * FROM payer_channels ORDER BY channel_id");
    },
    // deno-lint-ignore require-await
    async listReceiverChannels() {
      return many(RECEIVER_CHANNELS.row, "SELECT * FROM receiver_channels ORDER BY channel_id");
    },
    // deno-lint-ignore require-await
    async openOutgoing(channelId) {
      return many(
        OUTGOING.row,
        "SELECT * FROM outgoing WHERE channel_id = ? AND state = 'open' ORDER BY nonce",
        channelId,
      );
    },
    // deno-lint-ignore require-await
    async writtenOff(channelId, sinceMs) {
      const rows = db.all(
        `SELECT amount FROM outgoing WHERE channel_id = ? AND written_off_at_ms >= ? AND ${COUNTS_AS_PAID}`,
        text("channelId", channelId),
        whole("sinceMs", sinceMs),
      );
      return rows.reduce((sum, { amount }) => sum + BigInt(amount as string), 0n);
    },
    // deno-lint-ignore require-await
    async outgoing(channelId, nonce) {
      return one(
        OUTGOING.row,
        "SELECT * FROM outgoing WHERE channel_id = ? AND nonce = ?",
        channelId,
        nonce,
      );
    },
    // deno-lint-ignore require-await
    async outgoingByObligation(obligation) {
      return many(
        OUTGOING.row,
        "SELECT * FROM outgoing WHERE obligation = ? ORDER BY created_at_ms, nonce",
        obligation,
      );
    },
    // deno-lint-ignore require-await
    async incoming(channelId, nonce) {
      return one(
        INCOMING.row,
        "SELECT * FROM incoming WHERE channel_id = ? AND nonce = ?",
        channelId,
        nonce,
      );
    },
    // deno-lint-ignore require-await
    async heldIncoming(channelId) {
      return channelId === undefined
        ? many(
          INCOMING.row,
          "SELECT * FROM incoming WHERE state = 'held' ORDER BY channel_id, nonce",
        )
        : many(
          INCOMING.row,
          "SELECT * FROM incoming WHERE channel_id = ? AND state = 'held' ORDER BY nonce",
          channelId,
        );
    },
    // deno-lint-ignore require-await
    async incomingByObligation(obligation) {
      return one(
        INCOMING.row,
        `SELECT * FROM incoming WHERE obligation = ? AND ${COUNTS_AS_PAID}`,
        obligation,
      );
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
    async cursor(name) {
      return one(CURSORS.row, "SELECT * FROM cursors WHERE name = ?", name)?.value ?? null;
    },
    // deno-lint-ignore require-await
    async snapshot(name) {
      const row = one(SNAPSHOTS.row, "SELECT * FROM snapshots WHERE name = ?", name);
      return row && { counter: row.counter, sealed: row.sealed };
    },
    // deno-lint-ignore require-await
    async snapshotsUnder(prefix) {
      return many(
        SNAPSHOTS.row,
        `SELECT * FROM snapshots WHERE name >= ? AND substr(name, 1, length(?)) = ? ORDER BY name`,
        prefix,
        prefix,
        prefix,
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
    runnable(except, limit) {
      const rows = many(
        JOBS.row,
        `SELECT * FROM jobs WHERE runnable = 1 AND job_id NOT IN (SELECT value FROM json_each(?))
         ORDER BY created_at_ms, job_id LIMIT ?`,
        JSON.stringify(except),
        limitOf(limit),
      );
      return rows.length === 0 ? null : rows;
    },
    kindsOf: (role) => openKinds(db, role),
    job: (jobId, role) =>
      one(JOBS.row, "SELECT * FROM jobs WHERE job_id = ? AND role = ?", jobId, role),
  };
}

function limitOf(limit: number): number {
  return Math.min(whole("limit", limit), MAX_LIST);
}

function totalsOf(db: Database): StoreTotals {
  const sums = new Map(
    db.all("SELECT * FROM sums").map(SUMS.row).map(({ name, value }) => [name, value]),
  );
  const count = (sql: string) => db.get(sql)?.n as number;
  const jobs = (where: string): Record<string, number> =>
    Object.fromEntries(
      db.all(`SELECT status, count(*) AS n FROM jobs ${where} GROUP BY status`)
        .map((row) => [row.status as string, row.n as number]),
    );
  return {
    jobs: jobs(""),
    provided: {
      jobs: jobs("WHERE role = 'provider'"),
      spentUnits: sums.get("spent_providing") ?? 0n,
    },
    spentUnits: sums.get("spent") ?? 0n,
    earnedUnits: sums.get("earned") ?? 0n,
    openOutgoing: count("SELECT count(*) AS n FROM outgoing WHERE state = 'open'"),
    heldIncoming: count("SELECT count(*) AS n FROM incoming WHERE state = 'held'"),
    quarantined: Number(sums.get("quarantined") ?? 0n),
    answers: Object.fromEntries(
      [...sums].filter(([name]) => name.startsWith(ANSWER_SUM))
        .map(([name, value]) => [name.slice(ANSWER_SUM.length), Number(value)]),
    ),
  };
}
