/**
 * The tables of channels on chains and of the transactions that change them (docs/money.md#channels).
 *
 * @module
 */
import { CHANNEL_ROW_STATUSES } from "./channel_status.ts";
import type { ChannelRow, TransactionRow } from "./chain_row.ts";
import { checkedText, checkedTextOrNull, column, nullable, word } from "./column_kinds.ts";
import { defineTable } from "./define_table.ts";
import { type Check, invalid } from "./checks.ts";
import { TRANSACTION_STATES } from "./transaction_state.ts";

const hex = (digits: number): Check => {
  const pattern = new RegExp(`^0x[0-9a-f]{${digits}}$`);
  return (field, value) => {
    if (typeof value === "string" && pattern.test(value)) return value;
    throw invalid(field, `0x and ${digits} lowercase hex digits`, value);
  };
};
const hash = hex(64);
const address = hex(40);
const signedBytes: Check = (field, value) => {
  if (typeof value === "string" && /^0x(?:[0-9a-f]{2}){1,32768}$/.test(value)) return value;
  throw invalid(field, "0x and at most 32,768 bytes in lowercase hex", value);
};

/** Channels on chains. */
export const CHANNELS = defineTable<ChannelRow>("channels", {
  fields: {
    ref: column.text("ref", { key: true }),
    chainId: column.whole("chain_id"),
    genesisHash: checkedText("genesis_hash", hash),
    contract: checkedText("contract", address),
    channelId: checkedTextOrNull("channel_id", hash),
    openedBlockHash: checkedTextOrNull("opened_block_hash", hash),
    ownAddress: checkedText("own_address", address),
    peerAddress: checkedText("peer_address", address),
    peerName: column.text("peer_name"),
    automatic: column.flag("automatic"),
    status: word("status", CHANNEL_ROW_STATUSES),
    settlementTimeoutS: column.whole("settlement_timeout_s"),
    wantedUnits: column.amount("wanted_units"),
    depositUnits: column.amount("deposit_units"),
    claimedUnits: column.amount("claimed_units"),
    claimedAtMs: nullable.whole("claimed_at_ms"),
    createdAtMs: column.whole("created_at_ms"),
    openedAtMs: nullable.whole("opened_at_ms"),
    settleAtMs: nullable.whole("settle_at_ms"),
    halted: nullable.text("halted"),
    note: nullable.text("note"),
    autoDepositedUnits: column.amount("auto_deposited_units", { later: true }),
    autoDepositAtMs: nullable.whole("auto_deposit_at_ms", { later: true }),
    autoDeposits: column.whole("auto_deposits", { later: true }),
  },
  closed: true,
  options: "STRICT, WITHOUT ROWID",
});

/** Signed transactions. */
export const TRANSACTIONS = defineTable<TransactionRow>("transactions", {
  fields: {
    hash: checkedText("hash", hash, { key: true }),
    chainId: column.whole("chain_id"),
    genesisHash: checkedText("genesis_hash", hash),
    sender: checkedText("sender", address),
    nonce: column.whole("nonce"),
    channelRef: nullable.text("channel_ref"),
    call: column.text("call"),
    raw: checkedText("raw", signedBytes),
    gasLimit: column.amount("gas_limit"),
    maxFeePerGasWei: column.amount("max_fee_per_gas_wei"),
    maxPriorityFeePerGasWei: column.amount("max_priority_fee_per_gas_wei"),
    state: word("state", TRANSACTION_STATES),
    blockNumber: nullable.whole("block_number"),
    blockHash: checkedTextOrNull("block_hash", hash),
    feeWei: nullable.amount("fee_wei"),
    openedChannelId: checkedTextOrNull("opened_channel_id", hash),
    reason: nullable.text("reason"),
    createdAtMs: column.whole("created_at_ms"),
  },
  closed: true,
  options: "STRICT, WITHOUT ROWID",
});
