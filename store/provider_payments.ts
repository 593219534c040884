/**
 * What each provider was paid, what of it is at risk, and what it delivered (docs/money.md#strangers). The commit that signs or refuses a
 * packet books it, and the commit that changes a job books its outcome. So the figures hold after a restart and need no scan.
 *
 * @module
 */
import { larger, smaller } from "../base/amount.ts";
import { isFailedRun, type JobStatus, wentWell } from "../protocols/job_status.ts";
import type { ChangeContext } from "./change_context.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import { text } from "./checks.ts";
import type { Database } from "./database.ts";
import { heldAgainst } from "./distrust.ts";
import {
  PROVIDER_HISTORY,
  PROVIDER_PAYMENTS,
  type ProviderPaymentRow,
} from "./provider_payment_table.ts";
import { StoreError } from "./store_error.ts";
import { type AcceptAnswers, MAX_VERIFIERS } from "./verification_row.ts";
import { NO_HISTORY, type ProviderHistory, strangerPart } from "./stranger_part.ts";

/** Obligations of payments that are made before the result. A key is paid when the result is there, an increment when the last one is used up. */
const UPFRONT = "job:";

/** A payment of a provider. */
interface PaidProvider {
  readonly jobId: string;
  readonly provider: string;
  readonly obligation: string;
  readonly amount: bigint;
}

/**
 * Books a packet that was signed (`1n`), or refused at no cost (`-1n`). Returns by how much the sum of what strangers were paid changes.
 */
export function bookProvider(
  { db, clock }: ChangeContext,
  { jobId, provider, obligation, amount }: PaidProvider,
  sign: 1n | -1n,
): bigint {
  const before = paymentOf(db, jobId, provider);
  if (before === null && sign === -1n) return 0n;
  const row = before ?? {
    jobId,
    provider,
    paidUnits: 0n,
    upfrontUnits: 0n,
    strangerUnits: 0n,
    outcome: firstOutcome(db, jobId, provider),
  };
  const upfront = obligation.startsWith(UPFRONT) ? amount : 0n;
  const part = sign === 1n
    ? upfront === 0n ? 0n : strangerPart(historiesOf(db, [provider], clock())[provider], upfront)
    : -smaller(upfront, row.strangerUnits);
  write(db, before, {
    ...row,
    paidUnits: larger(row.paidUnits + sign * amount, 0n),
    upfrontUnits: larger(row.upfrontUnits + sign * upfront, 0n),
    strangerUnits: row.strangerUnits + part,
  });
  return part;
}

/** Books the outcome of a buyer's job. */
export function followJob({ db }: ChangeContext, job: Columns): void {
  if (job.role !== "buyer" || typeof job.provider !== "string") return;
  const before = paymentOf(db, job.job_id as string, job.provider);
  if (before === null) return;
  const outcome = outcomeOf(job, before.provider);
  // An accepted answer of a verification stays accepted.
  const isAccepted = before.outcome === "delivered" && outcome === "delivered";
  const known = !isAccepted && outcome === "delivered" && isCompared(db, before.jobId)
    ? "answered"
    : outcome;
  if (known !== before.outcome) write(db, before, { ...before, outcome: known });
}

/** Notes that answers of verifications were accepted. Jobs that are not compared, or did not go well, are left out. */
export function acceptAnswers({ db }: ChangeContext, { jobIds }: AcceptAnswers): void {
  if (!Array.isArray(jobIds) || jobIds.length > MAX_VERIFIERS) {
    throw new StoreError("invalid", `at most ${MAX_VERIFIERS} answers are accepted at once`);
  }
  for (const jobId of jobIds) {
    const before = unacceptedAnswer(db, jobId);
    if (before !== null) write(db, before, { ...before, outcome: "delivered" });
  }
}

/** Those of the answers that {@link acceptAnswers} would note. */
export function unacceptedAnswers(db: Database, jobIds: readonly string[]): string[] {
  return jobIds.filter((jobId) => unacceptedAnswer(db, jobId) !== null);
}

