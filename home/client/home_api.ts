/**
 * What commands ask of a home. The home is served in the command's own process, or by the process that is at work on it, behind its
 * control socket: the methods, their parameters and their answers are the same.
 *
 * Every method takes one value and may be given up by a signal. Values hold what JSON holds, amounts (bigint) and bytes. An error
 * keeps its name and its `code` on either way.
 *
 * @module
 */
import type { BlobReference } from "../../blobs/blob_reference.ts";
import type { Announcement } from "../../market/announcement.ts";
import type { QuoteAnswer, QuoteQuestion } from "../../market/quotes/ask_quotes.ts";
import type {
  ChannelManagerAnswer,
  ChannelManagerWork,
} from "../../money/channels/channel_work.ts";
import type { MoneyCall, MovedMoney } from "../../money/channels/money_mover.ts";
import type { GasQuote } from "../../money/evm/chain_connection.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { JobRow, OutboxRow } from "../../store/job_row.ts";
import type {
  CallbackRow,
  Change,
  ClaimJobKey,
  PlanFailover,
  PutQuote,
} from "../../store/store.ts";

/** What a call has beside its value. */
export interface HomeCall<Progress = never> {
  /** Gives the call up. */
  readonly signal: AbortSignal;
  /** Told on the way, in order; a caller that reads too slowly misses some. */
  readonly progress: (value: Progress) => void;
}

/** A planned job: made in one commit, or not at all. */
export interface NewJob {
  readonly row: JobRow;
  /** The request's write and the payment of its provider. */
  readonly outbox: readonly Omit<OutboxRow, "outboxId" | "state" | "detail">[];
  /** Claims the job's key; null where it has none. */
  readonly claim: ClaimJobKey | null;
  /** Who is asked where the provider does not take it; null where nobody is. */
  readonly failover: PlanFailover | null;
  /** The quote that is paid; null or absent where the announced price is. */
  readonly quote?: PutQuote | null;
}

/** A part of what a job printed. */
export interface JobLogPart {
  /** Where it begins in the whole log. Not what was asked for where the log is shorter: another provider began it anew. */
  readonly offset: number;
  /** Foreign bytes; may be none. */
  readonly bytes: Uint8Array;
  /** Nothing comes after these bytes. */
  readonly ended: boolean;
  /** Why the provider could not be asked; null where it was, or was not needed. */
  readonly problem: string | null;
}

/** A sequence's rows. */
export type NewSequence = Extract<Change, { op: "putSequence" }>;

/** Where a job or a sequence is waited for: `sent` is posted and paid, or refused; `ended` has its outcome. */
export type Wanted = "sent" | "ended";

/** `told`: the deletion is on the relay. `queued`: whoever works on the home next sends it. `not_needed`: nothing had left. */
export type ProviderTold = "told" | "queued" | "not_needed";

