/**
 * Changes of sequences in a commit. These rules hold against every caller: a sequence or a step that has ended does not change, a step buys
 * one job at a time and each job once, and no purchase exceeds the budget.
 *
 * @module
 */
import type { ChangeContext } from "./change_context.ts";
import { noteEntry } from "./journal_drafts.ts";
import {
  SEQUENCE_PATHS,
  SEQUENCE_STATUSES,
  SEQUENCE_STEP_STATUSES,
  type SequenceAttemptRow,
  type SequenceChange,
  type SequenceRow,
  type SequenceStepMove,
} from "./sequence_row.ts";
import { attemptsOf } from "./sequence_queries.ts";
import { isEnded } from "../protocols/job_status.ts";
import { oneOf, text, whole } from "./checks.ts";
import { checkBuys } from "./pauses.ts";
import { SEQUENCE_ATTEMPTS, SEQUENCE_STEPS, SEQUENCES } from "./sequence_tables.ts";
import type { Columns } from "../base/table/columns.ts";
import { StoreError } from "./store_error.ts";

const MAX_STEPS = 64;

/** The initial state of a step. */
const PENDING = {
  status: "pending",
  startedAtMs: null,
  endedAtMs: null,
  errorCode: null,
  errorMessage: null,
} as const;

/** Applies a change of a sequence, or throws. */
export function applySequence(context: ChangeContext, change: SequenceChange): void {
  switch (change.op) {
    case "putSequence":
      return putSequence(context, change.row, change.steps);
    case "moveSequence":
      return moveSequence(context, change);
    case "putSequenceAttempt":
      return putAttempt(context, change.row);
  }
}

type Of<Op extends SequenceChange["op"]> = Extract<SequenceChange, { op: Op }>;

function putSequence(
  { db, touched, journal }: ChangeContext,
  row: SequenceRow,
  steps: Of<"putSequence">["steps"],
): void {
  const sequenceId = text("sequenceId", row.sequenceId);
  const key = text("key", row.key);
  checkBuys(db);
  if (!Array.isArray(steps) || steps.length === 0 || steps.length > MAX_STEPS) {
    throw new StoreError("invalid", `a sequence has 1 to ${MAX_STEPS} steps`);
  }
  if (row.status !== "running" || row.path !== "steps") {
    throw new StoreError("conflict", `sequence ${sequenceId} is new and must be running`);
  }
  const other = db.get("SELECT chain_id FROM job_chains WHERE key = ? AND status = 'running'", key);
  if (other !== null) {
    throw new StoreError("conflict", `this sequence is running already: ${other.chain_id}`);
  }
  const { createdAtMs } = row;
  const made = { ...row, updatedAtMs: createdAtMs, errorCode: null, errorMessage: null };
  db.run(SEQUENCES.insert, ...SEQUENCES.values(made));
  for (const [position, { name, path }] of steps.entries()) {
    const step = { ...PENDING, sequenceId, name, position, path };
    db.run(SEQUENCE_STEPS.insert, ...SEQUENCE_STEPS.values(step));
  }
  const data = { name: row.name, network: row.network, steps: steps.length };
  noteEntry(journal, {
    type: "chain",
    outcome: "created",
    data: { chain_id: sequenceId, ...data, budget_units: row.budgetUnits?.toString() ?? null },
  });
  tell(touched, sequenceId);
}

function moveSequence(context: ChangeContext, change: Of<"moveSequence">): void {
  const { db, touched, journal } = context;
  const atMs = whole("atMs", change.atMs);
  const sequence = runningSequence(context, change.sequenceId);
  for (const move of change.steps) moveStep(context, sequence, move, atMs);
  const { status, path, errorCode, errorMessage } = change.sequence ?? {};
  if (status !== undefined) oneOf("status", SEQUENCE_STATUSES, status);
  if (path !== undefined) oneOf("path", SEQUENCE_PATHS, path);
  if (path === "steps" && sequence.path === "failure") {
    throw new StoreError("conflict", `sequence ${change.sequenceId} is on its failure path`);
  }
  db.run(
    `UPDATE job_chains SET status = coalesce(?, status), path = coalesce(?, path), error_code = coalesce(?, error_code),
       error_message = coalesce(?, error_message), updated_at_ms = max(updated_at_ms + 1, ?) WHERE chain_id = ?`,
    status ?? null,
    path ?? null,
    errorCode === undefined || errorCode === null ? null : text("errorCode", errorCode),
    errorMessage === undefined || errorMessage === null ? null : text("errorMessage", errorMessage),
    atMs,
    change.sequenceId,
  );
  if (status !== undefined && status !== "running") {
    endSteps(context, change.sequenceId, atMs);
    noteEntry(journal, {
      type: "chain",
      outcome: status,
      data: {
        chain_id: change.sequenceId,
        error_code: errorCode ?? sequence.error_code as string | null,
      },
    });
  }
  tell(touched, change.sequenceId);
}

