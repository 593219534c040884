/**
 * Rows that are kept for 30 days: how old ones are found in pieces along an index, and how a piece is removed. Sums and figures
 * of channels stay. So does everything that is open or pending, or that something open still needs.
 *
 * @module
 */
import { isEnded, type JobStatus } from "../protocols/job_status.ts";
import type { ChangeContext } from "./change_context.ts";
import { forgetCallbacks } from "./callbacks.ts";
import type { Database } from "./database.ts";
import { forgetJobLog } from "./job_logs.ts";
import { forgetJobUsage } from "./job_usage.ts";
import { forgetFailover } from "./job_failover.ts";
import { forgetPayments } from "./provider_payments.ts";
import { forgetRequirements } from "./job_requirements.ts";
import { forgetResultSchemas } from "./result_schemas.ts";
import { forgetJudgement } from "./judgements.ts";
import { forgetVerification } from "./verifications.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import { IS_ENDED_CHANNEL, IS_ENDED_TRANSACTION } from "./status_sql.ts";

/** A piece begins after this position; null at the start. */
export type Position = readonly Column[] | null;

/** A piece: the rows to remove, and where the next piece begins; null if this was the last. */
interface Piece {
  readonly rows: readonly Columns[];
  readonly next: Position;
}

/** One table's old rows. */
export interface OldRows {
  /** Their name in counts. */
  readonly name:
    | "jobs"
    | "chains"
    | "outbox"
    | "outgoing"
    | "incoming"
    | "seen"
    | "transactions"
    | "journal";
  /** Reads on from a position, over at most `limit` rows, old or not. */
  find(db: Database, beforeMs: number, after: Position, limit: number): Piece;
  /** Removes rows that {@link OldRows.find} returned (at least one), if they have not changed since. Returns how many it removed. */
  remove(context: ChangeContext, rows: readonly Columns[]): number;
}

const jobs: OldRows = {
  name: "jobs",
  find(db, beforeMs, after, limit) {
    const read = db.all(
      `SELECT job_id, role, event_id, kind, type, status, buyer, provider, callback_skill, created_at_ms,
         updated_at_ms, timeout_s, amount_units
       FROM jobs WHERE (created_at_ms, job_id) > (?, ?) AND created_at_ms < ?
       ORDER BY created_at_ms, job_id LIMIT ?`,
      ...after ?? [-1, ""],
      beforeMs,
      limit,
    );
    const rows = read.filter((row) =>
      isEnded(row.status as JobStatus) &&
      (row.updated_at_ms as number) < beforeMs && !wanted(db, row, beforeMs)
    );
    return { rows, next: following(read, limit, "created_at_ms", "job_id") };
  },
  remove({ db, journal }, rows) {
    let gone = 0;
    for (const row of rows) {
      const changed = db.run(
        "DELETE FROM jobs WHERE job_id = ? AND role = ? AND updated_at_ms = ?",
        row.job_id,
        row.role,
        row.updated_at_ms,
      );
      if (changed === 0) continue;
      forgetJobLog(db, row.job_id, row.role);
      if (row.role === "provider") forgetJobUsage(db, row.job_id);
      if (row.role === "buyer") {
        db.run("DELETE FROM answers WHERE job_id = ?", row.job_id);
        forgetFailover(db, row.job_id);
        forgetPayments(db, row.job_id);
        forgetVerification(db, row.job_id);
        forgetJudgement(db, row.job_id);
        forgetResultSchemas(db, row.job_id);
        forgetRequirements(db, row.job_id);
        forgetCallbacks(db, row.job_id);
      }
      journal?.entries.push({ type: "job", row, outcome: "removed" });
      gone++;
    }
    return gone;
  },
};

