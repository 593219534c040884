/**
 * Documents that were set aside, for a person to look at. Read beside a running writer.
 *
 * @module
 */
import { openDatabase } from "./database.ts";

/** A document that was poison or refused. */
export interface QuarantinedDocument {
  /** Rising. */
  readonly quarantineId: number;
  /** Exactly as it came. */
  readonly bytes: Uint8Array;
  /** Why it is here. */
  readonly reason: string;
  /** When it came here, milliseconds since the epoch. */
  readonly atMs: number;
}

/** The newest first, at most `limit` of the 1,000 that are kept. Throws StoreError as opening for reading does. */
export function readQuarantine(folder: string, limit: number): QuarantinedDocument[] {
  const db = openDatabase(folder, { readOnly: true });
  try {
    return db.all("SELECT * FROM quarantine ORDER BY quarantine_id DESC LIMIT ?", limit)
      .map((row) => ({
        quarantineId: row.quarantine_id as number,
        bytes: row.bytes as Uint8Array,
        reason: row.reason as string,
        atMs: row.at_ms as number,
      }));
  } finally {
    db.close();
  }
}
