/**
 * What a store promises: working state, one writer, durable before `commit` resolves. SQLite is behind it (sqlite_store.ts);
 * stages and services see only this, in process or over a port, so every value survives a structured clone.
 *
 * @module
 */
import type { QuarantinedDocument } from "./quarantine_row.ts";
import type { AnswerCount } from "./answer_row.ts";
import type { BudgetQuestion, Budgets } from "./budget_row.ts";
import type { CallbackRow } from "./callback_row.ts";
import type { ChannelFilter, ChannelRow, TransactionFilter, TransactionRow } from "./chain_row.ts";
import type { Delivery } from "./delivery_row.ts";
import type { SequenceReads } from "./sequence_row.ts";
import type { JobAttempt, PassedOver } from "./job_attempt_row.ts";
import type { KeyedJob } from "./job_key_row.ts";
import type { JobLog } from "./job_log_row.ts";
import type { JobUsageRow } from "./job_usage_row.ts";
import type { QuoteRow } from "./quote_row.ts";
import type { MeterRow } from "./meter_row.ts";
import type { SealedDebts, SealedRow } from "./sealed_row.ts";
import type { JobStatus } from "../protocols/job_status.ts";
import type { AwaitedJob, JobDeadline, JobRow, OutboxRow, PlacesTaken } from "./job_row.ts";
import type {
  IncomingPacketRow,
  OutgoingPacketRow,
  PayerChannelRow,
  ReceiverChannelRow,
} from "./packet_row.ts";
import type { JournalFilter } from "./journal_filter.ts";
import type { CheckpointRow, JournalEntry } from "./journal_row.ts";
import type { JournalStats } from "./journal_sums.ts";
import type { Change } from "./store_change.ts";
import type { Swept } from "./swept.ts";
import type { VerificationRow } from "./verification_row.ts";

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

/** Which jobs a list shows; newest first. */
export interface JobFilter {
  /** Both roles unless told. */
  readonly role?: JobRow["role"];
  /** Any of these; all unless told. */
  readonly status?: readonly JobStatus[];
  /** Only jobs for this skill. */
  readonly callbackSkill?: string;
  /** 100 unless told, 10,000 at most. */
  readonly limit?: number;
}

/** Totals that commands show; asked, never computed by a demo. */
export interface StoreTotals {
  /** How many jobs of both roles stand where, by status. */
  readonly jobs: Readonly<Record<string, number>>;
  /** What of it this home provided: its own jobs by status, and what its answers and announcements cost. */
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
  /** Packets of others that wait for an outcome. */
  readonly heldIncoming: number;
  /** Documents ever set aside, also those no longer kept. */
  readonly quarantined: number;
  /** Answers to jobs that did not count, or contradict what did, by outcome. */
  readonly answers: Readonly<Record<string, number>>;
}

/** The store. Every read sees every commit that resolved before it was asked. */
export interface Store extends SequenceReads {
  /** All changes or none; resolves once durable. Throws StoreError with code `conflict`, `invalid`, `full`, `closed`, `io`, `corrupt`. */
  commit(changes: readonly Change[]): Promise<void>;

