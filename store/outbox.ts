/**
 * Adds entries to the outbox: events to publish and providers to pay.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { OUTBOX } from "./job_tables.ts";
import type { OutboxRow } from "./job_row.ts";

/** Adds an entry and wakes its waiters. */
export function addOutbox(
  { db, touched }: ChangeContext,
  row: Omit<OutboxRow, "outboxId" | "state" | "detail">,
): void {
  const columns = OUTBOX.columns({ ...row, outboxId: 0, state: "pending", detail: null });
  db.run(OUTBOX.insert, ...Object.values(columns));
  touched.add("outbox");
}