/** Whether something still needs the job: an outbox entry, a running sequence, or a younger job that is compared with it. */
function wanted(db: Database, job: Columns, beforeMs: number): boolean {
  return db.get(
    `SELECT 1 AS wanted FROM outbox WHERE state = 'pending' AND job_id = ?
     UNION ALL
     SELECT 1 FROM job_chain_attempts JOIN job_chains USING (chain_id)
     WHERE job_chain_attempts.job_id = ? AND job_chains.status = 'running'
     UNION ALL
     SELECT 1 FROM job_verifications AS own JOIN job_verifications AS other USING (lead_id)
       JOIN jobs ON jobs.job_id = other.job_id AND jobs.role = 'buyer'
     WHERE own.job_id = ? AND jobs.updated_at_ms >= ? LIMIT 1`,
    job.job_id,
    job.job_id,
    job.job_id,
    beforeMs,
  ) !== null;
}

const chains: OldRows = {
  name: "chains",
  find(db, beforeMs, after, limit) {
    const read = db.all(
      `SELECT chain_id, status, created_at_ms, updated_at_ms FROM job_chains
       WHERE (created_at_ms, chain_id) > (?, ?) AND created_at_ms < ?
       ORDER BY created_at_ms, chain_id LIMIT ?`,
      ...after ?? [-1, ""],
      beforeMs,
      limit,
    );
    const rows = read.filter((row) =>
      row.status !== "running" && (row.updated_at_ms as number) < beforeMs
    );
    return { rows, next: following(read, limit, "created_at_ms", "chain_id") };
  },
  remove({ db }, rows) {
    let gone = 0;
    for (const { chain_id: id } of rows) {
      if (db.run("DELETE FROM job_chains WHERE chain_id = ? AND status <> 'running'", id) === 0) {
        continue;
      }
      db.run("DELETE FROM job_chain_steps WHERE chain_id = ?", id);
      db.run("DELETE FROM job_chain_attempts WHERE chain_id = ?", id);
      gone++;
    }
    return gone;
  },
};

const outbox: OldRows = {
  name: "outbox",
  find(db, beforeMs, after, limit) {
    const read = db.all(
      "SELECT outbox_id, state, created_at_ms FROM outbox WHERE outbox_id > ? ORDER BY outbox_id LIMIT ?",
      ...after ?? [-1],
      limit,
    );
    const old = read.filter((row) => (row.created_at_ms as number) < beforeMs);
    return {
      rows: old.filter(({ state }) => state !== "pending"),
      // They are ordered by time: after a young one there is no old one.
      next: old.length < read.length ? null : following(read, limit, "outbox_id"),
    };
  },
  remove: ({ db }, rows) =>
    sum(
      rows,
      ({ outbox_id: id }) =>
        db.run("DELETE FROM outbox WHERE outbox_id = ? AND state <> 'pending'", id),
    ),
};

/** Packets of one side. In a channel they are ordered by time, so after a young one the search continues with the next channel. */
function packets(name: "outgoing" | "incoming", open: string, time: string): OldRows {
  return {
    name,
    find(db, beforeMs, after, limit) {
      const read = db.all(
        `SELECT channel_id, nonce, state, ${time} AS at_ms FROM ${name}
         WHERE (channel_id, nonce) > (?, ?) ORDER BY channel_id, nonce LIMIT ?`,
        ...after ?? ["", -1],
        limit,
      );
      const rows: Columns[] = [];
      for (const row of read) {
        if ((row.at_ms as number) >= beforeMs) {
          return { rows, next: [row.channel_id, Number.MAX_SAFE_INTEGER] };
        }
        if (row.state !== open) rows.push(row);
      }
      return { rows, next: following(read, limit, "channel_id", "nonce") };
    },
    remove: ({ db }, rows) =>
      sum(rows, ({ channel_id: channel, nonce }) =>
        db.run(
          `DELETE FROM ${name} WHERE channel_id = ? AND nonce = ? AND state <> '${open}'`,
          channel,
          nonce,
        )),
  };
}