function moveStep(
  context: ChangeContext,
  sequence: Columns,
  move: SequenceStepMove,
  atMs: number,
): void {
  const { db } = context;
  const name = text("name", move.name);
  const to = oneOf("status", SEQUENCE_STEP_STATUSES, move.status);
  const step = stepOf(context, sequence.chain_id as string, name);
  const from = step.status;
  const allowed = from === "pending"
    ? ["running", "skipped", "failed"]
    : from === "running"
    ? ["success", "failed", "cancelled"]
    : [];
  if (!allowed.includes(to)) {
    throw new StoreError(
      "conflict",
      `step ${name} of ${sequence.chain_id} is ${from} and cannot become ${to}`,
    );
  }
  if (to === "success") {
    const last = attemptsOf(db, sequence.chain_id as string).findLast((each) => each.step === name);
    if (last?.status !== "success") {
      throw new StoreError(
        "conflict",
        `step ${name} of ${sequence.chain_id} has no successful job`,
      );
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
    sequence.chain_id,
    name,
  );
  if (begins) return;
  noteEntry(context.journal, {
    type: "chain",
    outcome: `step_${to}`,
    data: { chain_id: sequence.chain_id as string, step: name, error_code: move.errorCode ?? null },
  });
}

function endSteps({ db }: ChangeContext, sequenceId: string, atMs: number): void {
  db.run(
    "UPDATE job_chain_steps SET status = 'skipped', ended_at_ms = ? WHERE chain_id = ? AND status = 'pending'",
    atMs,
    sequenceId,
  );
  db.run(
    "UPDATE job_chain_steps SET status = 'cancelled', ended_at_ms = ? WHERE chain_id = ? AND status = 'running'",
    atMs,
    sequenceId,
  );
}

function putAttempt(context: ChangeContext, row: SequenceAttemptRow): void {
  const { db, touched } = context;
  const sequence = runningSequence(context, row.sequenceId);
  const name = text("step", row.step);
  const step = stepOf(context, row.sequenceId, name);
  const what = `step ${name} of ${row.sequenceId}`;
  if (step.status !== "running") {
    throw new StoreError("conflict", `${what} is ${step.status}: it cannot buy a job`);
  }
  const attempts = attemptsOf(db, row.sequenceId);
  const own = attempts.filter((each) => each.step === name);
  if (row.attempt !== own.length + 1) {
    throw new StoreError(
      "conflict",
      `${what} has ${own.length} jobs, so the next attempt cannot be ${row.attempt}`,
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
  const values = SEQUENCE_ATTEMPTS.values(row);
  const takenUnits = attempts.reduce((sum, { costUnits }) => sum + costUnits, 0n);
  const budget = sequence.budget_units === null ? null : BigInt(sequence.budget_units as string);
  if (budget !== null && takenUnits + row.reservedUnits > budget) {
    throw new StoreError(
      "conflict",
      `the budget of ${row.sequenceId} is ${budget} units, ${takenUnits} are taken and ${row.reservedUnits} do not fit`,
    );
  }
  db.run(SEQUENCE_ATTEMPTS.insert, ...values);
  db.run(
    "UPDATE job_chains SET updated_at_ms = max(updated_at_ms + 1, ?) WHERE chain_id = ?",
    row.createdAtMs,
    row.sequenceId,
  );
  tell(touched, row.sequenceId);
}

function runningSequence({ db }: ChangeContext, sequenceId: string): Columns {
  const id = text("sequenceId", sequenceId);
  const sequence = db.get(
    "SELECT chain_id, status, path, budget_units, error_code FROM job_chains WHERE chain_id = ?",
    id,
  );
  if (sequence === null) throw new StoreError("conflict", `sequence ${id} does not exist`);
  if (sequence.status !== "running") {
    throw new StoreError("conflict", `sequence ${id} has ended: ${sequence.status}`);
  }
  return sequence;
}

function stepOf({ db }: ChangeContext, sequenceId: string, name: string): Columns {
  const step = db.get(
    "SELECT status FROM job_chain_steps WHERE chain_id = ? AND name = ?",
    sequenceId,
    name,
  );
  if (step === null) throw new StoreError("conflict", `sequence ${sequenceId} has no step ${name}`);
  return step;
}

function tell(touched: Set<string>, sequenceId: string): void {
  touched.add(`sequence:${sequenceId}`);
  touched.add("sequences");
}