/** The payment for an answer that is not noted as accepted. Null if there is nothing to note. */
function unacceptedAnswer(db: Database, jobId: string): ProviderPaymentRow | null {
  const job = jobRow(db, text("jobId", jobId));
  const before = job === null ? null : paymentOf(db, jobId, job.provider as string);
  if (before === null || before.outcome === "delivered" || !isCompared(db, jobId)) return null;
  return outcomeOf(job, before.provider) === "delivered" ? before : null;
}

/** Whether a job's answer is compared with those of others. Then its success alone is no history: see {@link acceptAnswers}. */
function isCompared(db: Database, jobId: string): boolean {
  return db.get("SELECT 1 AS there FROM job_verifications WHERE job_id = ?", jobId) !== null;
}

/** What each of these providers delivered, has at risk and took for nothing, and why one is not trusted. */
export function historiesOf(
  db: Database,
  providers: readonly string[],
  nowMs: number,
): Record<string, ProviderHistory> {
  const held = heldAgainst(db, providers, nowMs);
  return Object.fromEntries(
    providers.map((provider) => [provider, { ...historyOf(db, provider), ...held.get(provider) }]),
  );
}

/** What a provider delivered and has at risk. */
function historyOf(db: Database, provider: string): ProviderHistory {
  const found = db.get("SELECT * FROM provider_history WHERE provider = ?", provider);
  if (found === null) return NO_HISTORY;
  const { deliveredUnits, riskUnits } = PROVIDER_HISTORY.row(found);
  return { deliveredUnits, riskUnits };
}

/** Deletes what is known of a removed job. The histories keep its outcome. */
export function forgetPayments(db: Database, jobId: Column): void {
  db.run("DELETE FROM provider_payments WHERE job_id = ?", jobId);
}

function paymentOf(db: Database, jobId: string, provider: string): ProviderPaymentRow | null {
  const found = db.get(
    "SELECT * FROM provider_payments WHERE job_id = ? AND provider = ?",
    jobId,
    provider,
  );
  return found === null ? null : PROVIDER_PAYMENTS.row(found);
}

/** Writes a payment, and what it changes of its provider's history. */
function write(db: Database, before: ProviderPaymentRow | null, after: ProviderPaymentRow): void {
  db.run(PROVIDER_PAYMENTS.upsert, ...PROVIDER_PAYMENTS.values(after));
  const { provider } = after;
  const { deliveredUnits, riskUnits } = historyOf(db, provider);
  const [was, is] = [shareOf(before), shareOf(after)];
  if (was.deliveredUnits === is.deliveredUnits && was.riskUnits === is.riskUnits) return;
  const row = {
    provider,
    deliveredUnits: larger(deliveredUnits + is.deliveredUnits - was.deliveredUnits, 0n),
    riskUnits: larger(riskUnits + is.riskUnits - was.riskUnits, 0n),
  };
  db.run(PROVIDER_HISTORY.upsert, ...PROVIDER_HISTORY.values(row));
}

/** What one payment adds to its provider's history. */
function shareOf(row: ProviderPaymentRow | null): ProviderHistory {
  if (row === null || row.outcome === "answered") return NO_HISTORY;
  return row.outcome === "open"
    ? { deliveredUnits: 0n, riskUnits: row.upfrontUnits }
    : { deliveredUnits: row.paidUnits, riskUnits: 0n };
}

function jobRow(db: Database, jobId: string): Columns | null {
  return db.get(
    "SELECT status, exit_code, error_code, provider FROM jobs WHERE job_id = ? AND role = 'buyer'",
    jobId,
  );
}

/** The outcome that a job has when its payment is booked. */
function firstOutcome(
  db: Database,
  jobId: string,
  provider: string,
): ProviderPaymentRow["outcome"] {
  const outcome = outcomeOf(jobRow(db, jobId), provider);
  return outcome === "delivered" && isCompared(db, jobId) ? "answered" : outcome;
}

/** The outcome of a job for this provider. A job that was passed on has no result of the one before. */
function outcomeOf(job: Columns | null, provider: string): ProviderPaymentRow["outcome"] {
  if (job?.provider !== provider) return "open";
  const facts = {
    status: job.status as JobStatus,
    exitCode: job.exit_code as number | null,
    errorCode: job.error_code as string | null,
  };
  if (isFailedRun(facts)) return "answered";
  if (facts.status !== "success") return "open";
  return wentWell(facts) ? "delivered" : "answered";
}
