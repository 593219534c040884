/**
 * What every connection to a database of ours does in the same way: it refuses links, prepares each statement once, and runs transactions.
 *
 * @module
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { plainStatSync } from "../files/plain_file.ts";

/** Prepared statements that are kept. Fixed ones are fewer than 60; what callers ask for adds some, and only hostile callers add many. */
const MAX_STATEMENTS = 256;

/** The prepared statements of one connection. When it has too many, the first one is forgotten. */
export class Statements {
  readonly #db: DatabaseSync;
  readonly #prepared = new Map<string, StatementSync>();

  /** Of this connection. */
  constructor(db: DatabaseSync) {
    this.#db = db;
  }

  /** The statement with this text. */
  of(sql: string): StatementSync {
    let statement = this.#prepared.get(sql);
    if (statement === undefined) {
      if (this.#prepared.size >= MAX_STATEMENTS) {
        this.#prepared.delete(this.#prepared.keys().next().value!);
      }
      statement = this.#db.prepare(sql);
      this.#prepared.set(sql, statement);
    }
    return statement;
  }

  /** Forgets all of them. Call it before the connection is closed. */
  clear(): void {
    this.#prepared.clear();
  }
}

/** Does `work` in one transaction. If it throws, nothing of it stays. */
export function inTransaction<Value>(db: DatabaseSync, work: () => Value): Value {
  db.exec("BEGIN IMMEDIATE");
  try {
    const value = work();
    db.exec("COMMIT");
    return value;
  } catch (error) {
    // SQLite rolls back by itself when the disk is full.
    if (db.isTransaction) db.exec("ROLLBACK");
    throw error;
  }
}

/**
 * Refuses a database whose file is a link, or one of the files that SQLite puts beside it: SQLite follows links.
 *
 * @throws LinkedFileError as `plainStatSync()`
 */
export function refuseLinkedDatabase(path: string, toWrite: boolean): void {
  for (const suffix of ["", "-wal", "-shm", "-journal"]) plainStatSync(path + suffix, toWrite);
}