  /** By full id, or by a unique prefix of job id or event id; null when unknown, StoreError `ambiguous` when not unique. */
  getJob(idOrPrefix: string, role?: JobRow["role"]): Promise<JobRow | null>;
  /** By the whole id of the request event. */
  getJobByEvent(eventId: string, role: JobRow["role"]): Promise<JobRow | null>;
  /** The job of the command that claimed this key after `sinceMs`, or null. */
  jobByKey(key: string, sinceMs: number): Promise<KeyedJob | null>;
  /** The quote by which a request is paid; null where it is paid as announced. */
  quoteOf(eventId: string): Promise<QuoteRow | null>;
  /** The result of a request that is paid on delivery, as that side has it. */
  sealedOf(eventId: string, role: SealedRow["role"]): Promise<SealedRow | null>;
  /** The meter of a request that is paid while it runs, as that side has it. */
  meterOf(eventId: string, role: MeterRow["role"]): Promise<MeterRow | null>;
  /** How a buyer pays for what this home delivers. */
  sealedDebts(buyer: string, nowMs: number): Promise<SealedDebts>;
  /** Providers whose key did not open what this home paid for. */
  keyBreakers(): Promise<string[]>;
  /** The verification that a job is part of, by position; empty where it is part of none. */
  verificationOf(jobId: string): Promise<VerificationRow[]>;
  /** The first job of each verification, the newest first. */
  verificationLeads(limit: number): Promise<string[]>;
  /** Answers to a job that did not count, or contradict what did; those to no job of this home under the empty id. */
  answersOf(jobId: string): Promise<AnswerCount[]>;
  /** What is kept of a job's log from this byte on; waits up to `waitMs` for more of it, or for its end. */
  jobLog(
    jobId: string,
    role: JobRow["role"],
    offset: number,
    waitMs: number,
  ): Promise<JobLog>;
  /** What a provider's job took of this machine; null where it did not run here. */
  jobUsage(jobId: string): Promise<JobUsageRow | null>;
  /** Providers that were asked for a job in vain, in order. */
  attemptsOf(jobId: string): Promise<JobAttempt[]>;
  /** Whether another provider would be asked if the payment of this job's were refused now. */
  mayPassOn(jobId: string): Promise<boolean>;
  /** Providers that did not take a job after `sinceMs`, each with the last time. */
  passedOver(sinceMs: number): Promise<PassedOver[]>;
  /** Newest first. */
  listJobs(filter: JobFilter): Promise<JobRow[]>;
  /** Jobs of a role that are not over although their time is, the longest overdue first; at most a million. */
  overdueJobs(role: JobRow["role"], nowMs: number, limit: number): Promise<JobDeadline[]>;
  /** Kinds of a role's jobs that are not over, rising; waits up to `waitMs` for one that is not in `known`. */
  openKinds(role: JobRow["role"], known: readonly number[], waitMs: number): Promise<number[]>;
  /**
   * The buyer's jobs whose result would still count: those that are not over, the nearest deadline first, then those that ended as
   * `timeout` and were made since `timedOutSinceMs`, the newest first; at most `limit` of both.
   */
  awaitedJobs(timedOutSinceMs: number, limit: number): Promise<AwaitedJob[]>;
  /** Documents that were set aside of this source and are to be given once more, the oldest first. */
  markedDocuments(source: string): Promise<QuarantinedDocument[]>;
  /** The shortest free `job-` id of this event (7 hex digits, more on a collision). */
  freeJobId(eventId: string): Promise<string>;

  /** Pending rows after `afterOutboxId`, in order, at most `limit`; waits up to `waitMs` for one. */
  pendingOutbox(afterOutboxId: number, limit: number, waitMs: number): Promise<OutboxRow[]>;
  /** What is pending of a job, in order; waits up to `waitMs` for one of `known`, where there are any, not to be any more. */
  pendingOfJob(jobId: string, known: readonly number[], waitMs: number): Promise<OutboxRow[]>;
  /** An entry of the outbox, and the job that it is of, as they are now; see {@link Delivery}. */
  delivery(outboxId: number | null, jobId: string | null): Promise<Delivery>;
  /**
   * Provider jobs that are paid (or free) and not finished, without those in `except`; waits up to `waitMs` for one. Buyers take turns:
   * first comes whose jobs in `except` are the fewest, then the oldest. Of these kinds alone, where they are told.
   */
  runnableJobs(
    except: readonly string[],
    limit: number,
    waitMs: number,
    kinds?: readonly number[],
  ): Promise<JobRow[]>;
  /**
   * How many provider jobs are runnable, at most `limit`, how many of them are this buyer's, and which of these requests are jobs of this
   * provider; 4,096 of them at once.
   */
  placesTaken(
    eventIds: readonly string[],
    limit: number,
    buyer?: string,
  ): Promise<PlacesTaken>;
  /**
   * The oldest waiting document of each job that is due by then, at most `limit`; waits up to `waitMs` for one not in `except`, also for
   * one that becomes due meanwhile.
   */
  waitingCallbacks(
    except: readonly number[],
    dueByMs: number,
    limit: number,
    waitMs: number,
  ): Promise<CallbackRow[]>;
  /** Every document of a job that its skill was or is to be given, oldest first. */
  callbacksOf(jobId: string): Promise<CallbackRow[]>;
  /** Resolves when the job's row was changed after `sinceMs`, or after `waitMs`; gives the row. */
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
  /** Open rows of a channel in nonce order, as they are sent again (P4). */
  openOutgoing(channelId: string): Promise<OutgoingPacketRow[]>;
  /** Sum of a channel's packets that were written off since and not refused after it. */
  writtenOff(channelId: string, sinceMs: number): Promise<bigint>;
  /** The row under a nonce, or null. */
  outgoing(channelId: string, nonce: number): Promise<OutgoingPacketRow | null>;
  /** Rows that pay for one obligation, oldest first. */
  outgoingByObligation(obligation: string): Promise<OutgoingPacketRow[]>;
  /** The row under a nonce, or null (Q1 looks here first). */
  incoming(channelId: string, nonce: number): Promise<IncomingPacketRow | null>;
  /** Held rows of one channel or of all, by channel and nonce. */
  heldIncoming(channelId?: string): Promise<IncomingPacketRow[]>;
  /** The fulfilled or held row that pays this obligation, if there is one. */
  incomingByObligation(obligation: string): Promise<IncomingPacketRow | null>;

