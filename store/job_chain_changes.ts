/**
 * Chains of jobs in a commit. The rules that must hold whatever the caller does are asserted here: a chain and a step that ended
 * stay so, a step buys one job at a time and each only once, and never more than the budget holds.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { noteEntry } from "./journal_drafts.ts";
import {
  JOB_CHAIN_STATUSES,
  JOB_CHAIN_STEP_STATUSES,
  type JobChainAttemptRow,
  type JobChainChange,
  type JobChainRow,
  type JobChainStepMove,
} from "./job_chain_row.ts";
import { attemptsOf } from "./job_chain_queries.ts";
import { isEnded } from "../protocols/job_status.ts";
import { amount, bytes, oneOf, text, whole } from "./checks.ts";
import type { Columns } from "./columns.ts";
import { StoreError } from "./store_error.ts";

const MAX_STEPS = 64;
const PATHS = ["steps", "failure"] as const;

/** Applies a change of a chain, or throws. */
export function applyJobChain(context: ChangeContext, change: JobChainChange): void {
  switch (change.op) {
    case "putJobChain":
      return putJobChain(context, change.row, change.steps);
    case "moveJobChain":
      return moveJobChain(context, change);
    case "putJobChainAttempt":
      return putAttempt(context, change.row);
  }
}

type Of<Op extends JobChainChange["op"]> = Extract<JobChainChange, { op: Op }>;

function putJobChain(
  { db, touched, journal }: ChangeContext,
  row: JobChainRow,
  steps: Of<"putJobChain">["steps"],
): void {
  const chainId = text("chainId", row.chainId);
  const key = text("key", row.key);
  if (!Array.isArray(steps) || steps.length === 0 || steps.length > MAX_STEPS) {
    throw new StoreError("invalid", `a chain has 1 to ${MAX_STEPS} steps`);
  }
  if (row.status !== "running" || row.path !== "steps") {
    throw new StoreError("conflict", `chain ${chainId} is new and must be running`);
  }
  const other = db.get("SELECT chain_id FROM job_chains WHERE key = ? AND status = 'running'", key);
  if (other !== null) {
    throw new StoreError("conflict", `this chain is running already: ${other.chain_id}`);
  }
  const createdAtMs = whole("createdAtMs", row.createdAtMs);
  db.run(
    `INSERT INTO job_chains (chain_id, name, key, network, status, path, document, budget_units, created_at_ms,
       updated_at_ms, error_code, error_message)
     VALUES (?, ?, ?, ?, 'running', 'steps', ?, ?, ?, ?, NULL, NULL)`,
    chainId,
    row.name === null ? null : text("name", row.name),
    key,
    text("network", row.network),
    bytes("document", row.document),
    row.budgetUnits === null ? null : amount("budgetUnits", row.budgetUnits),
    createdAtMs,
    createdAtMs,
  );
  for (const [position, step] of steps.entries()) {
    db.run(
      `INSERT INTO job_chain_steps (chain_id, name, position, path, status, started_at_ms, ended_at_ms, error_code,
         error_message)
       VALUES (?, ?, ?, ?, 'pending', NULL, NULL, NULL, NULL)`,
      chainId,
      text("name", step.name),
      position,
      oneOf("path", PATHS, step.path),
    );
  }
  const data = { name: row.name, network: row.network, steps: steps.length };
  noteEntry(journal, {
    type: "chain",
    outcome: "created",
    data: { chain_id: chainId, ...data, budget_units: row.budgetUnits?.toString() ?? null },
  });
  tell(touched, chainId);
}

function moveJobChain(context: ChangeContext, change: Of<"moveJobChain">): void {
  const { db, touched, journal } = context;
  const atMs = whole("atMs", change.atMs);
  const chain = runningChain(context, change.chainId);
  for (const move of change.steps) moveStep(context, chain, move, atMs);
  const { status, path, errorCode, errorMessage } = change.chain ?? {};
  if (status !== undefined) oneOf("status", JOB_CHAIN_STATUSES, status);
  if (path !== undefined) oneOf("path", PATHS, path);
  if (path === "steps" && chain.path === "failure") {
    throw new StoreError("conflict", `chain ${change.chainId} is on its failure path`);
  }
  db.run(
    `UPDATE job_chains SET status = coalesce(?, status), path = coalesce(?, path), error_code = coalesce(?, error_code),
       error_message = coalesce(?, error_message), updated_at_ms = max(updated_at_ms + 1, ?) WHERE chain_id = ?`,
    status ?? null,
    path ?? null,
    errorCode === undefined || errorCode === null ? null : text("errorCode", errorCode),
    errorMessage === undefined || errorMessage === null ? null : text("errorMessage", errorMessage),
    atMs,
    change.chainId,
  );
  if (status !== undefined && status !== "running") {
    endSteps(context, change.chainId, atMs);
    noteEntry(journal, {
      type: "chain",
      outcome: status,
      data: {
        chain_id: change.chainId,
        error_code: errorCode ?? chain.error_code as string | null,
      },
    });
  }
  tell(touched, change.chainId);
}

