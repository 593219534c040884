/**
 * Failover: if a provider does not take a job, one commit hands the job to the next provider. The commit stores why the first one failed,
 * makes a request with a new id for the next one, and puts it into the outbox. The job keeps its id, its deadline and its bid.
 *
 * Nobody is paid twice for the same work without the buyer's consent. A provider whose payment was refused was not paid. After a provider
 * that was paid and failed, another is asked only if the bid covers both. A payment without an answer moves nothing.
 *
 * @module
 */
import { addOutbox } from "./outbox.ts";
import { larger } from "../base/amount.ts";
import type { UnsignedEvent } from "../protocols/nostr/event.ts";
import { eventId } from "../protocols/nostr/event_id.ts";
import { budgetsOf } from "./budgets.ts";
import type { ChangeContext } from "./change_context.ts";
import type { Database } from "./database.ts";
import { patchJob, reassignJob } from "./job_changes.ts";
import { text, whole } from "./checks.ts";
import { JOB_ATTEMPTS, JOB_FAILOVER } from "./job_attempt_tables.ts";
import type { Column, Columns } from "../base/table/columns.ts";
import { StoreError } from "./store_error.ts";
import type { Candidate, JobAttempt, PassJobOn, PlanFailover } from "./job_attempt_row.ts";
import { COUNTS_AS_PAID } from "./status_sql.ts";

const MAX_WORDS = 500;

/** Writes the plan of a job in the job's own commit. */
export function planFailover({ db }: ChangeContext, { op: _op, ...plan }: PlanFailover): void {
  db.run(JOB_FAILOVER.insert, ...JOB_FAILOVER.values(plan));
}

/** Asks the next provider, or ends the job as `otherwise` says. */
export function passJobOn(context: ChangeContext, change: PassJobOn): void {
  const { db } = context;
  const jobId = text("jobId", change.jobId);
  const current = db.get(
    `SELECT event_id, status, provider, job_paid, amount_units, write_units, request
     FROM jobs WHERE job_id = ? AND role = 'buyer'`,
    jobId,
  );
  if (current === null || current.event_id !== text("eventId", change.eventId)) {
    throw new StoreError("conflict", `job ${jobId} has another request now`);
  }
  const plan = planOf(db, jobId);
  const costs = mayBePaid(db, current) || plan?.refusalCosts === true;
  const paidUnits = costs ? BigInt(current.amount_units as string) : 0n;
  const before = attemptsOf(db, jobId);
  const atMs = whole("atMs", change.atMs);
  const attempt: JobAttempt = {
    eventId: change.eventId,
    provider: (current.provider ?? "") as string,
    code: text("code", change.code).slice(0, MAX_WORDS),
    message: text("message", change.message).slice(0, MAX_WORDS),
    paidUnits,
    atMs,
  };
  const stored = JOB_ATTEMPTS.values({ jobId, attempt: before.length + 1, ...attempt });
  db.run(JOB_ATTEMPTS.insert, ...stored);
  const asked = before.length + 1;
  const lostUnits = before.reduce((sum, each) => sum + each.paidUnits, paidUnits);
  const next = plan &&
    nextCandidate(plan, {
      asked,
      lostUnits,
      writeUnits: BigInt(current.write_units as string),
      bookedUnits: budgetsOf(db, { jobs: [jobId], providers: [], nowMs: atMs }).jobs[jobId],
    });
  if (!plan || !next) return patchJob(context, jobId, "buyer", change.otherwise);
  const request = assigned(current.request as Uint8Array, next.provider, atMs);
  const left = plan.candidates.slice(plan.candidates.indexOf(next) + 1);
  db.run(
    "UPDATE job_failover SET candidates = ? WHERE job_id = ?",
    ...Object.values(JOB_FAILOVER.patch({ candidates: left })),
    jobId,
  );
  reassignJob(context, jobId, {
    eventId: request.eventId,
    provider: next.provider,
    request: request.bytes,
    amountUnits: next.priceUnits,
    updatedAtMs: atMs,
  });
  const sent = { jobId, event: request.bytes, createdAtMs: atMs };
  const { destination, terminalPubkey } = plan;
  addOutbox(context, { ...sent, purpose: "write", destination, terminalPubkey, amountUnits: null });
  if (next.priceUnits > 0n) {
    const { payTo, provider, priceUnits } = next;
    addOutbox(context, {
      ...sent,
      purpose: "job",
      destination: payTo,
      terminalPubkey: provider,
      amountUnits: priceUnits,
    });
  }
}

