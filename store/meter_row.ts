/**
 * The meter of a job that is paid while it runs, as its buyer or its provider keeps it.
 *
 * @see docs/money.md#metered
 * @module
 */

/** The state of a job's increments. One row for each request and side. */
export interface MeterRow {
  /** Id of the request. */
  readonly eventId: string;
  /** Whose row it is. */
  readonly role: "buyer" | "provider";
  /** Public key of the other side, hex. */
  readonly party: string;
  /** The amount that must arrive for an increment, base units. */
  readonly incrementUnits: bigint;
  /** Run time that one increment buys, in seconds; 0 if it buys output. */
  readonly seconds: number;
  /** Output that one increment buys, in KiB; 0 if it buys run time. */
  readonly kib: number;
  /** The most increments that the buyer pays. */
  readonly most: number;
  /** Increments paid so far. */
  readonly paid: number;
  /** When the last of them was booked. */
  readonly paidAtMs: number;
  /** Buyer: when the first increment was booked; null before. */
  readonly sinceMs: number | null;
  /** Provider: run time that the present run has used. It is stored when an increment begins and when the run ends. */
  readonly usedMs: number;
  /** Provider: output that the present run has printed, in bytes, stored as `usedMs` is. */
  readonly usedBytes: number;
  /** Provider: where the output of the present run begins in the job's log. */
  readonly fromByte: number;
  /** The orders to pause the run or let it go on, both counted. The run is paused while the number is odd. */
  readonly turns: number;
  /** Buyer: when its provider confirmed the pause; null if it did not, or if the job is not paused. */
  readonly pausedAtMs: number | null;
  /** `over`: the provider stopped the run, because an increment was not paid. */
  readonly state: "open" | "over";
  /** When the row was created. */
  readonly atMs: number;
}

/** Adds a meter: this job is paid while it runs. */
export interface PutMeter {
  readonly op: "putMeter";
  readonly row: MeterRow;
}

/** Books an increment, in the order of its number. Booking it again changes nothing. */
interface PayIncrement {
  readonly op: "payIncrement";
  readonly eventId: string;
  readonly role: MeterRow["role"];
  /** From 1. */
  readonly number: number;
  /** The most increments, as the caller knows them; `conflict` if they were changed. Default: not checked. */
  readonly most?: number;
  readonly atMs: number;
}

/** Books how much a provider's run has used. */
interface MeterRun {
  readonly op: "meterRun";
  readonly eventId: string;
  /** Milliseconds, or bytes if increments buy output. 0 when a run begins, also when it begins again. */
  readonly used: number;
  /** Where the output of a run that begins now begins in the job's log. Default: unchanged. */
  readonly fromByte?: number;
  /** The run is stopped because only this many increments were paid; `conflict` if more were paid. */
  readonly stoppedAt: number | null;
}

/**
 * Books an order to pause the run or let it go on. One that was booked before changes nothing; `conflict` if an earlier one is missing. The
 * buyer's clock for the next increment did not run while the pause was confirmed.
 */
interface TurnMeter {
  readonly op: "turnMeter";
  readonly eventId: string;
  readonly role: MeterRow["role"];
  /** From 1. */
  readonly turn: number;
  readonly atMs: number;
}

/** Books that the provider confirmed the buyer's pause. Without effect if the pause is over. */
interface ConfirmPause {
  readonly op: "confirmPause";
  readonly eventId: string;
  readonly turn: number;
  readonly atMs: number;
}

/** Changes the most increments that a buyer pays; `conflict` if it is less than before, or if another number is paid. */
interface TopUpMeter {
  readonly op: "topUpMeter";
  readonly eventId: string;
  /** The paid increments, as the caller knows them. */
  readonly paid: number;
  readonly most: number;
}

/** Every change of a meter. */
export type MeterChange =
  | PutMeter
  | PayIncrement
  | MeterRun
  | TurnMeter
  | ConfirmPause
  | TopUpMeter;
