/**
 * Channels with their figures, for users and for payers.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import type { ChannelFacts } from "../evm/chain.ts";
import type {
  ChannelRow,
  PayerChannelRow,
  ReceiverChannelRow,
  TransactionRow,
} from "../../store/store.ts";
import { autoDepositsToday } from "../claims/auto_deposit.ts";
import type { ChannelReceipt, ChannelView } from "../claims/channel_manager.ts";
import { callOfText } from "./call_text.ts";

/** The sources of a channel's figures. `facts` is null if the chain cannot be asked. */
interface ChannelSources {
  readonly row: ChannelRow;
  readonly facts: ChannelFacts | null;
  readonly payer: PayerChannelRow | null;
  readonly receiver: ReceiverChannelRow | null;
  /** The percentage of the deposit below which a channel is low. */
  readonly lowBalancePercent: number;
  readonly nowMs: number;
}

/** The view of a channel. */
export function viewOf(
  { row, facts, payer, receiver, lowBalancePercent, nowMs }: ChannelSources,
): ChannelView {
  const side = (address: string) =>
    facts?.participants.find((each) => each.address.toLowerCase() === address);
  const own = side(row.ownAddress);
  const peer = side(row.peerAddress);
  const signedUnits = payer?.signed ?? 0n;
  const spentUnits = payer?.spent ?? 0n;
  const creditedUnits = receiver?.credited ?? 0n;
  const claimedUnits = larger(row.claimedUnits, peer?.claimedUnits ?? 0n);
  const depositUnits = own?.depositUnits ?? row.depositUnits;
  const note = row.halted === null ? row.note : `halted: ${row.halted}`;
  return {
    name: nameOf(row),
    channelId: row.channelId,
    status: row.status === "void" ? "failed" : row.status,
    peer: { name: row.peerName, address: row.peerAddress },
    settlementTimeoutS: row.settlementTimeoutS,
    payer: {
      depositUnits,
      nonce: payer?.nonce ?? 0,
      signedUnits,
      spentUnits,
      claimedUnits: own?.claimedUnits ?? 0n,
      exposureUnits: above(signedUnits, spentUnits),
    },
    receiver: {
      depositUnits: peer?.depositUnits ?? 0n,
      creditedUnits,
      claimedUnits,
      exposureUnits: above(creditedUnits, claimedUnits),
    },
    autoDeposit: {
      depositedUnits: row.autoDepositedUnits,
      today: autoDepositsToday([row], nowMs),
      atMs: row.autoDepositAtMs,
    },
    openedAtMs: row.openedAtMs,
    settleAtMs: row.settleAtMs,
    note: note ??
      (isLow(depositUnits, signedUnits, lowBalancePercent) && row.status === "open"
        ? `below ${lowBalancePercent} % of the deposit`
        : null),
  };
}

/** Whether less than that percentage of a deposit is left. */
export function isLow(depositUnits: bigint, signedUnits: bigint, percent: number): boolean {
  return depositUnits > 0n &&
    above(depositUnits, signedUnits) * 100n < depositUnits * BigInt(percent);
}

/** `ch_` and 8 digits of the on-chain id, or of the opening transaction. */
export function nameOf(row: ChannelRow): string {
  return `ch_${(row.channelId ?? row.ref).slice(2, 10)}`;
}

/** The receipt of an operation. */
export function receiptOf(
  channel: ChannelView,
  transactions: readonly TransactionRow[],
  elapsedMs: number,
): ChannelReceipt {
  return {
    channel,
    transactions: transactions.map(({ call, hash, feeWei }) => ({
      call: callOfText(call).call,
      hash,
      feeWei: feeWei ?? 0n,
    })),
    elapsedMs,
  };
}

function above(a: bigint, b: bigint): bigint {
  return a > b ? a - b : 0n;
}
