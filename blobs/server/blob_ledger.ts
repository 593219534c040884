/**
 * What a blob server stores in addition to the blobs: who stored what until when, and how many bytes each key has bought and used.
 *
 * An upload uses bytes, and a deletion does not return them, so that storing and deleting again and again costs too. The bytes of an upload
 * in progress are held, so that two uploads cannot use the same bytes. SQLite, WAL mode, every commit synced; one writer, synchronous.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { openPlainFileSync } from "../../base/files/plain_file.ts";
import type { Column, Columns } from "../../base/table/columns.ts";
import { inTransaction, refuseLinkedDatabase, Statements } from "../../base/table/statements.ts";
import {
  ACCOUNTS,
  BLOBS,
  LEDGER_SCHEMA,
  ORDERS,
  OWNERS,
  type StoredBlob,
  UPLOADS,
} from "./ledger_tables.ts";

/** The bytes of one key. */
export interface BlobAccount {
  readonly boughtBytes: number;
  readonly usedBytes: number;
  /** Bytes of uploads in progress. */
  readonly heldBytes: number;
}

const SHA256 = BLOBS.pick("sha256");
const NOTHING = { boughtBytes: 0, usedBytes: 0 };

/** See the module. */
export class BlobLedger {
  readonly #db: DatabaseSync;
  readonly #statements: Statements;

