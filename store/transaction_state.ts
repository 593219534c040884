/**
 * Where a transaction stands and what may follow (docs/money.md#channels).
 *
 * @module
 */

/**
 * Where a transaction stands. `signed`: durable, perhaps not sent. `broadcast`: sent. `mined`: in a block that may still go.
 * `confirmed` and `reverted`: in a confirmed block. `replaced`: the account's nonce was used by another confirmed one.
 * `cancelled`: as `replaced` by a transaction that moves nothing, or its chain is gone.
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

/** A block may go again, and with it `mined`; what was sent cannot be unsent. */
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

/** States of a transaction that is over. */
export const ENDED_TRANSACTION_STATES: readonly TransactionState[] = TRANSACTION_STATES.filter(
  isTransactionEnded,
);

/** States of a transaction that may still come to something. */
export const OPEN_TRANSACTION_STATES: readonly TransactionState[] = TRANSACTION_STATES.filter(
  (state) => !isTransactionEnded(state),
);

/** Whether the transaction is over: its row never changes again. */
export function isTransactionEnded(state: TransactionState): boolean {
  return NEXT[state].length === 0;
}

/** Whether a block of the chain that cannot go any more holds it: it used its account nonce. */
export function isInBlock(state: TransactionState): boolean {
  return state === "confirmed" || state === "reverted";
}

/** Whether a transaction may go from one state to another. It may always stay as it is. */
export function transactionMayBecome(from: TransactionState, to: TransactionState): boolean {
  return from === to || NEXT[from].includes(to);
}