  /** A channel's row by its `ref`, or null. */
  chainChannel(ref: string): Promise<ChannelRow | null>;
  /** Channels on chains, oldest first; those that ended only where they are asked for. */
  listChainChannels(filter?: ChannelFilter): Promise<ChannelRow[]>;
  /** A transaction by its hash, or null. */
  transaction(hash: string): Promise<TransactionRow | null>;
  /** Signed transactions, oldest first; those that ended only where they are asked for. */
  listTransactions(filter?: TransactionFilter): Promise<TransactionRow[]>;

  /** What jobs and providers cost so far (budgets.ts); at most 4,096 of them at once. */
  budgets(question: BudgetQuestion): Promise<Budgets>;

  /** Which of these event ids were seen, with their outcome. */
  seen(eventIds: readonly string[]): Promise<Readonly<Record<string, string>>>;
  /** What was set last under this name, or null. */
  cursor(name: string): Promise<string | null>;
  /** The newest snapshot under this name, or null. */
  snapshot(name: string): Promise<{ readonly counter: number; readonly sealed: Uint8Array } | null>;
  /** All snapshots whose name begins so, by name. */
  snapshotsUnder(
    prefix: string,
  ): Promise<
    { readonly name: string; readonly counter: number; readonly sealed: Uint8Array }[]
  >;
  /** The last entry of the journal, or the place up to which entries were removed; null where there is none. */
  journalTip(): Promise<{ readonly seq: number; readonly hash: string } | null>;
  /** Entries after `seq`, in order, at most `limit`; waits up to `waitMs` for one. */
  journalAfter(seq: number, limit: number, waitMs: number): Promise<JournalEntry[]>;
  /** Entries that fit, at most `limit` of them. */
  listJournal(filter: JournalFilter): Promise<JournalEntry[]>;
  /** Sums over the entries that fit. Reads all of them: ask a reading store of its own, beside a daemon's. */
  journalStats(filter: JournalFilter): Promise<JournalStats>;
  /**
   * Removes what was over before this moment, and gives its pages back: all of it, or what `forMs` are enough for. Others' commits go
   * between.
   */
  removeOld(beforeMs: number, forMs?: number): Promise<Swept>;
  /** Checkpoints over entries after `seq`, in order. */
  checkpoints(afterSeq: number, limit: number): Promise<CheckpointRow[]>;

  /** Sums and counts; the sums are kept with each commit and need no scan. */
  totals(): Promise<StoreTotals>;
}

/** A store in the process that opened it, which alone ends it. */
export interface OpenStore extends Store {
  /** Flushes and closes; later calls throw StoreError `closed`. */
  close(): Promise<void>;
}
