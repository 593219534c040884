/**
 * The dashboard's state: the last view of the home, the events since the start, and the user's choices. Plain values.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Side } from "../../store/pause_row.ts";
import type { JobStatus } from "../../protocols/job_status.ts";
import type { FurtherConnector, PeerState } from "../../shell/live_state.ts";

/** A channel on the dashboard. */
export interface ChannelLine {
  readonly name: string;
  readonly status: string;
  readonly depositUnits: bigint;
  /** The amount for which claims are signed, and the amount reserved for a peer that did not answer. */
  readonly usedUnits: bigint;
  /** True if the balance is below the configured share of the deposit. */
  readonly low: boolean;
}

/** A job's row without its documents. */
export type JobLine = Omit<JobRow, "request" | "result">;

/** The home at one moment. */
export interface Look {
  readonly jobs: readonly JobLine[];
  readonly channels: readonly ChannelLine[];
  /** The number of jobs in each status. */
  readonly counts: Readonly<Partial<Record<JobStatus, number>>>;
  readonly spentUnits: bigint;
  readonly earnedUnits: bigint;
  /** Payments without an answer. */
  readonly inDoubt: number;
}

/** The process that holds the home; null if none does. */
export interface Daemon {
  readonly role: string;
  /** Since when it buys (a mayor) or sells (a node) nothing new, UTC; null if it is not paused. */
  readonly pausedSince: string | null;
  /** The skills that a node sells. */
  readonly skills: readonly string[];
  readonly live: {
    readonly relay: PeerState | null;
    readonly connector: PeerState | null;
    readonly chain: PeerState | null;
  };
  readonly connectors: readonly FurtherConnector[];
}

/** One event as a line of text. */
export interface EventLine {
  readonly atMs: number;
  readonly text: string;
  readonly tone: Tone;
}

/** The meaning of a text, which a terminal shows as a colour. */
export type Tone = "plain" | "good" | "bad" | "warn" | "dim";

/** The job whose details are shown. */
export interface OpenJob {
  readonly jobId: string;
  /** Its changes and payments, oldest first. */
  readonly timeline: readonly EventLine[];
  /** Lines of the result, or of the log so far; null before the first line. */
  readonly log: readonly string[] | null;
  /** The first line of the log that is shown. */
  readonly offset: number;
  /** True if the view follows the end of the log. */
  readonly follow: boolean;
}

/** Which jobs are listed. */
export type JobChoice = "all" | "open" | "failed";

/** A payment, or an earning, in the list. */
export interface PaymentLine {
  readonly atMs: number;
  /** `payment`, `write`, `earning`, `lightning`. */
  readonly what: string;
  readonly amount: string;
  /** What was left in the channel afterwards; empty if that is not known. */
  readonly left: string;
  readonly jobId: string | null;
  readonly channel: string | null;
  readonly outcome: string;
}

/** The list of payments while it is shown. */
export interface PaymentsShown {
  /** The newest first; null until they are read. */
  readonly lines: readonly PaymentLine[] | null;
  /** The first line that is shown. */
  readonly offset: number;
}

/** The question into which channel to deposit, and how much. */
export interface Deposit {
  readonly channel: string;
  /** As it is typed. */
  readonly amount: string;
  /** True while the amount is the proposed one, which the first digit replaces. */
  readonly fresh: boolean;
}

/** An action that runs when the user confirms it. */
export interface Asked {
  readonly text: string;
  readonly effect: Effect;
}

/** An action that the program runs for the model. */
export type Effect =
  | { readonly do: "open"; readonly jobId: string }
  | { readonly do: "cancel"; readonly jobId: string }
  /** Asks what it costs to buy the job again. */
  | { readonly do: "price"; readonly jobId: string }
  | { readonly do: "rerun"; readonly jobId: string; readonly mostUnits: bigint }
  /** Reads the payments. */
  | { readonly do: "payments" }
  | { readonly do: "pause"; readonly side: Side; readonly pause: boolean }
  | { readonly do: "top_up"; readonly channel: string; readonly addUnits: bigint }
  | { readonly do: "stop" }
  /** `stop` also stops the daemon that this process holds. */
  | { readonly do: "leave"; readonly stop: boolean };

/** The whole state. */
export interface Model {
  readonly network: string;
  readonly testnet: boolean;
  readonly asset: Asset;
  readonly mayor: string;
  /** The proposed deposit as text, e.g. `10.00 M2M`; null if this dashboard can change nothing. */
  readonly topUp: string | null;
  /** Whether the process of this dashboard also holds the daemon, which then ends with it. */
  readonly holds: boolean;
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
  readonly look: Look;
  readonly daemon: Daemon | null;
  /** Why no daemon could be started, and what to do. */
  readonly unstarted?: { readonly message: string; readonly suggestion: string };
  readonly events: readonly EventLine[];
  readonly choice: JobChoice;
  /** Id of the selected job; null if no job is listed. */
  readonly chosen: string | null;
  /** Whether nobody has selected a job: until the first key, and again after Home. */
  readonly unselected: boolean;
  readonly open: OpenJob | null;
  readonly help: boolean;
  /** The payments, if they are shown. */
  readonly payments: PaymentsShown | null;
  readonly deposit: Deposit | null;
  readonly asked: Asked | null;
  /** The outcome of the last key, or why it did nothing. */
  readonly note: EventLine | null;
}

/** The fewest events that are kept. A high screen shows more. Older ones are in the journal. */
export const FEW_EVENTS = 30;

/** The model before anything was read. */
export function firstModel(
  known: Pick<
    Model,
    | "network"
    | "testnet"
    | "asset"
    | "mayor"
    | "topUp"
    | "holds"
    | "columns"
    | "rows"
    | "nowMs"
    | "unstarted"
  >,
): Model {
  return {
    ...known,
    look: { jobs: [], channels: [], counts: {}, spentUnits: 0n, earnedUnits: 0n, inDoubt: 0 },
    daemon: null,
    events: [],
    choice: "all",
    chosen: null,
    unselected: true,
    open: null,
    help: false,
    payments: null,
    deposit: null,
    asked: null,
    note: null,
  };
}
