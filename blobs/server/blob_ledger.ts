/**
 * What a blob server stores in addition to the blobs: who stored what until when, and how many bytes each key has bought and used.
 *
 * An upload uses bytes, and a deletion does not return them, so that storing and deleting again and again costs too. The bytes of an upload
 * in progress are held, so that two uploads cannot use the same bytes. SQLite, WAL mode, every commit synced; one writer, synchronous.
 *
 * @module
 */
import { DatabaseSync } from "node:sqlite";
import { openPlainFileSync, plainStatSync } from "../../base/files/plain_file.ts";

/** A stored blob. */
export interface StoredBlob {
  readonly sha256: string;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly uploadedS: number;
  readonly expiresS: number;
}

/** The bytes of one key. */
export interface BlobAccount {
  readonly boughtBytes: number;
  readonly usedBytes: number;
  /** Bytes of uploads in progress. */
  readonly heldBytes: number;
}

const SCHEMA = `
CREATE TABLE IF NOT EXISTS blobs (
  sha256 TEXT PRIMARY KEY, size INTEGER NOT NULL, uploaded_s INTEGER NOT NULL, expires_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS blobs_expiry ON blobs (expires_s);
CREATE TABLE IF NOT EXISTS owners (
  pubkey TEXT NOT NULL, sha256 TEXT NOT NULL, uploaded_s INTEGER NOT NULL, PRIMARY KEY (pubkey, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS owners_blob ON owners (sha256);
CREATE TABLE IF NOT EXISTS accounts (
  pubkey TEXT PRIMARY KEY, bought INTEGER NOT NULL, used INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS orders (
  order_id TEXT PRIMARY KEY, pubkey TEXT NOT NULL, bytes INTEGER NOT NULL, at_s INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS uploads (
  pubkey TEXT NOT NULL, sha256 TEXT NOT NULL, size INTEGER NOT NULL, at_s INTEGER NOT NULL, PRIMARY KEY (pubkey, sha256)
) STRICT, WITHOUT ROWID;
`;

/** See the module. */
export class BlobLedger {
  readonly #db: DatabaseSync;

  /** Opens or creates `file`; refuses links. */
  constructor(file: string) {
    openPlainFileSync(file, { append: true, create: true, mode: 0o600 }).close();
    for (const suffix of ["-wal", "-shm", "-journal"]) plainStatSync(file + suffix, true);
    this.#db = new DatabaseSync(file);
    this.#db.exec(
      "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=5000;" + SCHEMA,
    );
  }

  /** A blob that has not expired; null if there is none. */
  blob(sha256: string, nowS: number): StoredBlob | null {
    const row = this.#get(
      `SELECT size, uploaded_s, expires_s FROM blobs WHERE sha256 = ? AND expires_s > ?`,
      sha256,
      nowS,
    );
    return row === undefined ? null : blobOf({ ...row, sha256 });
  }

  /** Blobs that this key stored, newest first, at most 1,000. */
  list(pubkey: string, sinceS: number, untilS: number, nowS: number): StoredBlob[] {
    return this.#db.prepare(
      `SELECT b.sha256, b.size, o.uploaded_s, b.expires_s FROM owners o JOIN blobs b USING (sha256)
       WHERE o.pubkey = ? AND o.uploaded_s BETWEEN ? AND ? AND b.expires_s > ?
       ORDER BY o.uploaded_s DESC LIMIT 1000`,
    ).all(pubkey, sinceS, untilS, nowS).map((row) => blobOf(row));
  }

  /** Adds bought bytes once for each order, even if it is called again. */
  credit(orderId: string, pubkey: string, bytes: number, nowS: number): BlobAccount {
    this.#together(() => {
      const { changes } = this.#run(
        "INSERT INTO orders VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
        orderId,
        pubkey,
        bytes,
        nowS,
      );
      if (changes === 0) return;
      this.#run(
        `INSERT INTO accounts VALUES (?, ?, 0) ON CONFLICT DO UPDATE SET bought = bought + excluded.bought`,
        pubkey,
        bytes,
      );
    });
    return this.account(pubkey);
  }

  /** The bytes of a key; zeros if it bought none. */
  account(pubkey: string): BlobAccount {
    const row = this.#get("SELECT bought, used FROM accounts WHERE pubkey = ?", pubkey);
    const held = this.#get("SELECT sum(size) AS held FROM uploads WHERE pubkey = ?", pubkey);
    return {
      boughtBytes: Number(row?.bought ?? 0),
      usedBytes: Number(row?.used ?? 0),
      heldBytes: Number(held?.held ?? 0),
    };
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
    return this.#together(() => {
      this.#run("DELETE FROM uploads WHERE pubkey = ? AND sha256 = ?", pubkey, sha256);
      const { boughtBytes, usedBytes, heldBytes } = this.account(pubkey);
      if (!limits.free && boughtBytes - usedBytes - heldBytes < size) return "unpaid";
      const mine = this.#get("SELECT count(*) AS n FROM uploads WHERE pubkey = ?", pubkey);
      if (Number(mine?.n) >= limits.mostUploads) return "too_many";
      if (this.storedBytes() + size > limits.capacityBytes) return "full";
      this.#run("INSERT INTO uploads VALUES (?, ?, ?, ?)", pubkey, sha256, size, nowS);
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
    const { sha256, size, uploadedS, expiresS } = blob;
    this.#together(() => {
      this.#run("DELETE FROM uploads WHERE pubkey = ? AND sha256 = ?", pubkey, sha256);
      this.#run(
        `INSERT INTO blobs VALUES (?, ?, ?, ?)
         ON CONFLICT DO UPDATE SET expires_s = max(expires_s, excluded.expires_s)`,
        sha256,
        size,
        uploadedS,
        expiresS,
      );
      this.#run(
        "INSERT INTO owners VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET uploaded_s = excluded.uploaded_s",
        pubkey,
        sha256,
        uploadedS,
      );
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
    return this.#together(() => {
      this.#run("DELETE FROM owners WHERE pubkey = ? AND sha256 = ?", pubkey, sha256);
      if (this.#get("SELECT 1 FROM owners WHERE sha256 = ?", sha256) !== undefined) return false;
      this.#run("DELETE FROM blobs WHERE sha256 = ?", sha256);
      return true;
    });
  }

  /** Expired blobs, at most `limit`. */
  expired(nowS: number, limit: number): string[] {
    return this.#db.prepare("SELECT sha256 FROM blobs WHERE expires_s <= ? LIMIT ?")
      .all(nowS, limit).map(({ sha256 }) => String(sha256));
  }

  /** Deletes a blob and its owners. */
  forget(sha256: string): void {
    this.#together(() => {
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
    this.#db.close();
  }

  #get(sql: string, ...values: (string | number)[]) {
    return this.#db.prepare(sql).get(...values) as Record<string, unknown> | undefined;
  }

  #run(sql: string, ...values: (string | number)[]) {
    return this.#db.prepare(sql).run(...values);
  }

  #together<Value>(work: () => Value): Value {
    this.#db.exec("BEGIN IMMEDIATE");
    try {
      const value = work();
      this.#db.exec("COMMIT");
      return value;
    } catch (error) {
      this.#db.exec("ROLLBACK");
      throw error;
    }
  }
}

function blobOf(row: Record<string, unknown>): StoredBlob {
  return {
    sha256: String(row.sha256),
    size: Number(row.size),
    uploadedS: Number(row.uploaded_s),
    expiresS: Number(row.expires_s),
  };
}
