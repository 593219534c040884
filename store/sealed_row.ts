/**
 * A result that is paid on delivery, as its buyer or its provider keeps it.
 *
 * @module
 */

/** The state of a sale. A provider's sale ends as `sold`, a buyer's as `opened` or `broken`. */
type SealedState = "waiting" | "sold" | "opened" | "broken";

/** A sealed result and its price. One row for each request and side. */
export interface SealedRow {
  /** Id of the request. */
  readonly eventId: string;
  /** Whose row it is. */
  readonly role: "buyer" | "provider";
  /** Public key of the other side, hex. */
  readonly party: string;
  /** SHA-256 of the result's key, hex, as in the quote. */
  readonly condition: string;
  /** The price of the result's key, base units. */
  readonly restUnits: bigint;
  /** The signed result as received; on the provider's side, the event before it was signed. */
  readonly result: Uint8Array;
  /** `broken`: the key was paid and does not open the result. */
  readonly state: SealedState;
  /** The result's key, hex. Null until it is paid, and always on the provider's side, which derives it again. */
  readonly key: string | null;
  /** When it was sealed or received. */
  readonly atMs: number;
  /** When it should be paid. */
  readonly dueAtMs: number;
}

/** Stores a result that was sealed or received. */
export interface PutSealed {
  readonly op: "putSealed";
  readonly row: SealedRow;
}

/** The outcome of the sale; the first one stays. */
export interface SettleSealed {
  readonly op: "settleSealed";
  readonly eventId: string;
  readonly role: SealedRow["role"];
  readonly state: Exclude<SealedState, "waiting">;
  readonly key: string | null;
}

/** How a buyer pays this provider. */
export interface SealedDebts {
  /** Results that it may still pay in time. */
  readonly waiting: number;
  /** Results that it did not pay in time. */
  readonly overdue: number;
  /** Results that it paid. */
  readonly paid: number;
}
