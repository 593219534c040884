/**
 * The interface of the store: durable state with one writer. A `commit` is durable before it resolves. The implementation is SQLite
 * (sqlite_store.ts). Stages and services use only this interface, in the process or over a port, so every value survives a structured
 * clone.
 *
 * @module
 */
import type { QuarantinedDocument } from "./quarantine_row.ts";
import type { AnswerCount, AnsweredJob } from "./answer_row.ts";
import type { BudgetQuestion, Budgets } from "./budget_row.ts";
import type { CallbackRow } from "./callback_row.ts";
import type { ChannelFilter, ChannelRow, TransactionFilter, TransactionRow } from "./chain_row.ts";
import type { Delivery, DeliveryQuestion } from "./delivery_row.ts";
import type { SequenceReads } from "./sequence_row.ts";
import type { FailoverReads } from "./failover_reads.ts";
import type { OutboxReads } from "./outbox_reads.ts";
import type { KeyedJob } from "./job_key_row.ts";
import type { JobLog } from "./job_log_row.ts";
import type { JobUsageRow } from "./job_usage_row.ts";
import type { QuoteRow } from "./quote_row.ts";
import type { InvoiceRow } from "./invoice_row.ts";
import type { MeterRow } from "./meter_row.ts";
import type { SealedDebts, SealedRow } from "./sealed_row.ts";
import type { JobStatus } from "../protocols/job_status.ts";
import type {
  AwaitedJob,
  JobDeadline,
  JobRow,
  KindsCounted,
  OutboxRow,
  PlacesTaken,
} from "./job_row.ts";
import type {
  IncomingPacketRow,
  OutgoingPacketRow,
  PayerChannelRow,
  ReceiverChannelRow,
} from "./packet_row.ts";
import type { JournalFilter } from "./journal_filter.ts";
import type { Pauses } from "./pause_row.ts";
import type { CheckpointRow, JournalEntry } from "./journal_row.ts";
import type { JournalStats } from "./journal_sums.ts";
import type { Change } from "./store_change.ts";
import type { Swept } from "./swept.ts";
import type { TogetherReads } from "./together_reads.ts";
import type { VerificationReads } from "./verification_reads.ts";

export type { Change } from "./store_change.ts";
export type { RecordAnswer } from "./answer_row.ts";

export type { CallbackRow } from "./callback_row.ts";
export type { ChannelRow, TransactionRow } from "./chain_row.ts";
export type { AwaitedJob } from "./job_row.ts";
export type { Candidate, PassedOver, PlanFailover } from "./job_attempt_row.ts";
export type { ClaimJobKey } from "./job_key_row.ts";
export type { PutMeter } from "./meter_row.ts";
export type { PutQuote } from "./quote_row.ts";
export type { JournalFilter } from "./journal_filter.ts";
export type { JournalEntry } from "./journal_row.ts";
export type { JournalStats } from "./journal_sums.ts";
export type {
  IncomingPacketRow,
  OutgoingPacketRow,
  PacketAbout,
  PayerChannelRow,
  ReceiverChannelRow,
} from "./packet_row.ts";

/** Which jobs to list, newest first. */
export interface JobFilter {
  /** Default both roles. */
  readonly role?: JobRow["role"];
  /** Any of these; default all. */
  readonly status?: readonly JobStatus[];
  /** Only jobs for this skill. */
  readonly callbackSkill?: string;
  /** Default 100, at most 10,000. */
  readonly limit?: number;
  /** False: without the documents, so `request` is empty and `result` null; default true. */
  readonly documents?: boolean;
}

/** Totals that commands show. */
export interface StoreTotals {
  /** Number of jobs of both roles, by status. */
  readonly jobs: Readonly<Record<string, number>>;
  /** This home as a provider: its jobs by status, and what its answers and announcements cost. */
  readonly provided: {
    readonly jobs: Readonly<Record<string, number>>;
    readonly spentUnits: bigint;
  };
  /** Sum of fulfilled amounts, as payer and as receiver. */
  readonly spentUnits: bigint;
  /** See `spentUnits`. */
  readonly earnedUnits: bigint;
  /** Our packets whose outcome is unknown. */
  readonly openOutgoing: number;
  /** Packets of others that are held. */
  readonly heldIncoming: number;
  /** Documents ever quarantined, including those that were removed. */
  readonly quarantined: number;
  /** Answers that were not accepted or contradict the accepted one, by outcome. */
  readonly answers: Readonly<Record<string, number>>;
}

