/**
 * What is known of an outbox entry while it is delivered, in one question instead of four.
 *
 * @module
 */
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import type { Delivery } from "./delivery_row.ts";
import { attemptsOf } from "./job_failover.ts";
import { JOBS } from "./job_tables.ts";

/** Reads it over one connection. The entry, the job, or both may be null. */
export function deliveryOf(
  db: Database,
  outboxId: number | null,
  jobId: string | null,
): Delivery {
  const entry = outboxId === null ? null : db.get(
    "SELECT state FROM outbox WHERE outbox_id = ?",
    whole("outboxId", outboxId),
  );
  const pending = outboxId === null || entry?.state === "pending";
  if (jobId === null) return { pending, buyer: null, provider: null, askedBefore: [] };
  const rows = db.all("SELECT * FROM jobs WHERE job_id = ?", text("jobId", jobId)).map(JOBS.row);
  const buyer = rows.find(({ role }) => role === "buyer") ?? null;
  const provider = rows.find(({ role }) => role === "provider") ?? null;
  const asked = buyer === null ? [] : attemptsOf(db, jobId).map(({ eventId }) => eventId);
  return { pending, buyer, provider, askedBefore: asked };
}
