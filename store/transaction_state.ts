/**
 * The states of a transaction, and which may follow (docs/money.md#channels).
 *
 * @module
 */

/**
 * The state of a transaction. `signed`: durable, perhaps not sent. `broadcast`: sent. `mined`: in a block that a reorganisation may still
 * remove. `confirmed` and `reverted`: in a confirmed block. `replaced`: another confirmed transaction used the account's nonce.
 * `cancelled`: replaced by a transaction that moves nothing, or its chain is gone.
 */
export type TransactionState =
  | "signed"
  | "broadcast"
  | "mined"
  | "confirmed"
  | "reverted"
  | "replaced"
  | "cancelled";

const OUTCOMES = ["confirmed", "reverted", "replaced", "cancelled"] as const;

/** A reorganisation may remove the block of a `mined` transaction. A transaction that was sent never becomes `signed` again. */
const NEXT: Readonly<Record<TransactionState, readonly TransactionState[]>> = {
  signed: ["broadcast", "mined", ...OUTCOMES],
  broadcast: ["mined", ...OUTCOMES],
  mined: ["broadcast", ...OUTCOMES],
  confirmed: [],
  reverted: [],
  replaced: [],
  cancelled: [],
};

/** Every state. */
export const TRANSACTION_STATES = Object.keys(NEXT) as readonly TransactionState[];

/** States of a transaction that has ended. */
export const ENDED_TRANSACTION_STATES: readonly TransactionState[] = TRANSACTION_STATES.filter(
  isTransactionEnded,
);

/** States of a transaction that has not ended. */
export const OPEN_TRANSACTION_STATES: readonly TransactionState[] = TRANSACTION_STATES.filter(
  (state) => !isTransactionEnded(state),
);

/** Whether the transaction has ended. Then its row never changes again. */
export function isTransactionEnded(state: TransactionState): boolean {
  return NEXT[state].length === 0;
}

/** Whether a confirmed block contains it, so that it used its account nonce. */
export function isInBlock(state: TransactionState): boolean {
  return state === "confirmed" || state === "reverted";
}

/** Whether a transaction may change from one state to another. It may always keep its state. */
export function transactionMayBecome(from: TransactionState, to: TransactionState): boolean {
  return from === to || NEXT[from].includes(to);
}
