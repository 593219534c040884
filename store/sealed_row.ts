/**
 * A result that is paid on delivery, as either side of the sale keeps it.
 *
 * @module
 */

/** How a sale stands. A seller's is over with `sold`, a buyer's with the two others. */
type SealedState = "waiting" | "sold" | "opened" | "broken";

/** A sealed result, and what it is sold for. One for each request and side. */
export interface SealedRow {
  /** Of the request. */
  readonly eventId: string;
  /** Whose row it is. */
  readonly role: "buyer" | "provider";
  /** Key of the other side, hex. */
  readonly party: string;
  /** SHA-256 of the key, hex, as the quote has it. */
  readonly condition: string;
  /** What is paid for the key, base units. */
  readonly restUnits: bigint;
  /** The signed result as it came; of a provider the event before it was signed. */
  readonly result: Uint8Array;
  /** `broken`: the key was paid for and does not open the result. */
  readonly state: SealedState;
  /** The key, hex; null until it was paid for, and on the provider's side, which makes it anew. */
  readonly key: string | null;
  /** When it was sealed, or came. */
  readonly atMs: number;
  /** When it should be paid. */
  readonly dueAtMs: number;
}

/** A result is sealed, or came sealed. */
export interface PutSealed {
  readonly op: "putSealed";
  readonly row: SealedRow;
}

/** What became of the sale; the first outcome counts. */
export interface SettleSealed {
  readonly op: "settleSealed";
  readonly eventId: string;
  readonly role: SealedRow["role"];
  readonly state: Exclude<SealedState, "waiting">;
  readonly key: string | null;
}

/** How a buyer stands with this provider. */
export interface SealedDebts {
  /** Results that it may still pay in time. */
  readonly waiting: number;
  /** Results that it did not pay in time. */
  readonly overdue: number;
  /** Results that it paid. */
  readonly paid: number;
}
