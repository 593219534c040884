/**
 * The changes of a channel that follow from a transaction's new state. They are in one commit with that state, so they are always
 * consistent.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import type { Change, ChannelRow, TransactionRow } from "../../store/store.ts";
import type { Timers } from "../../base/timers.ts";
import type { ChannelBook, ChannelPatch } from "./channel_book.ts";

/** The changes of the channel to which the transaction belongs. */
export function transactionEffects(
  book: ChannelBook,
  timers: Timers,
  tx: TransactionRow,
  call: ChainCall,
): readonly Change[] {
  if (tx.channelRef === null || !book.rows.some(({ ref }) => ref === tx.channelRef)) return [];
  const row = book.get(tx.channelRef);
  if (tx.openedChannelId !== null && book.isGone(tx.openedChannelId)) {
    // Claims that we signed for this id on the earlier chain would be valid here. So this channel gets no deposit.
    const note = "the chain gave an id that was used before its restart from genesis";
    return row.status === "opening" ? [book.change(row.ref, { channelId: null, note })] : [];
  }
  const patch = patchOf(row, tx, call, timers.now());
  return patch === null ? [] : [book.change(row.ref, patch)];
}

function patchOf(
  row: ChannelRow,
  tx: TransactionRow,
  call: ChainCall,
  nowMs: number,
): ChannelPatch | null {
  if (tx.state === "reverted") {
    const note = `${call.call} reverted: ${tx.reason}`;
    return call.call === "openChannel" && row.status === "opening" ? { status: "failed", note } : {
      note,
    };
  }
  if (call.call === "openChannel" && row.status === "opening") {
    if (tx.state === "mined") return { channelId: tx.openedChannelId };
    // After a reorganisation, an opening has no id until it is in a block again.
    if (tx.state === "broadcast") return row.channelId === null ? null : { channelId: null };
  }
  if (tx.state !== "confirmed") return null;
  switch (call.call) {
    case "openChannel":
      return {
        channelId: tx.openedChannelId,
        openedBlockHash: tx.blockHash,
        openedAtMs: nowMs,
        ...openIfFunded(row, row.depositUnits),
      };
    case "setTotalDeposit": {
      const depositUnits = larger(row.depositUnits, call.totalDepositRaw);
      return { depositUnits, ...openIfFunded(row, depositUnits) };
    }
    case "claimFromChannel":
      return {
        claimedUnits: larger(row.claimedUnits, call.transferredAmountRaw),
        claimedAtMs: nowMs,
      };
    case "closeChannel":
    case "forceCloseExpiredChannel":
      return row.status === "settled" ? null : { status: "closed" };
    case "settleChannel":
      return { status: "settled", note: null };
    default:
      return null;
  }
}

function openIfFunded(row: ChannelRow, depositUnits: bigint): ChannelPatch {
  const funded = depositUnits >= row.wantedUnits;
  return row.status === "opening" && funded ? { status: "open", note: null } : {};
}
