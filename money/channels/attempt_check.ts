/**
 * What became of a transaction attempt: in a block, gone from it, forgotten by every node, or overtaken by another transaction of the account.
 *
 * @module
 */
import type { EvmChain } from "../evm/chain_connection.ts";
import type { TransactionRow } from "../../store/store.ts";
import { callOfText } from "./call_text.ts";
import { AttemptFailure, type TransactionAttempt } from "./transaction_attempt.ts";

/** What the lane does for whoever follows its transaction attempts. */
export interface AttemptActions {
  readonly chain: Pick<EvmChain, "transaction" | "transactionCount">;
  /** The account. */
  readonly sender: string;
  /** Makes the rows' new states durable, with what they change besides. */
  write(attempt: TransactionAttempt, rows: readonly TransactionRow[]): Promise<void>;
  /** Broadcasts the newest bytes once more, not too often. */
  sendAgain(attempt: TransactionAttempt): Promise<void>;
  /** Replaces it with a higher fee where it waited for long. */
  replaceIfStuck(attempt: TransactionAttempt): Promise<void>;
  /** Its outcome is durable. */
  ended(attempt: TransactionAttempt): void;
}

/** One look at a transaction attempt. Rejects where the chain cannot be asked. */
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
    // Its block went away.
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

/** The outcome, and that of its siblings under the same nonce, in one commit. */
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

/** No node knows it: it is sent again, unless its nonce is spent in a confirmed block. */
async function forgotten(actions: AttemptActions, attempt: TransactionAttempt): Promise<void> {
  const { nonce } = attempt.newest;
  const { confirmed } = await actions.chain.transactionCount(actions.sender);
  if (confirmed > nonce) {
    // Asked once more, since it may have been confirmed between the two questions.
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
