/**
 * Failover: if a provider does not take a job, one commit hands the job to the next provider. The commit stores why the first one failed,
 * makes a request with a new id for the next one, and puts it into the outbox. The job keeps its id, its deadline and its bid.
 *
 * The next provider is asked for a quote before it is paid (successors.ts). A job whose sealed result waits for its key is not handed on.
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
import { deletionOf } from "./job_cancel.ts";
import { patchJob, reassignJob } from "./job_changes.ts";
import { forgetJobLog } from "./job_logs.ts";
import { sealedOf } from "./sealed_results.ts";
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
    `SELECT job_id, event_id, kind, status, buyer, provider, created_at_ms, timeout_s, job_paid,
       amount_units, write_units, request
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
  // The key to a sealed result is bought from its provider alone.
  const isSold = sealedOf(db, change.eventId, "buyer")?.state === "waiting";
  const next = plan && !isSold &&
    nextCandidate(plan, attempt.provider, spentOn(db, jobId, plan, paidUnits, atMs));
  if (!plan || !next) return patchJob(context, jobId, "buyer", change.otherwise);
  const request = assigned(current.request as Uint8Array, next.provider, atMs);
  // The next provider stays the first one in the list, because its quote is compared with it.
  const left = plan.candidates.slice(plan.candidates.indexOf(next));
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
  // Another log begins with the next provider. The output of a metered job is counted in it.
  forgetJobLog(db, jobId, "buyer");
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
  // A provider that refused or failed the job does not work on it. So it is told where that costs nothing.
  if (destination === "") {
    const event = new TextEncoder().encode(JSON.stringify(deletionOf(current, atMs)));
    addOutbox(context, {
      ...sent,
      event,
      purpose: "write",
      destination,
      terminalPubkey,
      amountUnits: null,
    });
  }
}

/** Whether another provider would be asked if this job's payment were refused now. */
export function mayPassOn(db: Database, jobId: string): boolean {
  const plan = planOf(db, jobId);
  const current = db.get(
    "SELECT amount_units, provider FROM jobs WHERE job_id = ? AND role = 'buyer'",
    jobId,
  );
  if (plan === null || current === null) return false;
  const paidUnits = plan.refusalCosts ? BigInt(current.amount_units as string) : 0n;
  const spent = spentOn(db, jobId, plan, paidUnits, 0);
  return nextCandidate(plan, current.provider as string, spent) !== null;
}

/** Whether another provider would be asked if this job's provider, which was paid, failed now. */
export function mayReplacePaid(db: Database, jobId: string): boolean {
  const plan = planOf(db, jobId);
  const current = db.get(
    "SELECT amount_units, provider FROM jobs WHERE job_id = ? AND role = 'buyer'",
    jobId,
  );
  if (plan === null || current === null) return false;
  const spent = spentOn(db, jobId, plan, BigInt(current.amount_units as string), 0);
  return nextCandidate(plan, current.provider as string, spent) !== null;
}

/**
 * The most that the provider which was asked next may cost in all, after its request was written. Null if there is no such provider. With a
 * bid it is what is left of the bid.
 */
export function leftForSuccessor(db: Database, jobId: string): bigint | null {
  const plan = planOf(db, jobId);
  const asked = askedNext(db, jobId);
  if (plan === null || asked === null) return null;
  if (plan.budgetUnits === null) return asked.mostUnits ?? asked.priceUnits;
  const leftUnits = plan.budgetUnits - spentOn(db, jobId, plan, 0n, 0).spentUnits;
  return larger(leftUnits, 0n);
}

/** The provider that was asked next, and what is stored of it. Null if there is no such provider. */
export function askedNext(db: Database, jobId: string): Candidate | null {
  const provider = db.get("SELECT provider FROM jobs WHERE job_id = ? AND role = 'buyer'", jobId)
    ?.provider;
  return planOf(db, jobId)?.candidates.find((each) => each.provider === provider) ?? null;
}

/** What the job has cost. `lostUnits`: the cost of the provider that fails now. */
function spentOn(
  db: Database,
  jobId: string,
  { writeUnits }: Pick<PlanFailover, "writeUnits">,
  lostNowUnits: bigint,
  nowMs: number,
): SpentOnJob {
  const attempts = attemptsOf(db, jobId);
  const row = db.get(
    "SELECT event_id, write_units FROM jobs WHERE job_id = ? AND role = 'buyer'",
    jobId,
  )!;
  const isNoted = attempts.at(-1)?.eventId === row.event_id;
  const before = isNoted ? attempts.slice(0, -1) : attempts;
  const lostUnits = before.reduce((sum, each) => sum + each.paidUnits, lostNowUnits);
  // Writes that are still in flight may not be counted yet.
  const least = writeUnits * BigInt(before.length + 1);
  const countedUnits = larger(BigInt(row.write_units as string), least) + lostUnits;
  const bookedUnits = budgetsOf(db, { jobs: [jobId], providers: [], nowMs }).jobs[jobId];
  return { lostUnits, spentUnits: larger(countedUnits, bookedUnits) };
}

/** Whether the provider was paid; a payment without an answer counts as paid. */
function mayBePaid(db: Database, job: Columns): boolean {
  return job.job_paid === 1 || db.get(
        `SELECT 1 AS there FROM outgoing WHERE obligation = ? AND ${COUNTS_AS_PAID} LIMIT 1`,
        `job:${job.event_id}`,
      ) !== null;
}

/** What a job has cost so far. */
interface SpentOnJob {
  /** Paid to providers that then failed. */
  readonly lostUnits: bigint;
  /** All of it: to the relay and to providers, and every packet that was signed and not refused. */
  readonly spentUnits: bigint;
}

/**
 * The first candidate whose price, with the write of its request and everything spent before, is within the bid; null if there is none.
 * Without a bid, nobody is paid after another provider was.
 */
function nextCandidate(
  plan: Pick<PlanFailover, "budgetUnits" | "writeUnits" | "candidates">,
  failing: string,
  { lostUnits, spentUnits }: SpentOnJob,
): Candidate | null {
  if (plan.budgetUnits === null && lostUnits > 0n) return null;
  const beforeUnits = spentUnits + plan.writeUnits;
  return plan.candidates.find(({ provider, priceUnits }) =>
    provider !== failing &&
    (plan.budgetUnits === null || beforeUnits + priceUnits <= plan.budgetUnits)
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

/** The job and the provider of an earlier request, which was passed on; null if there is none. */
export function attemptByEvent(
  db: Database,
  eventId: string,
): { readonly jobId: string; readonly provider: string } | null {
  const row = db.get(
    `SELECT a.job_id, a.provider FROM job_attempts a JOIN jobs j ON j.job_id = a.job_id
       AND j.role = 'buyer' AND j.event_id <> a.event_id
     WHERE a.event_id = ? LIMIT 1`,
    eventId,
  );
  return row && { jobId: row.job_id as string, provider: row.provider as string };
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