/** The store. Every read sees every commit that resolved before the call. */
export interface Store
  extends SequenceReads, FailoverReads, VerificationReads, OutboxReads, TogetherReads<Store> {
  /** All changes or none; resolves once they are durable. Throws StoreError `conflict`, `invalid`, `full`, `closed`, `io`, `corrupt`. */
  commit(changes: readonly Change[]): Promise<void>;

  /** By full id, or by a unique prefix of job id or event id; null if unknown, StoreError `ambiguous` if not unique. */
  getJob(idOrPrefix: string, role?: JobRow["role"]): Promise<JobRow | null>;
  /** By the whole id of the request event. */
  getJobByEvent(eventId: string, role: JobRow["role"]): Promise<JobRow | null>;
  /** The buyer's job of this request, and the schema of a provider's result as it was announced; null if there is no such job. */
  answeredJob(eventId: string, provider: string): Promise<AnsweredJob | null>;
  /** The job of the command that claimed this key after `sinceMs`, or null. */
  jobByKey(key: string, sinceMs: number): Promise<KeyedJob | null>;
  /** The quote by which a request is paid; null if it is paid at the announced price. */
  quoteOf(eventId: string): Promise<QuoteRow | null>;
  /** This side's sealed result of a request, which is paid on delivery; null if there is none. */
  sealedOf(eventId: string, role: SealedRow["role"]): Promise<SealedRow | null>;
  /** This side's meter of a request that is paid while it runs; null if there is none. */
  meterOf(eventId: string, role: MeterRow["role"]): Promise<MeterRow | null>;
  /** This side's Lightning invoice of a request; null if there is none. */
  invoiceOf(eventId: string, role: InvoiceRow["role"]): Promise<InvoiceRow | null>;
  /**
   * Invoices of this role that are `due` or `sent`, the oldest first, at most 256, without those with these payment hashes. Waits up to
   * `waitMs` for one.
   */
  openInvoices(
    role: InvoiceRow["role"],
    except: readonly string[],
    waitMs: number,
  ): Promise<InvoiceRow[]>;
  /** Millisatoshis that this home paid, or may have paid, since then, fees included. */
  invoicesSent(sinceMs: number): Promise<bigint>;
  /** How a buyer pays for results that this home sealed. */
  sealedDebts(buyer: string, nowMs: number): Promise<SealedDebts>;
  /** Providers whose key did not open a result that this home paid for. */
  keyBreakers(): Promise<string[]>;
  /** The schema of a provider's result of a job, JSON; null if it announced none when the job was bought. */
  resultSchemaOf(jobId: string, provider: string): Promise<string | null>;
  /** Answers to a job that were not accepted or contradict the accepted one. The empty id has answers to no job of this home. */
  answersOf(jobId: string): Promise<AnswerCount[]>;
  /** A job's stored log from this byte on; waits up to `waitMs` for more of it, or for its end. */
  jobLog(
    jobId: string,
    role: JobRow["role"],
    offset: number,
    waitMs: number,
  ): Promise<JobLog>;
  /** What a provider's job used of this machine; null if it did not run here. */
  jobUsage(jobId: string): Promise<JobUsageRow | null>;
  /** Newest first. */
  listJobs(filter: JobFilter): Promise<JobRow[]>;
  /** Unfinished jobs of a role that are past their deadline, the longest overdue first; at most a million. */
  overdueJobs(role: JobRow["role"], nowMs: number, limit: number): Promise<JobDeadline[]>;
  /** Kinds of a role's unfinished jobs, ascending; waits up to `waitMs` for a kind that is not in `known`. */
  openKinds(role: JobRow["role"], known: readonly number[], waitMs: number): Promise<number[]>;
  /**
   * The buyer's jobs whose result would still be accepted, at most `limit`: unfinished jobs, the nearest deadline first, then jobs that
   * ended as `timeout` and were created since `timedOutSinceMs`, newest first.
   */
  awaitedJobs(timedOutSinceMs: number, limit: number): Promise<AwaitedJob[]>;
  /** Quarantined documents of this source that are marked to be tried once more, oldest first. */
  markedDocuments(source: string): Promise<QuarantinedDocument[]>;
  /** The shortest free `job-` id of this event (7 hex digits, more on a collision). */
  freeJobId(eventId: string): Promise<string>;

  /** Pending rows after `afterOutboxId`, in order, at most `limit`; waits up to `waitMs` for one. */
  pendingOutbox(afterOutboxId: number, limit: number, waitMs: number): Promise<OutboxRow[]>;
  /** A job's pending entries, in order. If `known` is not empty, waits up to `waitMs` until one of them is no longer pending. */
  pendingOfJob(jobId: string, known: readonly number[], waitMs: number): Promise<OutboxRow[]>;
  /** Outbox entries and their jobs as they are now, in the order of the questions, of which there are at most 64; see {@link Delivery}. */
  deliveries(asked: readonly DeliveryQuestion[]): Promise<Delivery[]>;
  /**
   * A provider's unfinished jobs that are paid or free, without those in `except`; waits up to `waitMs` for one. Buyers take turns: the
   * buyer with the fewest jobs in `except` comes first, then the oldest job. With `kinds`, only jobs of these kinds.
   */
  runnableJobs(
    except: readonly string[],
    limit: number,
    waitMs: number,
    kinds?: readonly number[],
  ): Promise<JobRow[]>;
  /**
   * How many provider jobs are runnable (counted up to `limit`), how many of them belong to this buyer, and which of these requests are
   * already jobs of this provider. At most 4,096 requests. Jobs of all kinds are counted, unless `of` names some.
   */
  placesTaken(
    eventIds: readonly string[],
    limit: number,
    buyer?: string,
    of?: KindsCounted,
  ): Promise<PlacesTaken>;
  /**
   * The oldest waiting document of each job if it is due at `dueByMs`, at most `limit`, without those in `except`. Waits up to `waitMs` for
   * one, also for one that becomes due meanwhile.
   */
  waitingCallbacks(
    except: readonly number[],
    dueByMs: number,
    limit: number,
    waitMs: number,
  ): Promise<CallbackRow[]>;
  /** Every callback document of a job, waiting or finished, oldest first. */
  callbacksOf(jobId: string): Promise<CallbackRow[]>;
  /** Resolves with the job's row when it has changed after `sinceMs`, or after `waitMs`. */
  watchJob(
    jobId: string,
    role: JobRow["role"],
    sinceMs: number,
    waitMs: number,
  ): Promise<JobRow | null>;

  /** The payer's channel, or null. */
  payerChannel(channelId: string): Promise<PayerChannelRow | null>;
  /** The receiver's channel, or null. */
  receiverChannel(channelId: string): Promise<ReceiverChannelRow | null>;
  /** All channels that we pay through. */
  listPayerChannels(): Promise<PayerChannelRow[]>;
  /** All channels that we are paid through. */
  listReceiverChannels(): Promise<ReceiverChannelRow[]>;
  /** Open rows of a channel in the order of their nonces, in which they are sent again (P4). */
  openOutgoing(channelId: string): Promise<OutgoingPacketRow[]>;
  /** Sum of a channel's packets that were written off since then and not refused afterwards. */
  writtenOff(channelId: string, sinceMs: number): Promise<bigint>;
  /** The row of a nonce, or null. */
  outgoing(channelId: string, nonce: number): Promise<OutgoingPacketRow | null>;
  /** Rows that pay for one obligation, oldest first. */
  outgoingByObligation(obligation: string): Promise<OutgoingPacketRow[]>;
  /** The row of a nonce, or null (Q1 looks here first). */
  incoming(channelId: string, nonce: number): Promise<IncomingPacketRow | null>;
  /** Held rows of one channel or of all, by channel and nonce. */
  heldIncoming(channelId?: string): Promise<IncomingPacketRow[]>;
  /** The fulfilled or held row that pays this obligation, if there is one. */
  incomingByObligation(obligation: string): Promise<IncomingPacketRow | null>;

  /** A channel's row by its `ref`, or null. */
  chainChannel(ref: string): Promise<ChannelRow | null>;
  /** Channels on chains, oldest first; ended ones only if the filter includes them. */
  listChainChannels(filter?: ChannelFilter): Promise<ChannelRow[]>;
  /** A transaction by its hash, or null. */
  transaction(hash: string): Promise<TransactionRow | null>;
  /** Signed transactions, oldest first; ended ones only if the filter includes them. */
  listTransactions(filter?: TransactionFilter): Promise<TransactionRow[]>;

  /** What jobs and providers have cost (budgets.ts); at most 4,096 of them in one question. */
  budgets(question: BudgetQuestion): Promise<Budgets>;

  /** Which of these event ids were seen, with their outcome. */
  seen(eventIds: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** Since when buying and selling are paused. */
  pauses(): Promise<Pauses>;
  /** The value last set under this name, or null. */
  cursor(name: string): Promise<string | null>;
  /** The newest snapshot under this name, or null. */
  snapshot(name: string): Promise<{ readonly counter: number; readonly sealed: Uint8Array } | null>;
  /** All snapshots whose name has this prefix, by name. */
  snapshotsUnder(
    prefix: string,
  ): Promise<
    { readonly name: string; readonly counter: number; readonly sealed: Uint8Array }[]
  >;
  /** The last entry of the journal, or the place up to which entries were removed; null if there is none. */
  journalTip(): Promise<{ readonly seq: number; readonly hash: string } | null>;
  /** Entries after `seq`, in order, at most `limit`; waits up to `waitMs` for one. */
  journalAfter(seq: number, limit: number, waitMs: number): Promise<JournalEntry[]>;
  /** Entries that match, at most `limit`. */
  listJournal(filter: JournalFilter): Promise<JournalEntry[]>;
  /** Sums over the matching entries. It reads all of them, so call it on a separate reading store, not on a daemon's. */
  journalStats(filter: JournalFilter): Promise<JournalStats>;
  /**
   * Removes rows that ended before this moment, and releases their pages: all of them, or as many as `forMs` milliseconds allow. Other
   * commits run in between.
   */
  removeOld(beforeMs: number, forMs?: number): Promise<Swept>;
  /** Checkpoints over entries after `seq`, in order. */
  checkpoints(afterSeq: number, limit: number): Promise<CheckpointRow[]>;

  /** Sums and counts. They are updated with each commit; only open payments are counted. */
  totals(): Promise<StoreTotals>;
}

/** A store in the process that opened it. Only this process can close it. */
export interface OpenStore extends Store {
  /** Flushes and closes; later calls throw StoreError `closed`. */
  close(): Promise<void>;
}
