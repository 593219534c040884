/**
 * Jobs whose answers are compared. The commit that makes the jobs also stores the verification: after a crash there are all of them and the
 * rule for comparing them, or none.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import type { Column } from "../base/table/columns.ts";
import type { Database } from "./database.ts";
import { StoreError } from "./store_error.ts";
import {
  type JoinVerification,
  MAX_VERIFIERS,
  type PutVerification,
  type VerificationRow,
} from "./verification_row.ts";
import { VERIFICATIONS } from "./verification_table.ts";

/** Stores one. `conflict` if a job is unknown or already part of a verification; `invalid` if the rows do not make one verification. */
export function putVerification({ db }: ChangeContext, { rows }: PutVerification): void {
  const [lead] = rows;
  const whole = Array.isArray(rows) && lead !== undefined && rows.length <= MAX_VERIFIERS &&
    lead.needed <= rows.length && lead.needed * 2 > rows.length &&
    rows.every((row, at) =>
      row.position === at && row.count === rows.length && row.leadId === lead.jobId &&
      row.needed === lead.needed && row.atMs === lead.atMs && row.challenge === lead.challenge &&
      row.compare === lead.compare && row.judge === lead.judge &&
      (row.judge !== null) === (row.compare === "skill")
    ) && (!lead.challenge || rows.length === 2);
  if (!whole) throw new StoreError("invalid", "the rows do not make one verification");
  const providers = new Set<Column>();
  for (const { jobId } of rows) putMember(db, jobId, providers);
  for (const row of rows) db.run(VERIFICATIONS.insert, ...VERIFICATIONS.values(row));
}

/** Adds the third job. `conflict` if there is no challenge with two jobs, or if the job is unknown or already part of a verification. */
export function joinVerification(
  { db }: ChangeContext,
  { leadId, jobId }: JoinVerification,
): void {
  const rows = verificationOf(db, leadId);
  const [lead] = rows;
  if (lead?.jobId !== leadId || !lead.challenge || rows.length !== 2) {
    throw new StoreError("conflict", `${leadId} is no challenge with two jobs`);
  }
  const providers = rows.map((row) => providerOf(db, row.jobId));
  putMember(db, jobId, new Set(providers));
  const joined = { ...lead, jobId, position: rows.length, count: rows.length + 1 };
  db.run("UPDATE job_verifications SET count = ? WHERE lead_id = ?", joined.count, leadId);
  db.run(VERIFICATIONS.insert, ...VERIFICATIONS.values(joined));
}

/** Throws `conflict` if the job cannot be compared with jobs of these providers. Otherwise adds its provider to them. */
function putMember(db: Database, jobId: string, providers: Set<Column>): void {
  const provider = providerOf(db, jobId);
  if (provider === null || providers.has(provider)) {
    throw new StoreError("conflict", `job ${jobId} needs a provider of its own`);
  }
  providers.add(provider);
  if (verificationOf(db, jobId).length > 0) {
    throw new StoreError("conflict", `job ${jobId} is part of a verification already`);
  }
}

function providerOf(db: Database, jobId: string): Column {
  const job = db.get("SELECT provider FROM jobs WHERE job_id = ? AND role = 'buyer'", jobId);
  if (job === null) throw new StoreError("conflict", `job ${jobId} (buyer) does not exist`);
  return job.provider;
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

/** The jobs of all verifications but the newest ones. */
export function olderVerifiedJobs(db: Database, newest: number): string[] {
  return db.all(
    `SELECT job_id FROM job_verifications WHERE lead_id IN (
       SELECT lead_id FROM job_verifications WHERE position = 0
       ORDER BY at_ms DESC, lead_id LIMIT -1 OFFSET ?
     ) ORDER BY job_id LIMIT ?`,
    newest,
    MAX_OLDER,
  ).map(({ job_id: id }) => id as string);
}
const MAX_OLDER = 10_000;

/** Deletes the verification row of a removed job. */
export function forgetVerification(db: Database, jobId: Column): void {
  db.run("DELETE FROM job_verifications WHERE job_id = ?", jobId);
}
