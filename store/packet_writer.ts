/**
 * Writes the packets of one direction under the rules of docs/money.md: signed or answered bytes never change, and the first outcome stays.
 * Both directions use it.
 *
 * @module
 */
import { sameBytes } from "./change_context.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import type { Database } from "./database.ts";
import type { Table } from "./define_table.ts";
import { StoreError } from "./store_error.ts";

/** The rules for the packets of one direction. */
interface PacketRules<Row> {
  readonly table: Table<Row>;
  /** The state of a packet without an outcome. */
  readonly pending: "open" | "held";
  /** Columns that never change. */
  readonly fixed: readonly string[];
  /** Columns that may be null at first and never change once they are set. */
  readonly once: readonly string[];
  /**
   * Columns that a refused packet does not keep, and the values that they get. It is never sent or accepted again, so its PREPARE is
   * removed: the answer and the hash of claim and PREPARE are enough to answer a repetition. Without this rule, senders of refused packets
   * could fill the disk at no cost.
   */
  readonly cleared: Columns;
  /** Throws if the packet must not be written. Called before a write that the indexes alone do not check. */
  readonly check?: (db: Database, columns: Columns) => void;
}

/**
 * What a write did. `added`: the row is new. `settled`: the row has its outcome now. `unchanged`: the row was there with the same
 * outcome.
 */
type Written = "added" | "settled" | "unchanged";

/**
 * Makes the function that writes a packet's columns. `expect` is the state in which the caller found the packet: `absent`, pending, or
 * undefined for any. Throws StoreError `conflict`.
 */
export function packetWriter<Row>(
  { table, pending, fixed, once, cleared, check }: PacketRules<Row>,
): (db: Database, columns: Columns, expect: string | undefined) => Written {
  const insert = `${table.insert} ON CONFLICT DO NOTHING`;
  const found = "WHERE channel_id = ? AND nonce = ?";
  const kept = [...fixed, ...once];
  const update = (columns: readonly string[]) =>
    `UPDATE ${table.name} SET ${columns.map((column) => `${column} = ?`).join(", ")} ${found}`;
  // An outcome names no column of an index without need, because SQLite would write that index again.
  const settleKept = `${update(["state", "answer"])} AND state = '${pending}' AND ${
    kept.map((column) => `${column} IS ?`).join(" AND ")
  }`;
  const settleOnce = update(["state", "answer", ...once]);
  const clear = update(Object.keys(cleared));
  const select = `SELECT * FROM ${table.name} ${found}`;

  return (db, columns, expect) => {
    const { channel_id: channelId, nonce, state, answer } = columns;
    const valuesOf = (names: readonly string[]) => names.map((name) => columns[name]);
    const values: Columns = state === "refused" ? { ...columns, ...cleared } : columns;
    const settled = () => {
      if (state === "refused") db.run(clear, ...Object.values(cleared), channelId, nonce);
      return "settled" as const;
    };
    // The two steps of every packet are one statement each. A write that changes no row is examined below, which finds the reason.
    if (expect === "absent" && db.run(insert, ...Object.values(values)) === 1) return "added";
    if (
      expect === pending && state !== pending &&
      db.run(settleKept, state, answer, channelId, nonce, ...valuesOf(kept)) === 1
    ) {
      return settled();
    }
    const name = `${table.name} packet ${nonce} of ${channelId}`;
    const current = db.get(select, channelId, nonce);
    expectState(name, current, expect);
    check?.(db, columns);
    if (current === null) {
      if (db.run(insert, ...Object.values(values)) === 1) return "added";
      throw new StoreError("conflict", `${name} cannot be added: an index refuses it`);
    }
    const isThere = (column: string) => current.state !== "refused" || !(column in cleared);
    unchanged(name, current, columns, fixed.filter(isThere));
    unchanged(name, current, columns, once.filter((column) => current[column] !== null));
    if (!takesOutcome(name, pending, current, columns)) return "unchanged";
    db.run(settleOnce, state, answer, ...once.map((column) => values[column]), channelId, nonce);
    return settled();
  };
}

/** Throws `conflict` if the row is not in the state that the caller expects. */
function expectState(name: string, current: Columns | null, expect: string | undefined): void {
  if (expect === undefined) return;
  if (expect === "absent" ? current === null : current?.state === expect) return;
  throw new StoreError(
    "conflict",
    `${name} is ${current === null ? "absent" : current.state}, expected ${expect}`,
  );
}

function same(a: Column, b: Column): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array ? sameBytes(a, b) : a === b;
}

/** Throws `conflict` if one of these columns differs. */
function unchanged(
  name: string,
  from: Columns,
  to: Columns,
  columns: readonly string[],
): void {
  for (const column of columns) {
    if (!same(from[column], to[column])) {
      throw new StoreError("conflict", `${column} of ${name} never changes`);
    }
  }
}

/** False if the row has this outcome already. Throws `conflict` if it has another outcome. */
function takesOutcome(name: string, pending: string, from: Columns, to: Columns): boolean {
  if (from.state === pending) return true;
  if (from.state === to.state && same(from.answer, to.answer)) return false;
  throw new StoreError(
    "conflict",
    from.state === to.state
      ? `${name} is ${from.state} already with another answer`
      : `${name} is ${from.state} already and cannot become ${to.state}`,
  );
}