/** See the module. */
export interface HomeApi {
  /** Who provides these kinds, or any; by one provider, or anybody. Rejects as the relay's reader does: `offline`, `denied`. */
  announcements(
    asked: { readonly kinds: readonly number[]; readonly provider: string | null },
    call: HomeCall,
  ): Promise<Announcement[]>;
  /**
   * Asks for quotes, each with its own request that is signed here; an answer for each, at most 8. Nothing is paid. `no_connector` where
   * nobody can be asked.
   */
  quotes(
    asked: { readonly questions: readonly QuoteQuestion[]; readonly windowMs: number },
    call: HomeCall,
  ): Promise<QuoteAnswer[]>;
  /** Makes a job durable. `conflict` where it is there, or another holds its key; `no_callbacks` where this home calls no skill. */
  submitJob(job: NewJob, call: HomeCall): Promise<void>;
  /** Brings a job there, and tells each change of its row. What was paid is in the row that it gives. */
  untilJob(
    asked: { readonly jobId: string; readonly wanted: Wanted },
    call: HomeCall<JobRow>,
  ): Promise<JobRow>;
  /** What a job printed from a byte on, asked of its provider where it is not here; waits up to `waitMs` for more. */
  jobLog(
    asked: { readonly jobId: string; readonly offset: number; readonly waitMs: number },
    call: HomeCall,
  ): Promise<JobLogPart>;
  /**
   * Stores a file of the home's folder `blobs/incoming` at the network's blob server, and buys storage where too little is left. Rejects
   * with BlobTransferError.
   */
  putBlob(
    asked: {
      readonly incoming: string;
      readonly type: string | null;
      readonly chunked: boolean;
    },
    call: HomeCall,
  ): Promise<BlobReference>;
  /** Brings a blob into the home; gives the path of its file. A private one needs its author. Rejects with BlobTransferError. */
  fetchBlob(
    asked: {
      readonly reference: BlobReference;
      readonly maxBytes: number;
      readonly author?: string;
    },
    call: HomeCall,
  ): Promise<{ readonly path: string }>;
  /** Ends a job, and waits a moment until its provider was told. `conflict` where it is over. */
  cancelJob(
    asked: { readonly jobId: string; readonly atMs: number },
    call: HomeCall,
  ): Promise<ProviderTold>;
  /** Gives a document to its skill again with all tries; gives the job's newest document when none of it waits. */
  repeatCallback(
    asked: { readonly jobId: string; readonly callbackId: number; readonly atMs: number },
    call: HomeCall,
  ): Promise<CallbackRow | null>;
  /** Takes in what the relay has of these jobs; false where the home reads the relay all the time. `offline` where it cannot. */
  refreshJobs(asked: { readonly jobIds: readonly string[] }, call: HomeCall): Promise<boolean>;
  /** Makes a sequence of jobs durable. `conflict` where it is there. */
  submitSequence(sequence: NewSequence, call: HomeCall): Promise<void>;
  /** Brings a sequence there, and tells each change. */
  untilSequence(
    asked: { readonly sequenceId: string; readonly wanted: Wanted },
    call: HomeCall<SequenceState>,
  ): Promise<SequenceState>;
  /** The sequence as it is where somebody runs it all the time, else when its present job is posted and paid. Tells each change. */
  tendSequence(
    asked: { readonly sequenceId: string },
    call: HomeCall<SequenceState>,
  ): Promise<SequenceState>;
  /** Gives a sequence up; false where it had ended. */
  cancelSequence(
    asked: { readonly sequenceId: string; readonly atMs: number },
    call: HomeCall,
  ): Promise<boolean>;
  /** Has a document that was set aside given to its stages once more, when a daemon of the home starts next. */
  retryDocument(asked: { readonly quarantineId: number }, call: HomeCall): Promise<void>;
  /** Removes rows of the store that were over before this moment; how many of each kind. */
  removeOld(
    asked: { readonly beforeMs: number },
    call: HomeCall,
  ): Promise<Readonly<Record<string, number>>>;
  /** Asks the channel manager. `no_chain` where the network has none; else its own errors. */
  channel<Work extends ChannelManagerWork>(
    work: Work,
    call: HomeCall,
  ): Promise<ChannelManagerAnswer<Work>>;
  /** Watches the channels until it is given up. */
  watchChannels(asked: null, call: HomeCall): Promise<void>;
  /** What moving money outside of channels would cost. */
  priceMoney(asked: MoneyCall, call: HomeCall): Promise<Pick<GasQuote, "gasLimit" | "maxFeeWei">>;
  /** Moves it. The passphrase is the wallet's, where money goes to an address that its user names; null where none is needed. */
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
    submitJob: true,
    untilJob: true,
    jobLog: true,
    putBlob: true,
    fetchBlob: true,
    cancelJob: true,
    repeatCallback: true,
    refreshJobs: true,
    submitSequence: true,
    untilSequence: true,
    tendSequence: true,
    cancelSequence: true,
    retryDocument: true,
    removeOld: true,
    channel: true,
    watchChannels: true,
    priceMoney: true,
    moveMoney: true,
  } satisfies Record<keyof HomeApi, true>,
) as (keyof HomeApi)[];
