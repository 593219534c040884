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
  /** Run time that one increment buys, in seconds. */
  readonly seconds: number;
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
  readonly atMs: number;
}

/** Books how much time a provider's run has used. */
interface MeterRun {
  readonly op: "meterRun";
  readonly eventId: string;
  /** 0 when a run begins, also when it begins again. */
  readonly usedMs: number;
  /** The run is stopped because only this many increments were paid; `conflict` if more were paid. */
  readonly stoppedAt: number | null;
}

/** Every change of a meter. */
export type MeterChange = PutMeter | PayIncrement | MeterRun;
