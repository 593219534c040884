/**
 * What the dashboard shows: the last look at the home, what happened since it was opened, and what the person chose. Plain values.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { JobStatus } from "../../protocols/job_status.ts";
import type { PeerState } from "../../shell/live_state.ts";

/** A channel as the dashboard has it. */
export interface ChannelLine {
  readonly name: string;
  readonly status: string;
  readonly depositUnits: bigint;
  /** What claims are signed for, and what of a deposit is kept for a peer that did not answer. */
  readonly usedUnits: bigint;
  /** Less than the configured part of the deposit is left. */
  readonly low: boolean;
}

/** A job's row without its documents. */
export type JobLine = Omit<JobRow, "request" | "result">;

/** The home at one moment. */
export interface Look {
  readonly jobs: readonly JobLine[];
  readonly channels: readonly ChannelLine[];
  /** How many jobs stand where. */
  readonly counts: Readonly<Partial<Record<JobStatus, number>>>;
  readonly spentUnits: bigint;
  readonly earnedUnits: bigint;
  /** Payments without an answer. */
  readonly inDoubt: number;
}

/** The process at work on the home; null where none is. */
export interface Daemon {
  readonly role: string;
  readonly live: {
    readonly relay: PeerState | null;
    readonly connector: PeerState | null;
    readonly chain: PeerState | null;
  };
}

/** One line of what happened. */
export interface EventLine {
  readonly atMs: number;
  readonly text: string;
  readonly tone: Tone;
}

/** How a text is meant; a terminal with colours shows it. */
export type Tone = "plain" | "good" | "bad" | "warn" | "dim";

/** A job that is looked at closely. */
export interface OpenJob {
  readonly jobId: string;
  /** Its changes and payments, oldest first. */
  readonly timeline: readonly EventLine[];
  /** Lines of the result, or of what was printed so far; null until there are any. */
  readonly log: readonly string[] | null;
  /** The first line of the log that is shown. */
  readonly offset: number;
  /** Its end is shown instead, as it grows. */
  readonly follow: boolean;
}

/** Which jobs are listed. */
export type JobChoice = "all" | "open" | "failed";

/** Something that is done when it is said again. */
interface Asked {
  readonly text: string;
  readonly effect: Effect;
}

/** What the program does for the model. */
export type Effect =
  | { readonly do: "open"; readonly jobId: string }
  | { readonly do: "cancel"; readonly jobId: string }
  | { readonly do: "top_up"; readonly channel: string }
  | { readonly do: "stop" }
  | { readonly do: "leave" };

/** The whole. */
export interface Model {
  readonly network: string;
  readonly testnet: boolean;
  readonly asset: Asset;
  readonly mayor: string;
  /** What one key deposits, in words: `10.00 M2M`; null where nothing can be changed from here. */
  readonly topUp: string | null;
  readonly columns: number;
  readonly rows: number;
  readonly nowMs: number;
  readonly look: Look;
  readonly daemon: Daemon | null;
  readonly events: readonly EventLine[];
  readonly choice: JobChoice;
  /** The chosen job; null where none is listed. */
  readonly chosen: string | null;
  readonly open: OpenJob | null;
  readonly help: boolean;
  readonly asked: Asked | null;
  /** What the last key did, or why it did nothing. */
  readonly note: EventLine | null;
}

/** As many events are kept; older ones stand in the journal. */
export const MAX_EVENTS = 500;

/** The model before anything was read. */
export function firstModel(
  known: Pick<
    Model,
    "network" | "testnet" | "asset" | "mayor" | "topUp" | "columns" | "rows" | "nowMs"
  >,
): Model {
  return {
    ...known,
    look: { jobs: [], channels: [], counts: {}, spentUnits: 0n, earnedUnits: 0n, inDoubt: 0 },
    daemon: null,
    events: [],
    choice: "all",
    chosen: null,
    open: null,
    help: false,
    asked: null,
    note: null,
  };
}
