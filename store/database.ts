/**
 * One connection to `state.db`: WAL mode, every commit synced to the disk, statements prepared once, SQLite's errors as StoreError. A new
 * file is built under a temporary name and renamed. So an empty `state.db` is damage and not a new store. The connection needs read and
 * write permission for the folder and nothing else (VACUUM and ATTACH are refused there and not used).
 *
 * @module
 */
import { codeOf } from "../base/thrown.ts";
import { DatabaseSync } from "node:sqlite";
import { openPlainFileSync } from "../base/files/plain_file.ts";
import { inTransaction, refuseLinkedDatabase, Statements } from "../base/table/statements.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import { APPLICATION_ID, MIGRATIONS } from "./schema.ts";
import { StoreError } from "./store_error.ts";

const PAYMENT_LOG = "payment_log.jsonl";

/**
 * SQLite copies the write-ahead log to the file when it has this many pages (16 MB). A page that many commits write is copied once. With
 * SQLite's own 1,000 pages, packets would take a sixth more time in the store.
 */
const CHECKPOINT_PAGES = 4_000;

/** A connection with its prepared statements. */
export interface Database {
  /** Runs a statement that returns no rows; returns how many rows it changed. */
  run(sql: string, ...values: Column[]): number;
  /** The first row, or null. */
  get(sql: string, ...values: Column[]): Columns | null;
  /** Every row. */
  all(sql: string, ...values: Column[]): Columns[];
  /** Whether a transaction is open. SQLite rolls back by itself when the disk is full. */
  readonly inTransaction: boolean;
  /** Ends the connection. */
  close(): void;
}

/** Opens `folder/state.db`. A writer creates and migrates it; a reader refuses a missing file. */
export function openDatabase(folder: string, options: { readonly readOnly: boolean }): Database {
  const path = `${folder}/state.db`;
  refuseLinkedDatabase(path, !options.readOnly);
  if (!options.readOnly) {
    if (!exists(path)) createFile(folder, path);
    Deno.chmodSync(path, 0o600);
  } else if (!exists(path)) {
    refuseLostStore(folder, path);
    throw new StoreError(
      "version",
      `${path} does not exist yet: nothing was stored in this home so far`,
    );
  }
  const inner = attempt(path, "open", () => {
    const opened = new DatabaseSync(path, { readOnly: options.readOnly });
    opened.prepare("PRAGMA busy_timeout = 5000").get();
    return opened;
  });
  try {
    // SQLite opens the file by its name, so the check is repeated: the name may have been replaced since the first one.
    refuseLinkedDatabase(path, !options.readOnly);
    checkIdentity(inner, path);
    if (options.readOnly) checkVersion(inner, path);
    else {
      prepareWriter(inner, path);
      migrate(inner, path);
    }
  } catch (error) {
    inner.close();
    throw error;
  }
  return connection(inner, path);
}

/** Whether the last writer closed the store properly. Only meaningful before the store is opened. */
export function endedCleanly(folder: string): boolean {
  try {
    return Deno.lstatSync(`${folder}/state.db-wal`).size === 0;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return true;
    throw error;
  }
}

function connection(inner: DatabaseSync, path: string): Database {
  const statements = new Statements(inner);
  return {
    run: (sql, ...values) =>
      attempt(path, "write", () => Number(statements.of(sql).run(...plain(values)).changes)),
    get: (sql, ...values) =>
      attempt(
        path,
        "read",
        () => (statements.of(sql).get(...plain(values)) ?? null) as Columns | null,
      ),
    all: (sql, ...values) =>
      attempt(path, "read", () => statements.of(sql).all(...plain(values)) as unknown as Columns[]),
    get inTransaction() {
      return inner.isTransaction;
    },
    close() {
      statements.clear();
      inner.close();
    },
  };
}

/** SQLite would take an object for named parameters and set those that it does not name to null. */
function plain(values: Column[]): Column[] {
  for (const value of values) {
    if (typeof value === "object" && value !== null && !(value instanceof Uint8Array)) {
      throw new StoreError("invalid", "a value must be text, a number, bytes or null (got object)");
    }
  }
  return values;
}

function createFile(folder: string, path: string): void {
  if (exists(`${path}-wal`)) {
    throw damaged(path, "the file is missing beside its write-ahead log");
  }
  refuseLostStore(folder, path);
  const fresh = `${path}.new`;
  for (const suffix of ["", "-journal", "-wal", "-shm"]) {
    if (exists(fresh + suffix)) Deno.removeSync(fresh + suffix);
  }
  openPlainFileSync(fresh, { write: true, createNew: true, mode: 0o600 }).close();
  const inner = attempt(fresh, "create", () => new DatabaseSync(fresh));
  try {
    attempt(fresh, "create", () => {
      // A file that is not finished is made again from nothing, so it is synced once, when it is whole.
      inner.prepare("PRAGMA synchronous = OFF").run();
      inner.prepare("PRAGMA journal_mode = MEMORY").get();
      inner.prepare("PRAGMA auto_vacuum = INCREMENTAL").run();
      inner.prepare(`PRAGMA application_id = ${APPLICATION_ID}`).run();
    });
    migrate(inner, fresh);
  } finally {
    inner.close();
  }
  attempt(fresh, "create", () => {
    using file = openPlainFileSync(fresh, { read: true, write: true });
    file.syncSync();
  });
  Deno.renameSync(fresh, path);
  syncFolder(folder);
}

