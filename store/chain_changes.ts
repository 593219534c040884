/**
 * Writes channels and transactions, and enforces the rules of docs/money.md#channels: confirmed facts never change, deposits and claims
 * never fall, signed bytes never change, and each account nonce is spent once.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { CHANNELS, TRANSACTIONS } from "./chain_tables.ts";
import type { ChannelRow, TransactionRow } from "./chain_row.ts";
import { channelMayBecome, type ChannelRowStatus } from "./channel_status.ts";
import { channelChanged } from "./journal_drafts.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import { StoreError } from "./store_error.ts";
import {
  isInBlock,
  isTransactionEnded,
  transactionMayBecome,
  type TransactionState,
} from "./transaction_state.ts";
import { IS_IN_BLOCK } from "./status_sql.ts";

/** Columns that never change. */
const CHANNEL_FIXED = [
  "chain_id",
  "genesis_hash",
  "contract",
  "own_address",
  "peer_address",
  "automatic",
  "created_at_ms",
] as const;
/** Columns that never change once they are set. */
const CHANNEL_ONCE = ["opened_block_hash", "opened_at_ms", "halted"] as const;
const CHANNEL_RISING = ["deposit_units", "claimed_units"] as const;
const TRANSACTION_FIXED = [
  "chain_id",
  "genesis_hash",
  "sender",
  "nonce",
  "channel_ref",
  "call",
  "raw",
  "gas_limit",
  "max_fee_per_gas_wei",
  "max_priority_fee_per_gas_wei",
  "created_at_ms",
] as const;

/** Writes a channel's row. */
export function putChannel(
  { db, journal }: ChangeContext,
  row: ChannelRow,
  expect: "absent" | "present" | undefined,
): void {
  const columns = CHANNELS.columns(row);
  const name = `channel ${row.ref}`;
  const current = db.get("SELECT * FROM channels WHERE ref = ?", columns.ref);
  expectRow(name, current, expect);
  refuseSameChannel(db, name, columns);
  channelChanged(journal, columns, current);
  if (current === null) return insert(db, "channels", columns);
  unchanged(name, current, columns, CHANNEL_FIXED);
  unchanged(name, current, columns, CHANNEL_ONCE.filter((column) => current[column] !== null));
  if (current.status !== "opening") unchanged(name, current, columns, ["channel_id"]);
  for (const column of CHANNEL_RISING) {
    if (BigInt(columns[column] as string) < BigInt(current[column] as string)) {
      throw conflict(`${column} of ${name} never falls (${current[column]} to ${columns[column]})`);
    }
  }
  // A refused deposit may be taken back, but not below the confirmed deposit.
  const wanted = BigInt(columns.wanted_units as string);
  if (
    wanted < BigInt(current.wanted_units as string) &&
    wanted < BigInt(columns.deposit_units as string)
  ) {
    throw conflict(
      `wanted_units of ${name} never falls below its deposit (${columns.deposit_units} to ${wanted})`,
    );
  }
  if (!channelMayBecome(current.status as ChannelRowStatus, row.status)) {
    throw conflict(`${name} is ${current.status} and cannot become ${columns.status}`);
  }
  update(db, "channels", "ref", columns);
}

/** One channel on the chain has one row. Two rows would each deposit and each sign claims. */
function refuseSameChannel(db: ChangeContext["db"], name: string, columns: Columns): void {
  if (columns.channel_id === null || columns.status === "void") return;
  const other = db.get(
    `SELECT ref FROM channels WHERE channel_id = ? AND chain_id = ? AND genesis_hash = ?
     AND contract = ? AND own_address = ? AND status <> 'void' AND ref <> ?`,
    columns.channel_id,
    columns.chain_id,
    columns.genesis_hash,
    columns.contract,
    columns.own_address,
    columns.ref,
  );
  if (other !== null) throw conflict(`${name} is on the chain what ${other.ref} is already`);
}

/** Writes a transaction's row. */
export function putTransaction(
  { db }: ChangeContext,
  row: TransactionRow,
  expect: "absent" | "present" | undefined,
): void {
  const columns = TRANSACTIONS.columns(row);
  const name = `transaction ${row.hash}`;
  const current = db.get("SELECT * FROM transactions WHERE hash = ?", columns.hash);
  expectRow(name, current, expect);
  refuseSpentNonce(db, name, columns);
  if (current === null) {
    if (row.state !== "signed") throw conflict(`${name} is new and must be signed first`);
    return insert(db, "transactions", columns);
  }
  unchanged(name, current, columns, TRANSACTION_FIXED);
  const from = current.state as TransactionState;
  if (isTransactionEnded(from)) {
    // Writing the same row again is allowed. Any difference is an error, because an ended transaction never changes.
    return unchanged(name, current, columns, Object.keys(columns));
  }
  if (!transactionMayBecome(from, row.state)) {
    throw conflict(`${name} is ${from} and cannot become ${row.state}`);
  }
  update(db, "transactions", "hash", columns);
}

function refuseSpentNonce(db: ChangeContext["db"], name: string, columns: Columns): void {
  if (!isInBlock(columns.state as TransactionState)) return;
  const other = db.get(
    `SELECT hash, state FROM transactions WHERE chain_id = ? AND genesis_hash = ? AND sender = ?
     AND nonce = ? AND ${IS_IN_BLOCK} AND hash <> ?`,
    columns.chain_id,
    columns.genesis_hash,
    columns.sender,
    columns.nonce,
    columns.hash,
  );
  if (other !== null) {
    throw conflict(`${name} cannot be ${columns.state}: ${other.hash} used its account nonce`);
  }
}

function conflict(message: string): StoreError {
  return new StoreError("conflict", message);
}

function expectRow(name: string, current: Columns | null, expect: string | undefined): void {
  if (expect === undefined || (expect === "absent") === (current === null)) return;
  throw conflict(`${name} is ${current === null ? "absent" : "present"}, expected ${expect}`);
}

function unchanged(name: string, from: Columns, to: Columns, columns: readonly string[]): void {
  for (const column of columns) {
    if (from[column] !== to[column]) throw conflict(`${column} of ${name} never changes`);
  }
}

function insert(db: ChangeContext["db"], table: string, columns: Record<string, Column>): void {
  const names = Object.keys(columns);
  db.run(
    `INSERT INTO ${table} (${names.join(", ")}) VALUES (${names.map(() => "?").join(", ")})`,
    ...Object.values(columns),
  );
}

function update(
  db: ChangeContext["db"],
  table: string,
  key: string,
  columns: Record<string, Column>,
): void {
  const { [key]: id, ...rest } = columns;
  db.run(
    `UPDATE ${table} SET ${
      Object.keys(rest).map((name) => `${name} = ?`).join(", ")
    } WHERE ${key} = ?`,
    ...Object.values(rest),
    id,
  );
}