/** Whether another provider would be asked if this job's payment were refused now. */
export function mayPassOn(db: Database, jobId: string): boolean {
  const plan = planOf(db, jobId);
  const current = db.get(
    "SELECT amount_units, write_units FROM jobs WHERE job_id = ? AND role = 'buyer'",
    jobId,
  );
  if (plan === null || current === null) return false;
  const before = attemptsOf(db, jobId);
  const paidUnits = plan.refusalCosts ? BigInt(current.amount_units as string) : 0n;
  return nextCandidate(plan, {
    asked: before.length + 1,
    lostUnits: before.reduce((sum, each) => sum + each.paidUnits, paidUnits),
    writeUnits: BigInt(current.write_units as string),
    bookedUnits: budgetsOf(db, { jobs: [jobId], providers: [], nowMs: 0 }).jobs[jobId],
  }) !== null;
}

/** Whether the provider was paid; a payment without an answer counts as paid. */
function mayBePaid(db: Database, job: Columns): boolean {
  return job.job_paid === 1 || db.get(
        `SELECT 1 AS there FROM outgoing WHERE obligation = ? AND ${COUNTS_AS_PAID} LIMIT 1`,
        `job:${job.event_id}`,
      ) !== null;
}

/** What a job has cost so far, and how many providers were asked. */
interface SpentOnJob {
  /** Providers that were asked so far. */
  readonly asked: number;
  /** Paid to providers that then failed. */
  readonly lostUnits: bigint;
  /** Paid to the relay. */
  readonly writeUnits: bigint;
  /** The sum of all packets that were signed for the job, without those that were refused and whose credit was returned. */
  readonly bookedUnits: bigint;
}

/**
 * The first candidate whose price, with the write of its request and everything spent before, is within the bid; null if there is none.
 * Without a bid, nobody is paid after another provider was.
 */
function nextCandidate(
  plan: Pick<PlanFailover, "budgetUnits" | "writeUnits" | "candidates">,
  spent: SpentOnJob,
): Candidate | null {
  if (plan.budgetUnits === null && spent.lostUnits > 0n) return null;
  // Writes that are still in flight may not be counted yet.
  const least = plan.writeUnits * BigInt(spent.asked);
  const writeUnits = larger(spent.writeUnits, least);
  const countedUnits = writeUnits + spent.lostUnits;
  const spentUnits = larger(countedUnits, spent.bookedUnits);
  const beforeUnits = spentUnits + plan.writeUnits;
  return plan.candidates.find(({ priceUnits }) =>
    plan.budgetUnits === null || beforeUnits + priceUnits <= plan.budgetUnits
  ) ?? null;
}

/** Providers that failed a job, in order. */
export function attemptsOf(db: Database, jobId: string): JobAttempt[] {
  return db.all("SELECT * FROM job_attempts WHERE job_id = ? ORDER BY attempt", jobId)
    .map((columns) => {
      const { jobId: _of, attempt: _number, ...attempt } = JOB_ATTEMPTS.row(columns);
      return attempt;
    });
}

/** Deletes the failover data of a removed job. */
export function forgetFailover(db: Database, jobId: Column): void {
  db.run("DELETE FROM job_failover WHERE job_id = ?", jobId);
  db.run("DELETE FROM job_attempts WHERE job_id = ?", jobId);
}

function planOf(db: Database, jobId: string): Omit<PlanFailover, "op"> | null {
  const row = db.get("SELECT * FROM job_failover WHERE job_id = ?", jobId);
  return row && JOB_FAILOVER.row(row);
}

/** The request for another provider. The row's bytes are the buyer's own, made by job_request.ts. */
function assigned(
  request: Uint8Array,
  provider: string,
  atMs: number,
): { readonly bytes: Uint8Array; readonly eventId: string } {
  const before = JSON.parse(new TextDecoder().decode(request)) as UnsignedEvent;
  const event: UnsignedEvent = {
    ...before,
    created_at: Math.max(before.created_at, Math.floor(atMs / 1000)),
    tags: [...before.tags.filter((tag) => tag[0] !== "p"), ["p", provider]],
  };
  return { bytes: new TextEncoder().encode(JSON.stringify(event)), eventId: eventId(event) };
}