/** Refuses to make a new store beside the audit trail of a lost one. An empty store would sign again from the first nonce. */
function refuseLostStore(folder: string, path: string): void {
  for (const trail of [PAYMENT_LOG, ".git"]) {
    if (exists(`${folder}/${trail}`)) throw damaged(path, `the file is missing beside ${trail}`);
  }
}

/** Makes the rename itself durable, if the system can. */
function syncFolder(folder: string): void {
  if (Deno.build.os === "windows") return;
  using handle = Deno.openSync(folder, { read: true });
  handle.syncSync();
}

function prepareWriter(inner: DatabaseSync, path: string): void {
  attempt(path, "open", () => {
    inner.prepare("PRAGMA journal_mode = WAL").get();
    inner.prepare("PRAGMA synchronous = FULL").run();
    inner.prepare("PRAGMA temp_store = MEMORY").run();
    inner.prepare("PRAGMA journal_size_limit = 67108864").get();
    inner.prepare(`PRAGMA wal_autocheckpoint = ${CHECKPOINT_PAGES}`).get();
  });
}

function pragma(inner: DatabaseSync, path: string, name: string): number {
  const row = attempt(path, "read", () => inner.prepare(`PRAGMA ${name}`).get());
  return Number((row as Record<string, unknown> | undefined)?.[name]);
}

function checkIdentity(inner: DatabaseSync, path: string): void {
  const id = pragma(inner, path, "application_id");
  if (id === APPLICATION_ID) return;
  if (pragma(inner, path, "page_count") === 0) throw damaged(path, "the file is empty");
  throw damaged(path, "this is not a crosstown state file");
}

function checkVersion(inner: DatabaseSync, path: string): number {
  const version = pragma(inner, path, "user_version");
  if (version > MIGRATIONS.length) {
    throw new StoreError(
      "version",
      `${path} was written by a newer crosstown (schema ${version}, this one knows ${MIGRATIONS.length}): use the newer crosstown for this home`,
    );
  }
  return version;
}

function migrate(inner: DatabaseSync, path: string): void {
  for (let version = checkVersion(inner, path); version < MIGRATIONS.length; version++) {
    attempt(path, "migrate", () =>
      inTransaction(inner, () => {
        inner.exec(MIGRATIONS[version]);
        inner.exec(`PRAGMA user_version = ${version + 1}`);
      }));
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function attempt<Value>(path: string, doing: string, work: () => Value): Value {
  try {
    return work();
  } catch (error) {
    throw asStoreError(path, doing, error);
  }
}

/** The error for a damaged file. Its message says what to do. */
export function damaged(path: string, why: string, cause?: unknown): StoreError {
  return new StoreError(
    "corrupt",
    `${path} is damaged: ${why}. Stop every crosstown process of this home, keep a copy of the folder, look at it with 'crosstown state check' and rebuild it with 'crosstown state recover'; do not start with an empty one while a channel is open`,
    { cause },
  );
}

/** SQLITE_IOERR_SHMSIZE. SQLite returns it when a file is opened, even for reading, while the disk is full. */
const NO_ROOM_FOR_INDEX = 4_874;

/** Maps SQLite's own codes, which never change. @see https://www.sqlite.org/rescode.html */
function asStoreError(path: string, doing: string, error: unknown): unknown {
  if (error instanceof StoreError || !(error instanceof Error)) return error;
  const code = codeOf(error);
  const errcode = "errcode" in error && typeof error.errcode === "number" ? error.errcode : 0;
  if (code === "ERR_INVALID_ARG_TYPE" || code === "ERR_INVALID_ARG_VALUE") {
    return new StoreError("invalid", `Cannot ${doing}: ${error.message}`, { cause: error });
  }
  if (code !== "ERR_SQLITE_ERROR") return error;
  const options = { cause: error };
  if (errcode === NO_ROOM_FOR_INDEX) {
    const why = "the disk is full: there is no room for the index of its write-ahead log";
    return new StoreError("full", `Cannot ${doing} ${path}: ${why}`, options);
  }
  switch (errcode & 0xff) {
    case 5:
    case 6:
      return new StoreError(
        "locked",
        `Cannot ${doing} ${path}: another process is using it`,
        options,
      );
    case 11:
    case 26:
      return damaged(path, error.message, error);
    case 13:
      return new StoreError(
        "full",
        `Cannot ${doing} ${path}: the disk is full; nothing of this commit was stored`,
        options,
      );
    case 14:
      return new StoreError(
        "io",
        `Cannot ${doing} ${path}: the file cannot be opened; its folder must be writable, even for reading`,
        options,
      );
    case 19:
      return new StoreError("conflict", `Cannot ${doing} ${path}: ${error.message}`, options);
    default:
      return new StoreError("io", `Cannot ${doing} ${path}: ${error.message}`, options);
  }
}
