/**
 * The tables of channels on chains and of the transactions that change them (docs/money.md#channels).
 *
 * @module
 */
import { CHANNEL_ROW_STATUSES } from "./channel_status.ts";
import type { ChannelRow, TransactionRow } from "./chain_row.ts";
import { KEY, type Marks, TOLD } from "../base/table/column_kinds.ts";
import { defineTable } from "./define_table.ts";
import type { Check } from "../base/table/checks.ts";
import { invalid } from "./checks.ts";
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

const TOLD_KEY: Marks = { key: true, told: true };
const TOLD_AS_ONCHAIN_ID: Marks = { told: "onchain_id" };
const TOLD_AS_PEER: Marks = { told: "peer" };
const LATER: Marks = { later: null };
const LATER_0: Marks = { later: "0" };
const LATER_0_UNITS: Marks = { later: "'0'" };

/** Channels on chains. */
export const CHANNELS = defineTable<ChannelRow>("channels", {
  row: (column) => ({
    ref: column.text("ref", TOLD_KEY),
    chainId: column.whole("chain_id", TOLD),
    genesisHash: column.checkedText("genesis_hash", hash, TOLD),
    contract: column.checkedText("contract", address, TOLD),
    channelId: column.checkedTextOrNull("channel_id", hash, TOLD_AS_ONCHAIN_ID),
    openedBlockHash: column.checkedTextOrNull("opened_block_hash", hash, TOLD),
    ownAddress: column.checkedText("own_address", address, TOLD),
    peerAddress: column.checkedText("peer_address", address, TOLD),
    peerName: column.text("peer_name", TOLD_AS_PEER),
    automatic: column.flag("automatic", TOLD),
    status: column.word("status", CHANNEL_ROW_STATUSES, TOLD),
    settlementTimeoutS: column.whole("settlement_timeout_s", TOLD),
    wantedUnits: column.amount("wanted_units", TOLD),
    depositUnits: column.amount("deposit_units", TOLD),
    claimedUnits: column.amount("claimed_units", TOLD),
    claimedAtMs: column.timeOrNull("claimed_at_ms", TOLD),
    createdAtMs: column.time("created_at_ms", TOLD),
    openedAtMs: column.timeOrNull("opened_at_ms", TOLD),
    settleAtMs: column.timeOrNull("settle_at_ms", TOLD),
    halted: column.textOrNull("halted", TOLD),
    note: column.textOrNull("note"),
    autoDepositedUnits: column.amount("auto_deposited_units", LATER_0_UNITS),
    autoDepositAtMs: column.timeOrNull("auto_deposit_at_ms", LATER),
    autoDeposits: column.whole("auto_deposits", LATER_0),
  }),
  closed: true,
  options: "STRICT, WITHOUT ROWID",
});

/** Signed transactions. */
export const TRANSACTIONS = defineTable<TransactionRow>("transactions", {
  row: (column) => ({
    hash: column.checkedText("hash", hash, KEY),
    chainId: column.whole("chain_id"),
    genesisHash: column.checkedText("genesis_hash", hash),
    sender: column.checkedText("sender", address),
    nonce: column.whole("nonce"),
    channelRef: column.textOrNull("channel_ref"),
    call: column.text("call"),
    raw: column.checkedText("raw", signedBytes),
    gasLimit: column.amount("gas_limit"),
    maxFeePerGasWei: column.amount("max_fee_per_gas_wei"),
    maxPriorityFeePerGasWei: column.amount("max_priority_fee_per_gas_wei"),
    state: column.word("state", TRANSACTION_STATES),
    blockNumber: column.wholeOrNull("block_number"),
    blockHash: column.checkedTextOrNull("block_hash", hash),
    feeWei: column.amountOrNull("fee_wei"),
    openedChannelId: column.checkedTextOrNull("opened_channel_id", hash),
    reason: column.textOrNull("reason"),
    createdAtMs: column.whole("created_at_ms"),
  }),
  closed: true,
  options: "STRICT, WITHOUT ROWID",
});
