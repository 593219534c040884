/**
 * The tables of a blob server's ledger.
 *
 * @module
 */
import type { Marks } from "../../base/table/column_kinds.ts";
import { defineTable } from "../../base/table/define_table.ts";

const ONLY_KEY: Marks = { key: "implied" };

/** A stored blob. */
export interface StoredBlob {
  readonly sha256: string;
  readonly size: number;
  /** Seconds since the epoch. */
  readonly uploadedS: number;
  readonly expiresS: number;
}

/** Blobs on the disk. */
export const BLOBS = defineTable<StoredBlob>("blobs", {
  row: (column) => ({
    sha256: column.text("sha256", ONLY_KEY),
    size: column.whole("size"),
    uploadedS: column.whole("uploaded_s"),
    expiresS: column.whole("expires_s"),
  }),
  options: "STRICT, WITHOUT ROWID",
  breaks: "ends",
});

/** A key that stored a blob. */
interface Owner {
  readonly pubkey: string;
  readonly sha256: string;
  readonly uploadedS: number;
}

/** Who stored which blob. */
export const OWNERS = defineTable<Owner>("owners", {
  row: (column) => ({
    pubkey: column.text("pubkey"),
    sha256: column.text("sha256"),
    uploadedS: column.whole("uploaded_s"),
  }),
  key: ["pubkey", "sha256"],
  options: "STRICT, WITHOUT ROWID",
  breaks: "ends",
});

/** The bytes of a key. */
interface Account {
  readonly pubkey: string;
  readonly boughtBytes: number;
  readonly usedBytes: number;
}

/** Bytes by key. */
export const ACCOUNTS = defineTable<Account>("accounts", {
  row: (column) => ({
    pubkey: column.text("pubkey", ONLY_KEY),
    boughtBytes: column.whole("bought"),
    usedBytes: column.whole("used"),
  }),
  options: "STRICT, WITHOUT ROWID",
  breaks: "ends",
});

/** Bytes that a key bought. */
interface Order {
  readonly orderId: string;
  readonly pubkey: string;
  readonly bytes: number;
  readonly atS: number;
}

/** Orders that were credited. */
export const ORDERS = defineTable<Order>("orders", {
  row: (column) => ({
    orderId: column.text("order_id", ONLY_KEY),
    pubkey: column.text("pubkey"),
    bytes: column.whole("bytes"),
    atS: column.whole("at_s"),
  }),
  options: "STRICT, WITHOUT ROWID",
  breaks: "ends",
});

/** An upload in progress, whose bytes are held. */
interface Upload {
  readonly pubkey: string;
  readonly sha256: string;
  readonly size: number;
  /** When it began. */
  readonly atS: number;
}

/** Uploads in progress. */
export const UPLOADS = defineTable<Upload>("uploads", {
  row: (column) => ({
    pubkey: column.text("pubkey"),
    sha256: column.text("sha256"),
    size: column.whole("size"),
    atS: column.whole("at_s"),
  }),
  key: ["pubkey", "sha256"],
  options: "STRICT, WITHOUT ROWID",
  breaks: "ends",
});

/** The statements that make the tables and their indexes where they are missing. */
export const LEDGER_SCHEMA = `
${BLOBS.sqlIfMissing}
CREATE INDEX IF NOT EXISTS blobs_expiry ON blobs (expires_s);
${OWNERS.sqlIfMissing}
CREATE INDEX IF NOT EXISTS owners_blob ON owners (sha256);
${ACCOUNTS.sqlIfMissing}
${ORDERS.sqlIfMissing}
${UPLOADS.sqlIfMissing}
`;
