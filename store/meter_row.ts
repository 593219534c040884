/**
 * The meter of a job that is paid while it runs, as either side keeps it.
 *
 * @see docs/money.md#metered
 * @module
 */

/** How a job's increments stand. One row for each request and side. */
export interface MeterRow {
  /** Of the request. */
  readonly eventId: string;
  /** Whose row it is. */
  readonly role: "buyer" | "provider";
  /** Key of the other side, hex. */
  readonly party: string;
  /** What must arrive for an increment, base units. */
  readonly incrementUnits: bigint;
  /** Run time that an increment buys. */
  readonly seconds: number;
  /** The buyer pays at most so many. */
  readonly most: number;
  /** Increments that were paid. */
  readonly paid: number;
  /** When the last of them was booked here. */
  readonly paidAtMs: number;
  /** Buyer: when the first increment was booked; null before. */
  readonly sinceMs: number | null;
  /** Provider: what the present run has used, written down when it begins an increment and when it ends. */
  readonly usedMs: number;
  /** `over`: the provider stopped the run, because an increment was not paid. */
  readonly state: "open" | "over";
  /** When it was made. */
  readonly atMs: number;
}

/** A job is paid while it runs. */
export interface PutMeter {
  readonly op: "putMeter";
  readonly row: MeterRow;
}

/** An increment was paid, in the order of its number; told again it changes nothing. */
interface PayIncrement {
  readonly op: "payIncrement";
  readonly eventId: string;
  readonly role: MeterRow["role"];
  /** From 1. */
  readonly number: number;
  readonly atMs: number;
}

/** How far a provider's run is. */
interface MeterRun {
  readonly op: "meterRun";
  readonly eventId: string;
  /** 0 when it begins, also for another time. */
  readonly usedMs: number;
  /** It is stopped because no more than so many increments were paid: `conflict` where more were. */
  readonly stoppedAt: number | null;
}

/** Every change of a meter. */
export type MeterChange = PutMeter | PayIncrement | MeterRun;
