/**
 * Finds an entry of the outbox by its event.
 *
 * @module
 */
import type { Database } from "./database.ts";
import type { OutboxRow } from "./job_row.ts";
import { OUTBOX } from "./job_tables.ts";

/** The entries that are searched, the newest ones. */
const SEARCHED = 1_000;

/** The newest entry with exactly these bytes. Null if none of the newest entries has them. */
export function outboxEntry(
  db: Database,
  event: Uint8Array,
): Pick<OutboxRow, "outboxId" | "state" | "detail"> | null {
  const found = db.get(
    `SELECT * FROM (SELECT * FROM outbox ORDER BY outbox_id DESC LIMIT ${SEARCHED}) WHERE event = ? LIMIT 1`,
    event,
  );
  if (found === null) return null;
  const { outboxId, state, detail } = OUTBOX.row(found);
  return { outboxId, state, detail };
}
