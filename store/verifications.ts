/**
 * Jobs whose answers are compared. The commit that makes the jobs also stores the verification: after a crash there are all of them and the
 * rule for comparing them, or none.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Column } from "./columns.ts";
import type { Database } from "./database.ts";
import { StoreError } from "./store_error.ts";
import { MAX_VERIFIERS, type PutVerification, type VerificationRow } from "./verification_row.ts";
import { VERIFICATIONS } from "./verification_table.ts";

/** Stores one. `conflict` if a job is unknown or already part of a verification; `invalid` if the rows do not make one verification. */
export function putVerification({ db }: ChangeContext, { rows }: PutVerification): void {
  const [lead] = rows;
  const whole = Array.isArray(rows) && lead !== undefined && rows.length <= MAX_VERIFIERS &&
    lead.needed <= rows.length && lead.needed * 2 > rows.length &&
    rows.every((row, at) =>
      row.position === at && row.count === rows.length && row.leadId === lead.jobId &&
      row.needed === lead.needed && row.atMs === lead.atMs
    );
  if (!whole) throw new StoreError("invalid", "the rows do not make one verification");
  const providers = new Set<Column>();
  for (const row of rows) {
    const job = db.get(
      "SELECT provider FROM jobs WHERE job_id = ? AND role = 'buyer'",
      row.jobId,
    );
    if (job === null) throw new StoreError("conflict", `job ${row.jobId} (buyer) does not exist`);
    if (job.provider === null || providers.has(job.provider)) {
      throw new StoreError("conflict", `job ${row.jobId} needs a provider of its own`);
    }
    providers.add(job.provider);
    if (verificationOf(db, row.jobId).length > 0) {
      throw new StoreError("conflict", `job ${row.jobId} is part of a verification already`);
    }
  }
  for (const row of rows) db.run(VERIFICATIONS.insert, ...VERIFICATIONS.values(row));
}

/** The verification to which a job belongs, by position; empty if there is none. */
export function verificationOf(db: Database, jobId: string): VerificationRow[] {
  return db.all(
    `SELECT * FROM job_verifications
     WHERE lead_id = (SELECT lead_id FROM job_verifications WHERE job_id = ?) ORDER BY position`,
    jobId,
  ).map(VERIFICATIONS.row);
}

/** The first job of each verification, newest first. */
export function verificationLeads(db: Database, limit: number): string[] {
  return db.all(
    "SELECT lead_id FROM job_verifications WHERE position = 0 ORDER BY at_ms DESC, lead_id LIMIT ?",
    limit,
  ).map(({ lead_id: id }) => id as string);
}

/** Deletes the verification row of a removed job. */
export function forgetVerification(db: Database, jobId: Column): void {
  db.run("DELETE FROM job_verifications WHERE job_id = ?", jobId);
}