  /** Opens or creates `file`; refuses links. */
  constructor(file: string) {
    openPlainFileSync(file, { append: true, create: true, mode: 0o600 }).close();
    refuseLinkedDatabase(file, true);
    this.#db = new DatabaseSync(file);
    this.#statements = new Statements(this.#db);
    this.#db.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;" + LEDGER_SCHEMA,
    );
  }

  /** A blob that has not expired; null if there is none. */
  blob(sha256: string, nowS: number): StoredBlob | null {
    const row = this.#get("SELECT * FROM blobs WHERE sha256 = ? AND expires_s > ?", sha256, nowS);
    return row === undefined ? null : BLOBS.row(row);
  }

  /** Blobs that this key stored, newest first, at most 1,000. */
  list(pubkey: string, sinceS: number, untilS: number, nowS: number): StoredBlob[] {
    return this.#all(
      `SELECT b.sha256, b.size, o.uploaded_s, b.expires_s FROM owners o JOIN blobs b USING (sha256)
       WHERE o.pubkey = ? AND o.uploaded_s BETWEEN ? AND ? AND b.expires_s > ?
       ORDER BY o.uploaded_s DESC LIMIT 1000`,
      pubkey,
      sinceS,
      untilS,
      nowS,
    ).map(BLOBS.row);
  }

  /** Adds bought bytes once for each order, even if it is called again. */
  credit(orderId: string, pubkey: string, bytes: number, nowS: number): BlobAccount {
    inTransaction(this.#db, () => {
      const { changes } = this.#run(
        `${ORDERS.insert} ON CONFLICT DO NOTHING`,
        ...ORDERS.values({ orderId, pubkey, bytes, atS: nowS }),
      );
      if (changes === 0) return;
      this.#run(
        `${ACCOUNTS.insert} ON CONFLICT DO UPDATE SET bought = bought + excluded.bought`,
        ...ACCOUNTS.values({ pubkey, boughtBytes: bytes, usedBytes: 0 }),
      );
    });
    return this.account(pubkey);
  }

  /** The bytes of a key; zeros if it bought none. */
  account(pubkey: string): BlobAccount {
    const row = this.#get("SELECT * FROM accounts WHERE pubkey = ?", pubkey);
    const { boughtBytes, usedBytes } = row === undefined ? NOTHING : ACCOUNTS.row(row);
    const held = this.#get("SELECT sum(size) AS held FROM uploads WHERE pubkey = ?", pubkey);
    return { boughtBytes, usedBytes, heldBytes: Number(held?.held ?? 0) };
  }

  /**
   * Holds bytes for an upload that starts or continues, in one step. `unpaid`: the key has too few left (unless uploads are free). `full`:
   * all stored and held bytes would exceed `capacityBytes`.
   */
  hold(
    upload: { readonly pubkey: string; readonly sha256: string; readonly size: number },
    limits: {
      readonly free: boolean;
      readonly capacityBytes: number;
      readonly mostUploads: number;
    },
    nowS: number,
  ): "held" | "unpaid" | "full" | "too_many" {
    const { pubkey, sha256, size } = upload;
    return inTransaction(this.#db, () => {
      this.#run("DELETE FROM uploads WHERE pubkey = ? AND sha256 = ?", pubkey, sha256);
      const { boughtBytes, usedBytes, heldBytes } = this.account(pubkey);
      if (!limits.free && boughtBytes - usedBytes - heldBytes < size) return "unpaid";
      const mine = this.#get("SELECT count(*) AS n FROM uploads WHERE pubkey = ?", pubkey);
      if (Number(mine?.n) >= limits.mostUploads) return "too_many";
      if (this.storedBytes() + size > limits.capacityBytes) return "full";
      this.#run(UPLOADS.insert, ...UPLOADS.values({ ...upload, atS: nowS }));
      return "held";
    });
  }

  /** Releases held bytes. */
  release(pubkey: string, sha256: string): void {
    this.#run("DELETE FROM uploads WHERE pubkey = ? AND sha256 = ?", pubkey, sha256);
  }

  /** Gives up uploads that began before this second. */
  releaseOld(beforeS: number): void {
    this.#run("DELETE FROM uploads WHERE at_s < ?", beforeS);
  }

  /** Books a blob that is on the disk: its owner, its time and its bytes in one commit. An existing blob is kept longer. */
  stored(pubkey: string, blob: StoredBlob, free: boolean): void {
    const { sha256, size, uploadedS } = blob;
    inTransaction(this.#db, () => {
      this.#run("DELETE FROM uploads WHERE pubkey = ? AND sha256 = ?", pubkey, sha256);
      this.#run(
        `${BLOBS.insert} ON CONFLICT DO UPDATE SET expires_s = max(expires_s, excluded.expires_s)`,
        ...BLOBS.values(blob),
      );
      this.#run(OWNERS.upsert, ...OWNERS.values({ pubkey, sha256, uploadedS }));
      if (!free) this.#run("UPDATE accounts SET used = used + ? WHERE pubkey = ?", size, pubkey);
    });
  }

  /** Whether there is a row for the blob, expired or not. */
  knows(sha256: string): boolean {
    return this.#get("SELECT 1 FROM blobs WHERE sha256 = ?", sha256) !== undefined;
  }

  /** Whether somebody is uploading it. */
  isHeld(sha256: string): boolean {
    return this.#get("SELECT 1 FROM uploads WHERE sha256 = ?", sha256) !== undefined;
  }

  /** Whether this key stored the blob. */
  owns(pubkey: string, sha256: string): boolean {
    return this.#get("SELECT 1 FROM owners WHERE pubkey = ? AND sha256 = ?", pubkey, sha256) !==
      undefined;
  }

  /** Removes an owner. Returns true if it was the last one, and then removes the blob's row. */
  disown(pubkey: string, sha256: string): boolean {
    return inTransaction(this.#db, () => {
      this.#run("DELETE FROM owners WHERE pubkey = ? AND sha256 = ?", pubkey, sha256);
      if (this.#get("SELECT 1 FROM owners WHERE sha256 = ?", sha256) !== undefined) return false;
      this.#run("DELETE FROM blobs WHERE sha256 = ?", sha256);
      return true;
    });
  }

  /** Expired blobs, at most `limit`. */
  expired(nowS: number, limit: number): string[] {
    return this.#all(`SELECT ${SHA256.sql} FROM blobs WHERE expires_s <= ? LIMIT ?`, nowS, limit)
      .map((row) => SHA256.of(row).sha256);
  }

  /** Deletes a blob and its owners. */
  forget(sha256: string): void {
    inTransaction(this.#db, () => {
      this.#run("DELETE FROM owners WHERE sha256 = ?", sha256);
      this.#run("DELETE FROM blobs WHERE sha256 = ?", sha256);
    });
  }

  /** Bytes of all blobs and of uploads in progress. */
  storedBytes(): number {
    const row = this.#get(
      "SELECT (SELECT total(size) FROM blobs) + (SELECT total(size) FROM uploads) AS bytes",
    );
    return Number(row?.bytes ?? 0);
  }

  /** Number of blobs. */
  count(): number {
    return Number(this.#get("SELECT count(*) AS n FROM blobs")?.n ?? 0);
  }

  /** Closes the file. */
  close(): void {
    this.#statements.clear();
    this.#db.close();
  }

  #get(sql: string, ...values: Column[]): Columns | undefined {
    return this.#statements.of(sql).get(...values) as Columns | undefined;
  }

  #all(sql: string, ...values: Column[]): Columns[] {
    return this.#statements.of(sql).all(...values) as unknown as Columns[];
  }

  #run(sql: string, ...values: Column[]) {
    return this.#statements.of(sql).run(...values);
  }
}
