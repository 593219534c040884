/**
 * The methods of a home that commands call. This process serves the home, or another process serves it behind its control socket. The
 * methods, their parameters and their results are the same.
 *
 * Every method takes one value and can be aborted by a signal. Values may hold JSON, amounts (bigint) and bytes. An error keeps its class
 * name and its `code` in both cases.
 *
 * @module
 */
import type { BlobReference } from "../../blobs/blob_reference.ts";
import type { Announcement } from "../../market/announcement.ts";
import type { BlobProgress } from "../../market/blobs/blobs.ts";
import type { MessageAnswer, MessageWork } from "../../market/messages/messages.ts";
import type { QuoteAnswer, QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import type {
  ChannelManagerAnswer,
  ChannelManagerWork,
} from "../../money/channels/channel_work.ts";
import type { MoneyCall, MovedMoney } from "../../money/channels/money_mover.ts";
import type { GasQuote } from "../../money/evm/chain_connection.ts";
import type { Pauses, Side } from "../../store/pause_row.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { JobRow, OutboxRow } from "../../store/job_row.ts";
import type { PutRequirements } from "../../store/job_requirement_row.ts";
import type { PutResultSchemas } from "../../store/result_schema_row.ts";
import type { JudgementRow } from "../../store/judgement_row.ts";
import type { Comparator } from "../../store/verification_row.ts";
import type {
  CallbackRow,
  Change,
  ClaimJobKey,
  PlanFailover,
  PutMeter,
  PutQuote,
} from "../../store/store.ts";
import type { BuildsRequests } from "./built_requests.ts";
import type { JobLogPart } from "./job_log_part.ts";
import type { PaysJobs } from "./pays_jobs.ts";
import type { ProbeAnswer, ProbeAsked } from "./payment_probe.ts";

/** The other arguments of a call. */
export interface HomeCall<Progress = never> {
  /** Aborts the call. */
  readonly signal: AbortSignal;
  /** Receives progress, in order. A caller that reads too slowly misses some values. */
  readonly progress: (value: Progress) => void;
}

/** A planned job with all its rows. One commit makes all of them. */
export interface NewJob {
  readonly row: JobRow;
  /** Two rows: the write of the request, and the payment of its provider. */
  readonly outbox: readonly Omit<OutboxRow, "outboxId" | "state" | "detail">[];
  /** Stores the job's key; null if it has none. */
  readonly claim: ClaimJobKey | null;
  /** The providers to ask next if this one does not take the job; null if there are none. */
  readonly failover: PlanFailover | null;
  /** The quote that is paid; null or absent if the announced price is paid. */
  readonly quote?: PutQuote | null;
  /** The meter of a metered job; null or absent for other jobs. */
  readonly meter?: PutMeter | null;
  /** The schemas of results that its providers announced; null or absent if there are none. */
  readonly schemas?: PutResultSchemas | null;
  /** What the buyer required of its provider; null or absent if it required nothing. */
  readonly requirements?: PutRequirements | null;
}

/** Jobs whose answers are compared. One commit makes all of them. */
export interface NewVerification {
  /** The jobs in order. The first one gives the verification its id and has its key. */
  readonly jobs: readonly NewJob[];
  /** The number of equal answers that are needed. */
  readonly needed: number;
  /** Whether it is a challenge: two jobs, and a third one only if their answers differ. */
  readonly challenge: boolean;
  /** How the answers are compared. */
  readonly compare: Comparator;
  /** The skill that judges; null for every other comparison. */
  readonly judge: string | null;
}

/** The third job of a challenge whose two answers differ. */
export interface NewThird {
  readonly job: NewJob;
  /** The first job of the challenge. */
  readonly leadId: string;
}

/** A sequence's rows. */
export type NewSequence = Extract<Change, { op: "putSequence" }>;

/** What a caller waits for: `sent` means posted and paid, or refused; `ended` means that the outcome is known. */
export type Wanted = "sent" | "ended";

/** `told`: the relay has the deletion. `queued`: the next process that opens the home sends it. `not_needed`: nothing had been sent. */
export type ProviderTold = "told" | "queued" | "not_needed";

/** The methods of a home. See the module. */
export interface HomeApi extends PaysJobs<HomeCall>, BuildsRequests<HomeCall> {
  /**
   * Announcements of providers for these kinds, or for any kind; from one provider, or from all. Rejects as the relay reader does:
   * `offline`, `denied`.
   */
  announcements(
    asked: { readonly kinds: readonly number[]; readonly provider: string | null },
    call: HomeCall,
  ): Promise<Announcement[]>;
  /**
   * Asks for quotes. Each question has its own request, which is signed here. Returns one answer for each, at most 8. Without questions, it
   * only connects. Pays nothing. Rejects with `no_connector` if the network has none.
   */
  quotes(
    asked: { readonly questions: readonly QuoteQuestion[]; readonly windowMs: number },
    call: HomeCall,
  ): Promise<QuoteAnswer[]>;
  /**
   * Makes a job durable. Rejects with `conflict` if it exists or another job has its key, and with `no_callbacks` if this home runs no
   * callback skills.
   */
  submitJob(job: NewJob, call: HomeCall): Promise<void>;
  /** As {@link HomeApi.submitJob}, for jobs whose answers are compared. */
  submitVerification(verification: NewVerification, call: HomeCall): Promise<void>;
  /** As {@link HomeApi.submitJob}, for the third job of a challenge. Rejects with `conflict` if the challenge has three jobs. */
  submitThird(third: NewThird, call: HomeCall): Promise<void>;
  /** Stores what a skill said about answers. Rejects with `conflict` if it contradicts what it said before. */
  storeJudgement(judgement: JudgementRow, call: HomeCall): Promise<void>;
  /** Notes that answers of a verification were accepted, so they count as delivered by their providers. */
  acceptAnswers(asked: { readonly jobIds: readonly string[] }, call: HomeCall): Promise<void>;
  /**
   * Works on jobs until `count` of them have reached the wanted state, at most for `forMs`. Reports their rows, and each change of them.
   * Returns all rows.
   */
  untilJobs(
    asked: {
      readonly jobIds: readonly string[];
      readonly wanted: Wanted;
      readonly count: number;
      /** In milliseconds. Null waits without a limit. */
      readonly forMs: number | null;
    },
    call: HomeCall<JobRow>,
  ): Promise<JobRow[]>;
  /** Works on a job until the wanted state is reached, reports changes of its row after `knownMs`, and returns the row with what was paid. */
  untilJob(
    asked: { readonly jobId: string; readonly wanted: Wanted; readonly knownMs: number | null },
    call: HomeCall<JobRow>,
  ): Promise<JobRow>;
  /** Returns a job's log from a byte on. If it is not stored here, asks the provider. Waits up to `waitMs` for more. */
  jobLog(
    asked: { readonly jobId: string; readonly offset: number; readonly waitMs: number },
    call: HomeCall,
  ): Promise<JobLogPart>;
  /**
   * Stores a file from the home's folder `blobs/incoming` at the network's blob server. Buys storage if too little is left, and reports how
   * far the upload is. Rejects with BlobTransferError.
   */
  putBlob(
    asked: {
      readonly incoming: string;
      readonly type: string | null;
      readonly chunked: boolean;
    },
    call: HomeCall<BlobProgress>,
  ): Promise<BlobReference>;
  /** Fetches a blob into the home and returns its path. A private blob needs its author. Rejects with BlobTransferError. */
  fetchBlob(
    asked: {
      readonly reference: BlobReference;
      readonly maxBytes: number;
      readonly author?: string;
    },
    call: HomeCall,
  ): Promise<{ readonly path: string }>;
  /** Ends a job as an error because its result does not match its schema. Does nothing if the job has no such successful result. */
  denyResult(
    asked: {
      readonly jobId: string;
      readonly resultEventId: string;
      readonly message: string;
      readonly atMs: number;
    },
    call: HomeCall,
  ): Promise<void>;
  /** Cancels a job, and waits for a short time until its provider was told. Rejects with `conflict` if the job has ended. */
  cancelJob(
    asked: { readonly jobId: string; readonly atMs: number },
    call: HomeCall,
  ): Promise<ProviderTold>;
  /**
   * Pauses a metered job or lets it go on, and waits for a short time until its provider confirmed it. Rejects with `not_metered` and
   * `job_over`.
   */
  turnJob(
    asked: { readonly jobId: string; readonly paused: boolean; readonly atMs: number },
    call: HomeCall,
  ): Promise<ProviderTold>;
  /** Gives a document to its skill again with all tries. Takes the job's newest document if none is waiting. */
  repeatCallback(
    asked: { readonly jobId: string; readonly callbackId: number; readonly atMs: number },
    call: HomeCall,
  ): Promise<CallbackRow | null>;
  /**
   * Reads the relay's answers to these jobs. Returns false if the home reads the relay all the time. Rejects with `offline` if it cannot.
   */
  refreshJobs(asked: { readonly jobIds: readonly string[] }, call: HomeCall): Promise<boolean>;
  /** Makes a sequence of jobs durable. Rejects with `conflict` if it exists. */
  submitSequence(sequence: NewSequence, call: HomeCall): Promise<void>;
  /** Works on a sequence until the wanted state is reached, and reports each change. */
  untilSequence(
    asked: { readonly sequenceId: string; readonly wanted: Wanted },
    call: HomeCall<SequenceState>,
  ): Promise<SequenceState>;
  /** Returns the sequence's state at once if a daemon runs it; otherwise after its present job is posted and paid. Reports each change. */
  tendSequence(
    asked: { readonly sequenceId: string },
    call: HomeCall<SequenceState>,
  ): Promise<SequenceState>;
  /** Cancels a sequence. Returns false if it had ended. */
  cancelSequence(
    asked: { readonly sequenceId: string; readonly atMs: number },
    call: HomeCall,
  ): Promise<boolean>;
  /**
   * Pauses buying or selling since a time, or with null lets it go on. A pause that exists keeps its time. Returns both sides.
   */
  pause(
    asked: { readonly side: Side; readonly atMs: number | null },
    call: HomeCall,
  ): Promise<Pauses>;
  /** Lets a document that was set aside run again at the next start of a daemon. */
  retryDocument(asked: { readonly quarantineId: number }, call: HomeCall): Promise<void>;
  /** Removes rows that ended before this time. Returns how many of each kind. */
  removeOld(
    asked: { readonly beforeMs: number },
    call: HomeCall,
  ): Promise<Readonly<Record<string, number>>>;
  /** Runs a method of the channel manager. Rejects with `no_chain` if the network has none, otherwise with the manager's own errors. */
  channel<Work extends ChannelManagerWork>(
    work: Work,
    call: HomeCall,
  ): Promise<ChannelManagerAnswer<Work>>;
  /** Watches the channels until the call is aborted. */
  watchChannels(asked: null, call: HomeCall): Promise<void>;
  /**
   * Sends a private message, or reads those that came. Rejects with `no_wallet` if the wallet cannot sign, otherwise as
   * `Messages.run`.
   */
  message<Work extends MessageWork>(work: Work, call: HomeCall): Promise<MessageAnswer<Work>>;
  /** Pays for one small event at the relay (payment_probe.ts). */
  probe(asked: ProbeAsked, call: HomeCall): Promise<ProbeAnswer>;
  /** The fee for a transfer outside of channels. */
  priceMoney(asked: MoneyCall, call: HomeCall): Promise<Pick<GasQuote, "gasLimit" | "maxFeeWei">>;
  /** Transfers money. The passphrase is the wallet's. It is needed if the user named the recipient; otherwise null. */
  moveMoney(
    asked: { readonly call: MoneyCall; readonly passphrase: string | null },
    call: HomeCall,
  ): Promise<MovedMoney>;
}

/** The methods by name, each once. */
export const HOME_METHODS: readonly (keyof HomeApi)[] = Object.keys(
  {
    announcements: true,
    quotes: true,
    prepareJob: true,
    buildRequest: true,
    assignRequest: true,
    submitJob: true,
    untilJob: true,
    submitVerification: true,
    submitThird: true,
    storeJudgement: true,
    acceptAnswers: true,
    untilJobs: true,
    jobLog: true,
    putBlob: true,
    fetchBlob: true,
    denyResult: true,
    cancelJob: true,
    turnJob: true,
    topUpJob: true,
    payKey: true,
    payQuote: true,
    repeatCallback: true,
    refreshJobs: true,
    submitSequence: true,
    untilSequence: true,
    tendSequence: true,
    cancelSequence: true,
    pause: true,
    probe: true,
    retryDocument: true,
    removeOld: true,
    channel: true,
    watchChannels: true,
    message: true,
    priceMoney: true,
    moveMoney: true,
  } satisfies Record<keyof HomeApi, true>,
) as (keyof HomeApi)[];
