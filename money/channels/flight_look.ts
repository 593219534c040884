/**
 * What became of a flight: in a block, gone from it, forgotten by every node, or overtaken by another transaction of the account.
 *
 * @module
 */
import type { EvmChain } from "../evm/chain_connection.ts";
import type { TransactionRow } from "../../store/store.ts";
import { callOfText } from "./call_text.ts";
import { type Flight, FlightFailure } from "./flight.ts";

/** What the lane does for whoever follows its flights. */
export interface FlightHands {
  readonly chain: Pick<EvmChain, "transaction" | "transactionCount">;
  /** The account. */
  readonly sender: string;
  /** Makes the rows' new states durable, with what they change besides. */
  write(flight: Flight, rows: readonly TransactionRow[]): Promise<void>;
  /** Broadcasts the newest bytes once more, not too often. */
  sendAgain(flight: Flight): Promise<void>;
  /** Replaces it with a higher fee where it waited for long. */
  replaceIfStuck(flight: Flight): Promise<void>;
  /** Its outcome is durable. */
  ended(flight: Flight): void;
}

/** One look at a flight. Rejects where the chain cannot be asked. */
export async function lookAtFlight(hands: FlightHands, flight: Flight): Promise<void> {
  let known = false;
  for (const row of [...flight.rows].reverse()) {
    const status = await hands.chain.transaction(row.hash);
    if (status.state === "unknown") continue;
    known = true;
    if (status.state === "pending") continue;
    if (status.state === "reverted" && !status.confirmed) return;
    return await inBlock(hands, flight, row, status);
  }
  const vanished = flight.rows.filter(({ state }) => state === "mined");
  if (vanished.length > 0) {
    // Its block went away.
    await hands.write(
      flight,
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
  if (!known) return await forgotten(hands, flight);
  await hands.replaceIfStuck(flight);
}

async function inBlock(
  hands: FlightHands,
  flight: Flight,
  row: TransactionRow,
  status: Exclude<
    Awaited<ReturnType<EvmChain["transaction"]>>,
    { readonly state: "unknown" | "pending" }
  >,
): Promise<void> {
  const common = { ...row, blockNumber: status.blockNumber, feeWei: status.feeWei };
  if (status.state === "reverted") {
    const reverted: TransactionRow = { ...common, state: "reverted", reason: status.reason };
    await end(hands, flight, reverted);
    return flight.fail(
      new FlightFailure("reverted", reverted, `${flight.call.call} reverted: ${status.reason}`),
    );
  }
  const held: TransactionRow = {
    ...common,
    state: status.state,
    blockHash: status.blockHash,
    openedChannelId: status.openedChannelId,
  };
  if (status.state === "confirmed") {
    await end(hands, flight, held);
    const call = callOfText(held.call);
    return call.call === "cancel" && flight.call.call !== "cancel"
      ? flight.fail(new FlightFailure("cancelled", held, `${flight.call.call} was cancelled`))
      : flight.finish(held);
  }
  if (row.blockHash !== held.blockHash) await hands.write(flight, [held]);
  flight.seen(held);
}

/** The outcome, and that of its siblings under the same nonce, in one commit. */
async function end(
  hands: FlightHands,
  flight: Flight,
  ended: TransactionRow,
): Promise<void> {
  const cancelled = callOfText(ended.call).call === "cancel";
  const siblings = flight.rows.filter(({ hash }) => hash !== ended.hash).map((
    row,
  ): TransactionRow => ({
    ...row,
    state: cancelled ? "cancelled" : "replaced",
    reason: `by ${ended.hash}`,
  }));
  await hands.write(flight, [...siblings, ended]);
  hands.ended(flight);
}

/** No node knows it: it is sent again, unless its nonce is spent in a confirmed block. */
async function forgotten(hands: FlightHands, flight: Flight): Promise<void> {
  const { nonce } = flight.newest;
  const { confirmed } = await hands.chain.transactionCount(hands.sender);
  if (confirmed > nonce) {
    // Asked once more, since it may have been confirmed between the two questions.
    for (const row of flight.rows) {
      if ((await hands.chain.transaction(row.hash)).state !== "unknown") return;
    }
    const reason = "the account nonce was used by another transaction";
    await hands.write(
      flight,
      flight.rows.map((row): TransactionRow => ({ ...row, state: "replaced", reason })),
    );
    hands.ended(flight);
    return flight.fail(new FlightFailure("replaced", flight.newest, reason));
  }
  await hands.sendAgain(flight);
  if (flight.replaceAtMs === 0) await hands.replaceIfStuck(flight);
}
