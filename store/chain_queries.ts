/**
 * Reads channels on chains and their transactions.
 *
 * @module
 */
import { CHANNELS, TRANSACTIONS } from "./chain_tables.ts";
import type { ChannelFilter, TransactionFilter } from "./chain_row.ts";
import type { Database } from "./database.ts";
import { text, whole } from "./checks.ts";
import type { Column } from "../base/table/columns.ts";
import { IS_OPEN_CHANNEL, IS_OPEN_TRANSACTION } from "./status_sql.ts";
import type { Store } from "./store.ts";

const DEFAULT_TRANSACTIONS = 1_000;
const MAX_TRANSACTIONS = 10_000;

/** The store methods of this module. */
export type ChainQueries = Pick<
  Store,
  "chainChannel" | "listChainChannels" | "transaction" | "listTransactions"
>;

/** Makes the methods over one connection. */
export function createChainQueries(db: Database): ChainQueries {
  return {
    // deno-lint-ignore require-await
    async chainChannel(ref) {
      const row = db.get("SELECT * FROM channels WHERE ref = ?", text("ref", ref));
      return row && CHANNELS.row(row);
    },
    // deno-lint-ignore require-await
    async listChainChannels(filter = {}) {
      const { where, values } = channelWhere(filter);
      return db.all(`SELECT * FROM channels ${where} ORDER BY created_at_ms, ref`, ...values)
        .map(CHANNELS.row);
    },
    // deno-lint-ignore require-await
    async transaction(hash) {
      const row = db.get("SELECT * FROM transactions WHERE hash = ?", text("hash", hash));
      return row && TRANSACTIONS.row(row);
    },
    // deno-lint-ignore require-await
    async listTransactions(filter = {}) {
      const { where, values } = transactionWhere(filter);
      const limit = Math.min(
        whole("limit", filter.limit ?? DEFAULT_TRANSACTIONS),
        MAX_TRANSACTIONS,
      );
      return db.all(
        `SELECT * FROM transactions ${where} ORDER BY created_at_ms, nonce, hash LIMIT ?`,
        ...values,
        limit,
      ).map(TRANSACTIONS.row);
    },
  };
}

function channelWhere(filter: ChannelFilter): { where: string; values: Column[] } {
  const parts: string[] = [];
  const values: Column[] = [];
  if (filter.chainId !== undefined) {
    parts.push("chain_id = ?");
    values.push(whole("chainId", filter.chainId));
  }
  if (filter.channelId !== undefined) {
    parts.push("channel_id = ?");
    values.push(text("channelId", filter.channelId));
  }
  if (filter.ended !== true) parts.push(IS_OPEN_CHANNEL);
  return { where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}

function transactionWhere(filter: TransactionFilter): { where: string; values: Column[] } {
  const parts: string[] = [];
  const values: Column[] = [];
  for (const [column, value] of [["channel_ref", filter.channelRef], ["sender", filter.sender]]) {
    if (value === undefined) continue;
    parts.push(`${column} = ?`);
    values.push(text(column!, value));
  }
  // The same words as in the partial index, so that SQLite finds open transactions without a scan.
  if (filter.ended !== true) parts.push(IS_OPEN_TRANSACTION);
  return { where: parts.length === 0 ? "" : `WHERE ${parts.join(" AND ")}`, values };
}