const seen: OldRows = {
  name: "seen",
  find(db, beforeMs, after, limit) {
    const read = db.all(
      "SELECT event_id, at_ms FROM seen WHERE event_id > ? ORDER BY event_id LIMIT ?",
      ...after ?? [""],
      limit,
    );
    const rows = read.filter((row) => (row.at_ms as number) < beforeMs);
    return { rows, next: following(read, limit, "event_id") };
  },
  remove: ({ db }, rows) =>
    sum(rows, ({ event_id: id }) => db.run("DELETE FROM seen WHERE event_id = ?", id)),
};

/** Transactions of ended channels, and those that were never confirmed. The others document how an open channel came to be. */
const transactions: OldRows = {
  name: "transactions",
  find(db, beforeMs, after, limit) {
    const read = db.all(
      `SELECT hash FROM transactions WHERE hash > ? AND created_at_ms < ?
       AND ${IS_ENDED_TRANSACTION}
       AND (channel_ref IS NULL OR state <> 'confirmed' OR EXISTS (
         SELECT 1 FROM channels WHERE ref = channel_ref AND ${IS_ENDED_CHANNEL}))
       ORDER BY hash LIMIT ?`,
      ...after ?? [""],
      beforeMs,
      limit,
    );
    return { rows: read, next: following(read, limit, "hash") };
  },
  remove: ({ db }, rows) =>
    sum(rows, ({ hash }) => db.run("DELETE FROM transactions WHERE hash = ?", hash)),
};

/** Entries that are already in git. The base takes their place, so that the rest of the chain can still be checked. */
const journal: OldRows = {
  name: "journal",
  find(db, beforeMs, after, limit) {
    const audited = db.get("SELECT value FROM cursors WHERE name = 'audit'")?.value;
    const read = audited === undefined ? [] : db.all(
      `SELECT seq, hash, at_ms, type, outcome, amount_units FROM journal
       WHERE seq > ? AND seq <= ? ORDER BY seq LIMIT ?`,
      ...after ?? [0],
      Number(audited),
      limit,
    );
    const rows = read.filter((row) => (row.at_ms as number) < beforeMs);
    return { rows, next: rows.length < read.length ? null : following(read, limit, "seq") };
  },
  remove({ db }, rows) {
    const base = db.get("SELECT seq, spent, earned FROM journal_base")!;
    if (rows[0].seq !== base.seq as number + 1) return 0;
    const last = rows[rows.length - 1];
    const paid = (type: string) =>
      rows.filter((row) => row.type === type && row.outcome === "fulfilled")
        .map((row) => row.amount_units as string);
    db.run(
      "UPDATE journal_base SET seq = ?, hash = ?, at_ms = ?, spent = ?, earned = ?",
      last.seq,
      last.hash,
      last.at_ms,
      addUnits(base.spent as string, paid("payment")),
      addUnits(base.earned as string, paid("earning")),
    );
    // The newest checkpoint at or before the base stays, and confirms it.
    db.run(
      "DELETE FROM checkpoints WHERE seq < (SELECT max(seq) FROM checkpoints WHERE seq <= ?)",
      last.seq,
    );
    return db.run("DELETE FROM journal WHERE seq <= ?", last.seq);
  },
};

/** Every table that is cleaned. Jobs come first, because their removal makes journal entries. */
export const OLD_ROWS: readonly OldRows[] = [
  jobs,
  chains,
  outbox,
  packets("outgoing", "open", "created_at_ms"),
  packets("incoming", "held", "received_at_ms"),
  seen,
  transactions,
  journal,
];

function following(read: readonly Columns[], limit: number, ...key: string[]): Position {
  if (read.length < limit) return null;
  const last = read[read.length - 1];
  return key.map((column) => last[column]);
}

function sum(rows: readonly Columns[], remove: (row: Columns) => number): number {
  return rows.reduce((gone, row) => gone + remove(row), 0);
}

function addUnits(to: string, amounts: readonly string[]): string {
  return amounts.reduce((units, amount) => units + BigInt(amount), BigInt(to)).toString();
}
