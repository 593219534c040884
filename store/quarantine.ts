/**
 * The quarantine: documents that were set aside because they twice ended the stages behind their source. A person inspects them and may try
 * one once more by marking it. The source removes the mark before it sends the document, so that a document that ends the whole process is
 * not tried again at each start.
 *
 * It holds 1,000 documents. When it is full, the oldest are removed; the total still counts them.
 *
 * @module
 */
import { addToSum, type ChangeContext } from "./change_context.ts";
import { whole } from "./checks.ts";
import { type Database, openDatabase } from "./database.ts";
import { QUARANTINE } from "./quarantine_table.ts";
import type { QuarantineChange, QuarantinedDocument } from "./quarantine_row.ts";
import { StoreError } from "./store_error.ts";

const MAX_QUARANTINE = 1_000;

/** Applies one change. Throws StoreError `conflict` if the document is no longer there. */
export function applyQuarantine(context: ChangeContext, change: QuarantineChange): void {
  const { db } = context;
  if (change.op === "quarantine") {
    const { bytes, reason, atMs, source, known } = change;
    const row = { quarantineId: 0, bytes, reason, atMs, source, known, retry: false };
    db.run(QUARANTINE.insert, ...QUARANTINE.values(row));
    db.run(
      "DELETE FROM quarantine WHERE quarantine_id <= (SELECT max(quarantine_id) FROM quarantine) - ?",
      MAX_QUARANTINE,
    );
    addToSum(context, "quarantined", 1n);
    return;
  }
  const id = whole("quarantineId", change.quarantineId);
  if (db.get("SELECT 1 FROM quarantine WHERE quarantine_id = ?", id) === null) {
    throw new StoreError("conflict", `no document ${id} is in quarantine`);
  }
  if (change.op === "releaseQuarantined") {
    db.run("DELETE FROM quarantine WHERE quarantine_id = ?", id);
  } else {
    db.run("UPDATE quarantine SET retry = ? WHERE quarantine_id = ?", change.retry ? 1 : 0, id);
  }
}

/** Reads the newest first, at most `limit`, while a writer may be running. Throws the same StoreErrors as opening for reading. */
export function readQuarantine(folder: string, limit: number): QuarantinedDocument[] {
  const db = openDatabase(folder, { readOnly: true });
  try {
    return rowsOf(db, "ORDER BY quarantine_id DESC LIMIT ?", limit);
  } finally {
    db.close();
  }
}

/** Documents of this source that are marked to be tried once more, oldest first. */
export function markedDocuments(db: Database, source: string): QuarantinedDocument[] {
  return rowsOf(db, "WHERE retry = 1 AND source = ? ORDER BY quarantine_id", source);
}

function rowsOf(db: Database, where: string, value: string | number): QuarantinedDocument[] {
  return db.all(`SELECT * FROM quarantine ${where}`, value).map(QUARANTINE.row);
}
