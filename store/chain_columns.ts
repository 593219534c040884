/**
 * Between the rows of chain_row.ts and their columns. Every value is checked on its way in, as in rows.ts.
 *
 * @module
 */
import { CHANNEL_ROW_STATUSES, type ChannelRowStatus } from "./channel_status.ts";
import { TRANSACTION_STATES, type TransactionState } from "./transaction_state.ts";
import { type ChannelRow, type TransactionRow } from "./chain_row.ts";
import { amount, type Check, invalid, oneOf, text, whole } from "./rows.ts";
import type { Column, Columns } from "./columns.ts";
import { StoreError } from "./store_error.ts";

type Fields<Row> = Readonly<Record<keyof Row, readonly [column: string, check: Check]>>;

const hex = (digits: number): Check => {
  const pattern = new RegExp(`^0x[0-9a-f]{${digits}}$`);
  return (field, value) => {
    if (typeof value === "string" && pattern.test(value)) return value;
    throw invalid(field, `0x and ${digits} lowercase hex digits`, value);
  };
};
const bytes: Check = (field, value) => {
  if (typeof value === "string" && /^0x(?:[0-9a-f]{2}){1,32768}$/.test(value)) return value;
  throw invalid(field, "0x and at most 32,768 bytes in lowercase hex", value);
};
const orNull = (check: Check): Check => (field, value) =>
  value === null ? null : check(field, value);
const flag: Check = (field, value) => {
  if (typeof value !== "boolean") throw invalid(field, "true or false", value);
  return value ? 1 : 0;
};

const CHANNEL_FIELDS: Fields<ChannelRow> = {
  ref: ["ref", text],
  chainId: ["chain_id", whole],
  genesisHash: ["genesis_hash", hex(64)],
  contract: ["contract", hex(40)],
  channelId: ["channel_id", orNull(hex(64))],
  openedBlockHash: ["opened_block_hash", orNull(hex(64))],
  ownAddress: ["own_address", hex(40)],
  peerAddress: ["peer_address", hex(40)],
  peerName: ["peer_name", text],
  automatic: ["automatic", flag],
  status: ["status", (field, value) => oneOf(field, CHANNEL_ROW_STATUSES, value)],
  settlementTimeoutS: ["settlement_timeout_s", whole],
  wantedUnits: ["wanted_units", amount],
  depositUnits: ["deposit_units", amount],
  claimedUnits: ["claimed_units", amount],
  autoDepositedUnits: ["auto_deposited_units", amount],
  autoDepositAtMs: ["auto_deposit_at_ms", orNull(whole)],
  autoDeposits: ["auto_deposits", whole],
  claimedAtMs: ["claimed_at_ms", orNull(whole)],
  createdAtMs: ["created_at_ms", whole],
  openedAtMs: ["opened_at_ms", orNull(whole)],
  settleAtMs: ["settle_at_ms", orNull(whole)],
  halted: ["halted", orNull(text)],
  note: ["note", orNull(text)],
};

const TRANSACTION_FIELDS: Fields<TransactionRow> = {
  hash: ["hash", hex(64)],
  chainId: ["chain_id", whole],
  genesisHash: ["genesis_hash", hex(64)],
  sender: ["sender", hex(40)],
  nonce: ["nonce", whole],
  channelRef: ["channel_ref", orNull(text)],
  call: ["call", text],
  raw: ["raw", bytes],
  gasLimit: ["gas_limit", amount],
  maxFeePerGasWei: ["max_fee_per_gas_wei", amount],
  maxPriorityFeePerGasWei: ["max_priority_fee_per_gas_wei", amount],
  state: ["state", (field, value) => oneOf(field, TRANSACTION_STATES, value)],
  blockNumber: ["block_number", orNull(whole)],
  blockHash: ["block_hash", orNull(hex(64))],
  feeWei: ["fee_wei", orNull(amount)],
  openedChannelId: ["opened_channel_id", orNull(hex(64))],
  reason: ["reason", orNull(text)],
  createdAtMs: ["created_at_ms", whole],
};

function columnsOf<Row extends object>(fields: Fields<Row>, row: Row): Record<string, Column> {
  for (const field of Object.keys(row)) {
    if (!Object.hasOwn(fields, field)) {
      throw new StoreError("invalid", `a row has no field ${field.slice(0, 40)}`);
    }
  }
  const columns: Record<string, Column> = {};
  for (const field of Object.keys(fields) as (keyof Row & string)[]) {
    const [column, check] = fields[field];
    columns[column] = check(field, row[field]);
  }
  return columns;
}

/** Columns of a channel's row; throws `invalid`. */
export function channelColumns(row: ChannelRow): Record<string, Column> {
  return columnsOf(CHANNEL_FIELDS, row);
}

/** Columns of a transaction's row; throws `invalid`. */
export function transactionColumns(row: TransactionRow): Record<string, Column> {
  return columnsOf(TRANSACTION_FIELDS, row);
}

/** The channel in these columns. */
export function channelRow(c: Columns): ChannelRow {
  return {
    ref: c.ref as string,
    chainId: c.chain_id as number,
    genesisHash: c.genesis_hash as string,
    contract: c.contract as string,
    channelId: c.channel_id as string | null,
    openedBlockHash: c.opened_block_hash as string | null,
    ownAddress: c.own_address as string,
    peerAddress: c.peer_address as string,
    peerName: c.peer_name as string,
    automatic: c.automatic === 1,
    status: c.status as ChannelRowStatus,
    settlementTimeoutS: c.settlement_timeout_s as number,
    wantedUnits: BigInt(c.wanted_units as string),
    depositUnits: BigInt(c.deposit_units as string),
    claimedUnits: BigInt(c.claimed_units as string),
    autoDepositedUnits: BigInt(c.auto_deposited_units as string),
    autoDepositAtMs: c.auto_deposit_at_ms as number | null,
    autoDeposits: c.auto_deposits as number,
    claimedAtMs: c.claimed_at_ms as number | null,
    createdAtMs: c.created_at_ms as number,
    openedAtMs: c.opened_at_ms as number | null,
    settleAtMs: c.settle_at_ms as number | null,
    halted: c.halted as string | null,
    note: c.note as string | null,
  };
}

/** The transaction in these columns. */
export function transactionRow(c: Columns): TransactionRow {
  return {
    hash: c.hash as string,
    chainId: c.chain_id as number,
    genesisHash: c.genesis_hash as string,
    sender: c.sender as string,
    nonce: c.nonce as number,
    channelRef: c.channel_ref as string | null,
    call: c.call as string,
    raw: c.raw as string,
    gasLimit: BigInt(c.gas_limit as string),
    maxFeePerGasWei: BigInt(c.max_fee_per_gas_wei as string),
    maxPriorityFeePerGasWei: BigInt(c.max_priority_fee_per_gas_wei as string),
    state: c.state as TransactionState,
    blockNumber: c.block_number as number | null,
    blockHash: c.block_hash as string | null,
    feeWei: c.fee_wei === null ? null : BigInt(c.fee_wei as string),
    openedChannelId: c.opened_channel_id as string | null,
    reason: c.reason as string | null,
    createdAtMs: c.created_at_ms as number,
  };
}
