/**
 * Checks the state of a transaction attempt: it is in a block, its block was removed by a reorganisation, no node knows it any more, or
 * another transaction of the account used its nonce.
 *
 * @module
 */
import type { EvmChain } from "../evm/chain_connection.ts";
import type { TransactionRow } from "../../store/store.ts";
import { callOfText } from "./call_text.ts";
import { AttemptFailure, type TransactionAttempt } from "./transaction_attempt.ts";

/** The actions of the lane that follow from the check of an attempt. */
export interface AttemptActions {
  readonly chain: Pick<EvmChain, "transaction" | "transactionCount">;
  /** The account. */
  readonly sender: string;
  /** Stores the rows' new states and their effects in one commit. */
  write(attempt: TransactionAttempt, rows: readonly TransactionRow[]): Promise<void>;
  /** Broadcasts the newest bytes again, but not too often. */
  sendAgain(attempt: TransactionAttempt): Promise<void>;
  /** Replaces it with a transaction with a higher fee if it has waited too long. */
  replaceIfStuck(attempt: TransactionAttempt): Promise<void>;
  /** Called after the outcome is durable. */
  ended(attempt: TransactionAttempt): void;
}

/** Checks a transaction attempt once. Rejects if the chain cannot be asked. */
export async function checkAttempt(
  actions: AttemptActions,
  attempt: TransactionAttempt,
): Promise<void> {
  let known = false;
  for (const row of [...attempt.rows].reverse()) {
    const status = await actions.chain.transaction(row.hash);
    if (status.state === "unknown") continue;
    known = true;
    if (status.state === "pending") continue;
    if (status.state === "reverted" && !status.confirmed) return;
    return await inBlock(actions, attempt, row, status);
  }
  const vanished = attempt.rows.filter(({ state }) => state === "mined");
  if (vanished.length > 0) {
    // A reorganisation removed its block.
    await actions.write(
      attempt,
      vanished.map((row): TransactionRow => ({
        ...row,
        state: "broadcast",
        blockNumber: null,
        blockHash: null,
        openedChannelId: null,
        feeWei: null,
      })),
    );
  }
  if (!known) return await forgotten(actions, attempt);
  await actions.replaceIfStuck(attempt);
}

async function inBlock(
  actions: AttemptActions,
  attempt: TransactionAttempt,
  row: TransactionRow,
  status: Exclude<
    Awaited<ReturnType<EvmChain["transaction"]>>,
    { readonly state: "unknown" | "pending" }
  >,
): Promise<void> {
  const common = { ...row, blockNumber: status.blockNumber, feeWei: status.feeWei };
  if (status.state === "reverted") {
    const reverted: TransactionRow = { ...common, state: "reverted", reason: status.reason };
    await end(actions, attempt, reverted);
    return attempt.fail(
      new AttemptFailure("reverted", reverted, `${attempt.call.call} reverted: ${status.reason}`),
    );
  }
  const held: TransactionRow = {
    ...common,
    state: status.state,
    blockHash: status.blockHash,
    openedChannelId: status.openedChannelId,
  };
  if (status.state === "confirmed") {
    await end(actions, attempt, held);
    const call = callOfText(held.call);
    return call.call === "cancel" && attempt.call.call !== "cancel"
      ? attempt.fail(new AttemptFailure("cancelled", held, `${attempt.call.call} was cancelled`))
      : attempt.finish(held);
  }
  if (row.blockHash !== held.blockHash) await actions.write(attempt, [held]);
  attempt.seen(held);
}

/** Stores the outcome in one commit with the states of all transactions with the same nonce. */
async function end(
  actions: AttemptActions,
  attempt: TransactionAttempt,
  ended: TransactionRow,
): Promise<void> {
  const cancelled = callOfText(ended.call).call === "cancel";
  const siblings = attempt.rows.filter(({ hash }) => hash !== ended.hash).map((
    row,
  ): TransactionRow => ({
    ...row,
    state: cancelled ? "cancelled" : "replaced",
    reason: `by ${ended.hash}`,
  }));
  await actions.write(attempt, [...siblings, ended]);
  actions.ended(attempt);
}

/** No node knows the transaction. It is sent again, unless a confirmed block already used its nonce. */
async function forgotten(actions: AttemptActions, attempt: TransactionAttempt): Promise<void> {
  const { nonce } = attempt.newest;
  const { confirmed } = await actions.chain.transactionCount(actions.sender);
  if (confirmed > nonce) {
    // The transactions are looked up again, because one may have been confirmed between the two questions.
    for (const row of attempt.rows) {
      if ((await actions.chain.transaction(row.hash)).state !== "unknown") return;
    }
    const reason = "the account nonce was used by another transaction";
    await actions.write(
      attempt,
      attempt.rows.map((row): TransactionRow => ({ ...row, state: "replaced", reason })),
    );
    actions.ended(attempt);
    return attempt.fail(new AttemptFailure("replaced", attempt.newest, reason));
  }
  await actions.sendAgain(attempt);
  if (attempt.replaceAtMs === 0) await actions.replaceIfStuck(attempt);
}
