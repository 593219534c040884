/**
 * A sequence as `job sequence run`, `status`, `wait` and `cancel` print it.
 *
 * @module
 */
import type { PrintedResult } from "../../market/read_result.ts";
import type {
  SequenceAttempt,
  SequenceState,
  SequenceStatus,
  SequenceStepRow,
} from "../../store/sequence_row.ts";
import type { JobStatus } from "../../protocols/job_status.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { printable, printableLine, type Row } from "../../shell/output.ts";

/** One job of a step. Amounts are units. */
interface SequenceJobDocument {
  readonly job_id: string;
  readonly event_id: string;
  readonly status: JobStatus;
  readonly provider: string;
  readonly paid_units: bigint;
  readonly error?: { readonly code: string; readonly message: string };
}

/** A step. Its result is the result of its last job. */
interface SequenceStepDocument {
  readonly name: string;
  readonly path: "steps" | "failure";
  readonly status: SequenceStepRow["status"];
  readonly job_id: string | null;
  readonly provider: string | null;
  readonly result: PrintedResult | null;
  readonly paid_units: bigint;
  readonly jobs: readonly SequenceJobDocument[];
  readonly error?: { readonly code: string; readonly message: string };
}

/** The printed sequence. */
interface SequenceDocumentation {
  readonly sequence_id: string;
  readonly name: string | null;
  readonly status: SequenceStatus;
  readonly network: string;
  readonly budget_units: bigint | null;
  readonly paid_units: bigint;
  /** The most that may still be paid for jobs whose payment is open. */
  readonly open_units: bigint;
  readonly elapsed_ms: number;
  readonly created_at: string;
  readonly steps: readonly SequenceStepDocument[];
  readonly error?: { readonly code: string; readonly message: string };
  /** True if the same command had made this sequence before. */
  readonly existing?: boolean;
}

/** Makes the printed sequence. `results` are by job id. A worker read them, because their bytes come from providers. */
export function sequenceDocument(
  { sequence, steps, attempts }: SequenceState,
  results: ReadonlyMap<string, PrintedResult>,
  nowMs: number,
): SequenceDocumentation {
  const paidUnits = sum(attempts, ({ paidUnits }) => paidUnits);
  return {
    sequence_id: sequence.sequenceId,
    name: sequence.name,
    status: sequence.status,
    network: sequence.network,
    budget_units: sequence.budgetUnits,
    paid_units: paidUnits,
    open_units: sum(attempts, ({ costUnits }) => costUnits) - paidUnits,
    elapsed_ms: Math.max(
      0,
      (sequence.status === "running" ? nowMs : sequence.updatedAtMs) - sequence.createdAtMs,
    ),
    created_at: new Date(sequence.createdAtMs).toISOString(),
    steps: steps.map((step) =>
      stepDocument(step, attempts.filter((each) => each.step === step.name), results)
    ),
    ...errorOf(sequence),
  };
}

function stepDocument(
  step: SequenceStepRow,
  own: readonly SequenceAttempt[],
  results: ReadonlyMap<string, PrintedResult>,
): SequenceStepDocument {
  const last = own.at(-1);
  return {
    name: step.name,
    path: step.path,
    status: step.status,
    job_id: last?.jobId ?? null,
    provider: last?.provider ?? null,
    result: last === undefined ? null : results.get(last.jobId) ?? null,
    paid_units: sum(own, ({ paidUnits }) => paidUnits),
    jobs: own.map((each) => ({
      job_id: each.jobId,
      event_id: each.eventId,
      status: each.status,
      provider: each.provider,
      paid_units: each.paidUnits,
      ...errorOf(each),
    })),
    ...errorOf(step),
  };
}

/** Text for people: one line for each step, then the last result. */
export function sequenceText(sequence: SequenceDocumentation, asset: Asset): string {
  const text = (units: bigint) => formatUnits(units, asset);
  const lines = [
    `Sequence ${sequence.sequence_id}${
      sequence.name === null ? "" : ` (${printableLine(sequence.name)})`
    }: ${sequence.status.toUpperCase()}`,
  ];
  for (const step of sequence.steps) {
    const jobs = step.jobs.map(({ job_id }) => job_id).join(", ");
    lines.push(
      `  ${step.name.padEnd(16)} ${step.status.padEnd(9)} ${jobs}`.trimEnd(),
    );
    if (step.error) {
      lines.push(`    reason ${printableLine(step.error.message)} (${step.error.code})`);
    }
  }
  const last = sequence.steps.findLast(({ result }) => result !== null);
  const words = last?.result?.content ?? last?.result?.log;
  if (words !== undefined) lines.push("", printable(words.trimEnd()), "");
  if (sequence.error) {
    lines.push(`  reason    ${printableLine(sequence.error.message)} (${sequence.error.code})`);
  }
  const budget = sequence.budget_units === null ? "" : ` of ${text(sequence.budget_units)}`;
  const open = sequence.open_units === 0n ? "" : `, ${text(sequence.open_units)} may still be`;
  lines.push(
    `  paid      ${text(sequence.paid_units)}${budget}${open}`,
    `  elapsed   ${(sequence.elapsed_ms / 1000).toFixed(1)} s`,
  );
  return lines.join("\n");
}

/** One row for each step, for CSV. */
export function sequenceRows(sequence: SequenceDocumentation): Row[] {
  return sequence.steps.map((step) => ({
    sequence_id: sequence.sequence_id,
    sequence_status: sequence.status,
    step: step.name,
    path: step.path,
    status: step.status,
    jobs: step.jobs.length,
    job_id: step.job_id,
    provider: step.provider,
    exit_code: step.result?.exit_code ?? null,
    paid_units: step.paid_units,
    error: step.error?.code ?? null,
  }));
}

function errorOf(
  { errorCode, errorMessage }: {
    readonly errorCode: string | null;
    readonly errorMessage: string | null;
  },
): { readonly error?: { readonly code: string; readonly message: string } } {
  return errorCode === null ? {} : { error: { code: errorCode, message: errorMessage ?? "" } };
}

function sum(
  attempts: readonly SequenceAttempt[],
  units: (attempt: SequenceAttempt) => bigint,
): bigint {
  return attempts.reduce((total, each) => total + units(each), 0n);
}