function moveStep(
  context: ChangeContext,
  chain: Columns,
  move: JobChainStepMove,
  atMs: number,
): void {
  const { db } = context;
  const name = text("name", move.name);
  const to = oneOf("status", JOB_CHAIN_STEP_STATUSES, move.status);
  const step = stepOf(context, chain.chain_id as string, name);
  const from = step.status;
  const allowed = from === "pending"
    ? ["running", "skipped", "failed"]
    : from === "running"
    ? ["success", "failed", "cancelled"]
    : [];
  if (!allowed.includes(to)) {
    throw new StoreError(
      "conflict",
      `step ${name} of ${chain.chain_id} is ${from}, not to be ${to}`,
    );
  }
  if (to === "success") {
    const last = attemptsOf(db, chain.chain_id as string).findLast((each) => each.step === name);
    if (last?.status !== "success") {
      throw new StoreError("conflict", `step ${name} of ${chain.chain_id} has no successful job`);
    }
  }
  const begins = to === "running";
  db.run(
    `UPDATE job_chain_steps SET status = ?, started_at_ms = coalesce(started_at_ms, ?), ended_at_ms = ?, error_code = ?,
       error_message = ? WHERE chain_id = ? AND name = ?`,
    to,
    to === "skipped" ? null : atMs,
    begins ? null : atMs,
    move.errorCode === undefined || move.errorCode === null
      ? null
      : text("errorCode", move.errorCode),
    move.errorMessage === undefined || move.errorMessage === null
      ? null
      : text("errorMessage", move.errorMessage),
    chain.chain_id,
    name,
  );
  if (begins) return;
  noteEntry(context.journal, {
    type: "chain",
    outcome: `step_${to}`,
    data: { chain_id: chain.chain_id as string, step: name, error_code: move.errorCode ?? null },
  });
}

function endSteps({ db }: ChangeContext, chainId: string, atMs: number): void {
  db.run(
    "UPDATE job_chain_steps SET status = 'skipped', ended_at_ms = ? WHERE chain_id = ? AND status = 'pending'",
    atMs,
    chainId,
  );
  db.run(
    "UPDATE job_chain_steps SET status = 'cancelled', ended_at_ms = ? WHERE chain_id = ? AND status = 'running'",
    atMs,
    chainId,
  );
}

function putAttempt(context: ChangeContext, row: JobChainAttemptRow): void {
  const { db, touched } = context;
  const chain = runningChain(context, row.chainId);
  const name = text("step", row.step);
  const step = stepOf(context, row.chainId, name);
  const what = `step ${name} of ${row.chainId}`;
  if (step.status !== "running") {
    throw new StoreError("conflict", `${what} is ${step.status}: it buys nothing`);
  }
  const attempts = attemptsOf(db, row.chainId);
  const own = attempts.filter((each) => each.step === name);
  if (row.attempt !== own.length + 1) {
    throw new StoreError(
      "conflict",
      `${what} has ${own.length} jobs, so this is not its ${row.attempt}.`,
    );
  }
  const open = attempts.find(({ status }) => !isEnded(status));
  if (open !== undefined) {
    throw new StoreError("conflict", `${what} waits for ${open.jobId}, which is not over`);
  }
  if (own.at(-1)?.status === "success") {
    throw new StoreError("conflict", `${what} has its result already`);
  }
  const job = db.get("SELECT job_id FROM jobs WHERE job_id = ? AND role = 'buyer'", row.jobId);
  if (job === null) throw new StoreError("conflict", `${what} needs the job ${row.jobId}`);
  const reserved = amount("reservedUnits", row.reservedUnits);
  const takenUnits = attempts.reduce((sum, { costUnits }) => sum + costUnits, 0n);
  const budget = chain.budget_units === null ? null : BigInt(chain.budget_units as string);
  if (budget !== null && takenUnits + row.reservedUnits > budget) {
    throw new StoreError(
      "conflict",
      `the budget of ${row.chainId} is ${budget} units, ${takenUnits} are taken and ${reserved} do not fit`,
    );
  }
  db.run(
    `INSERT INTO job_chain_attempts (chain_id, step, attempt, job_id, provider, reserved_units, created_at_ms)
     VALUES (?, ?, ?, ?, ?, ?, ?)`,
    row.chainId,
    name,
    whole("attempt", row.attempt),
    text("jobId", row.jobId),
    text("provider", row.provider),
    reserved,
    whole("createdAtMs", row.createdAtMs),
  );
  db.run(
    "UPDATE job_chains SET updated_at_ms = max(updated_at_ms + 1, ?) WHERE chain_id = ?",
    row.createdAtMs,
    row.chainId,
  );
  tell(touched, row.chainId);
}

function runningChain({ db }: ChangeContext, chainId: string): Columns {
  const id = text("chainId", chainId);
  const chain = db.get(
    "SELECT chain_id, status, path, budget_units, error_code FROM job_chains WHERE chain_id = ?",
    id,
  );
  if (chain === null) throw new StoreError("conflict", `chain ${id} does not exist`);
  if (chain.status !== "running") {
    throw new StoreError("conflict", `chain ${id} has ended: ${chain.status}`);
  }
  return chain;
}

function stepOf({ db }: ChangeContext, chainId: string, name: string): Columns {
  const step = db.get(
    "SELECT status FROM job_chain_steps WHERE chain_id = ? AND name = ?",
    chainId,
    name,
  );
  if (step === null) throw new StoreError("conflict", `chain ${chainId} has no step ${name}`);
  return step;
}

function tell(touched: Set<string>, chainId: string): void {
  touched.add(`chain:${chainId}`);
  touched.add("chains");
}
