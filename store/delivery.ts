/**
 * What is known of outbox entries while they are delivered, in one question for all that are delivered at once.
 *
 * @module
 */
import { text, whole } from "./checks.ts";
import type { Database } from "./database.ts";
import type { Delivery, DeliveryQuestion } from "./delivery_row.ts";
import { attemptsOf } from "./job_failover.ts";
import { JOBS } from "./job_tables.ts";
import { meterOf } from "./meters.ts";
import { quoteOf } from "./quotes.ts";
import { StoreError } from "./store_error.ts";

/** The most entries in one question. */
const MAX_ASKED = 64;

/** Reads it over one connection, all in one transaction. */
export function deliveriesOf(db: Database, asked: readonly DeliveryQuestion[]): Delivery[] {
  if (!Array.isArray(asked) || asked.length > MAX_ASKED) {
    throw new StoreError("invalid", `one question may name at most ${MAX_ASKED} outbox entries`);
  }
  db.run("BEGIN");
  try {
    return asked.map((each) => deliveryOf(db, each));
  } finally {
    db.run("COMMIT");
  }
}

function deliveryOf(db: Database, { outboxId, jobId }: DeliveryQuestion): Delivery {
  const entry = outboxId === null ? null : db.get(
    "SELECT state, purpose FROM outbox WHERE outbox_id = ?",
    whole("outboxId", outboxId),
  );
  const pending = outboxId === null || entry?.state === "pending";
  if (jobId === null) {
    return { pending, buyer: null, provider: null, askedBefore: [], quote: null, isMetered: null };
  }
  const rows = db.all("SELECT * FROM jobs WHERE job_id = ?", text("jobId", jobId)).map(JOBS.row);
  const buyer = rows.find(({ role }) => role === "buyer") ?? null;
  const provider = rows.find(({ role }) => role === "provider") ?? null;
  const asked = buyer === null ? [] : attemptsOf(db, jobId).map(({ eventId }) => eventId);
  const paid = entry?.purpose === "job" ? buyer : null;
  const quote = paid === null ? null : quoteOf(db, paid.eventId);
  const isMetered = paid === null ? null : meterOf(db, paid.eventId, "buyer") !== null;
  return { pending, buyer, provider, askedBefore: asked, quote, isMetered };
}
