/**
 * A job as `job submit --wait`, `job status`, `job results` and `demo` print it.
 *
 * @module
 */
import { isEnded, type JobStatus } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { PrintedUsage } from "../../market/run_usage.ts";
import type { CallbackDocument, JobFacts } from "./job_facts.ts";
import { failureAdvice } from "../../shell/failure_advice.ts";
import { type VerificationDocument, verificationLines } from "./verified_job.ts";
import { paymentLines } from "./payment_words.ts";
import { printable, printableLine } from "../../shell/output.ts";

/** The printed result. Keys that the job's kind does not have are absent. */
interface ResultDocument {
  readonly event_id: string;
  readonly exit_code?: number | null;
  readonly log?: string;
  readonly log_truncated?: boolean;
  readonly log_bytes?: number;
  readonly tests?: { readonly passed: number; readonly failed: number; readonly total: number };
  readonly artifacts?: { readonly files: number; readonly bytes: number };
  readonly artifacts_error?: string;
  readonly content?: string;
  readonly tokens?: {
    readonly prompt_tokens: number;
    readonly completion_tokens: number;
    readonly counted: boolean;
  };
  readonly summary?: string;
  readonly platform?: string;
  readonly emulated?: boolean;
  readonly image?: {
    readonly name: string;
    readonly digest: string;
    readonly size_bytes: number;
    readonly storage_units?: string;
  };
}

/** The printed job. Amounts are units. */
export interface JobDocument {
  readonly job_id: string;
  readonly event_id: string;
  /** `buyer` if this home bought the job, `provider` if it provided it. */
  readonly role: JobRow["role"];
  readonly kind: number;
  readonly type: string;
  readonly status: JobStatus;
  readonly provider: string | null;
  readonly result: ResultDocument | null;
  readonly paid: { readonly write_units: bigint; readonly job_units: bigint };
  /** What this home spent on the job; equal to `spent_units`. */
  readonly paid_units: bigint;
  /** For a buyer its writes and payments, for a provider its writes. */
  readonly spent_units: bigint;
  /** What this home was paid as the provider; 0 for a buyer. */
  readonly earned_units: bigint;
  readonly elapsed_ms: number;
  readonly error?: {
    readonly code: string;
    readonly message: string;
    /** What to do; null if nothing is known. */
    readonly suggestion: string | null;
  };
  /** What to do about a run that failed without an error; absent for every other job. */
  readonly suggestion?: string;
}

/** Whether the job succeeded. The command then exits with 0. */
export function succeeded(row: Pick<JobRow, "status" | "exitCode">): boolean {
  return row.status === "success" && (row.exitCode ?? 0) === 0;
}

/**
 * Makes the printed job from a row. `result` was read in a worker, because its bytes come from a provider. `more` is paid in addition to
 * the row's amounts: to providers that failed before, and for writes that are not settled.
 */
export function jobDocument(
  row: JobRow,
  result: ResultDocument | null,
  nowMs: number,
  more: { readonly lostUnits?: bigint; readonly writeUnits?: bigint } = {},
): JobDocument {
  const { lostUnits = 0n, writeUnits = 0n } = more;
  const { earned_units, ...paid } = figuresOf(row, writeUnits);
  const jobUnits = paid.job_units + lostUnits;
  const spentUnits = paid.write_units + jobUnits;
  const suggestion = failureAdvice(row);
  return {
    job_id: row.jobId,
    event_id: row.eventId,
    role: row.role,
    kind: row.kind,
    type: row.type,
    status: row.status,
    provider: row.provider,
    result,
    paid: { write_units: paid.write_units, job_units: jobUnits },
    paid_units: spentUnits,
    spent_units: spentUnits,
    earned_units,
    elapsed_ms: Math.max(0, (isEnded(row.status) ? row.updatedAtMs : nowMs) - row.createdAtMs),
    ...(row.errorCode === null
      ? suggestion === null ? {} : { suggestion }
      : { error: { code: row.errorCode, message: row.errorMessage ?? "", suggestion } }),
  };
}

/** What this home paid for writes and for the job, and what it earned. */
function figuresOf({ role, jobPaid, amountUnits, writeUnits }: JobRow, unsettledUnits: bigint) {
  const moved = jobPaid ? amountUnits : 0n;
  const buys = role === "buyer";
  return {
    write_units: writeUnits + unsettledUnits,
    job_units: buys ? moved : 0n,
    earned_units: buys ? 0n : moved,
  };
}

/** The job as text for people. The log comes first, unless it was shown while the job ran. */
export function jobText(
  job: JobDocument & Partial<JobFacts> & { readonly verification?: VerificationDocument },
  asset: Asset,
  logShown = false,
): string {
  const text = (amount: bigint) => formatUnits(amount, asset);
  const lines: string[] = [];
  const { result } = job;
  if (logShown) lines.push("");
  else if (result?.log) {
    lines.push(printable(result.log.trimEnd()), "");
    if (result.log_truncated) lines.push("(the log's beginning was cut off by the provider)", "");
  } else if (result?.content !== undefined) lines.push(printable(result.content.trimEnd()), "");
  lines.push(`Job ${job.job_id} (${job.type}, kind ${job.kind}): ${job.status.toUpperCase()}`);
  if (job.error) {
    // The provider's message is folded into one line, so that no part of it looks like a line of this program.
    const reason = job.error.message;
    lines.push(`  reason    ${printableLine(reason)} (${printableLine(job.error.code)})`);
  }
  const advice = job.error?.suggestion ?? job.suggestion;
  if (advice) lines.push(`  to do     ${advice}`);
  if (typeof result?.exit_code === "number") lines.push(`  exit code ${result.exit_code}`);
  if (result?.summary !== undefined) {
    const on = `${result.platform}${result.emulated ? ", emulated" : ""}`;
    lines.push(`  build     ${printableLine(result.summary)} (${on})`);
  }
  if (result?.image) {
    const { digest, size_bytes, storage_units: units } = result.image;
    const storage = units ? `, ${text(BigInt(units))} of the price for its storage` : "";
    lines.push(`  image     ${digest} (${size_bytes} bytes${storage})`);
  }
  if (result?.tokens) {
    const { prompt_tokens, completion_tokens, counted } = result.tokens;
    const how = counted ? "" : ", estimated";
    lines.push(`  tokens    ${prompt_tokens} in, ${completion_tokens} out${how}`);
  }
  if (result?.tests) lines.push(`  tests     ${result.tests.passed}/${result.tests.total} passed`);
  if (result?.artifacts) {
    const { files, bytes } = result.artifacts;
    const command = `crosstown job artifacts ${job.job_id} --out FOLDER`;
    lines.push(
      `  artifacts ${files} ${
        files === 1 ? "file" : "files"
      }, ${bytes} bytes: '${command}' writes them`,
    );
  } else if (result?.artifacts_error) {
    lines.push(`  artifacts none were kept (${result.artifacts_error})`);
  }
  lines.push(`  event     ${job.event_id}`);
  if (result) lines.push(`  result    ${result.event_id}`);
  if (job.provider !== null) lines.push(`  provider  ${job.provider}`);
  const { write_units: write, job_units: run } = job.paid;
  if (job.payment?.quote_id) {
    const until = job.payment.offered?.valid_until;
    const unpaid = until === undefined
      ? ""
      : ` (not paid; 'crosstown job pay ${job.job_id}' pays it until ${until})`;
    lines.push(`  quote     ${job.payment.quote_id}${unpaid}`);
  }
  lines.push(
    ...(job.role === "provider"
      ? [
        `  earned    ${text(job.earned_units)}`,
        `  spent     ${text(job.spent_units)} (for writes)`,
      ]
      : [
        `  paid      ${text(job.paid_units)} (${text(write)} for writes, ${text(run)} for the job)`,
      ]),
    ...paymentLines(job.payment ?? null, text),
    `  elapsed   ${(job.elapsed_ms / 1000).toFixed(1)} s`,
  );
  const { in_doubt: doubts = [], in_doubt_units: units = 0n, answers = [], tried = [] } = job;
  for (const { provider, code, message, paid_units } of tried) {
    const reason = printableLine(`${message} (${code})`);
    const paid = paid_units === 0n ? "not paid" : `${text(paid_units)} lost`;
    lines.push(`  tried     ${provider}: ${reason}, ${paid}`);
  }
  if (job.usage) lines.push(`  took      ${usageText(job.usage)}`);
  if (job.callback) lines.push(`  callback  ${callbackText(job.job_id, job.callback)}`);
  if (doubts.length > 0) {
    const purposes = doubts.map(({ purpose }) => purpose).join(", ");
    lines.push(
      `  in doubt  ${text(units)} (${purposes}): sent again until answered, never paid twice`,
    );
  }
  if (job.verification) lines.push(...verificationLines(job.verification, text));
  const late = answers.find(({ outcome }) => outcome === "dropped_result");
  if (late !== undefined) {
    lines.push(
      `  too late  a result of ${late.pubkey}, from which the job was taken (event ${late.event_id})`,
    );
  }
  if (answers.length > 0) {
    const counts = answers.map(({ outcome, count }) => `${count} ${outcome}`).join(", ");
    lines.push(`  also came ${counts}`);
  }
  return lines.join("\n");
}

function usageText(usage: PrintedUsage): string {
  const { cpu_ms, memory_bytes, wall_ms, input_bytes, output_bytes, network_bytes } = usage;
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  return [
    seconds(wall_ms),
    ...(cpu_ms === null ? [] : [`${seconds(cpu_ms)} of processor time`]),
    ...(memory_bytes === null ? [] : [`${Math.ceil(memory_bytes / 1_048_576)} MiB of memory`]),
    `${input_bytes} bytes in`,
    `${output_bytes} bytes out`,
    ...(network_bytes === null ? [] : [`${network_bytes} bytes of network`]),
  ].join(", ");
}

function callbackText(jobId: string, { skill, state, tries, error }: CallbackDocument): string {
  if (state === "none") return `${skill}: nothing came for it yet`;
  if (error === null) return `${skill}: ${state}`;
  const reason = printableLine(`${error.message} (${error.code})`);
  const next = state === "waiting" ? "is tried again" : `'crosstown job callback ${jobId}' runs it`;
  return `${skill}: failed ${tries} times, ${reason}; ${next}`;
}

/** One line of `job list` as a table row. */
export function jobListRow(
  row: JobRow,
  inDoubtUnits: bigint,
  network: string | null,
  unsettledUnits = 0n,
) {
  const { write_units, job_units, earned_units } = figuresOf(row, unsettledUnits);
  return {
    job_id: row.jobId,
    event_id: row.eventId,
    role: row.role,
    kind: row.kind,
    type: row.type,
    status: row.status,
    network,
    provider: row.provider,
    exit_code: row.exitCode,
    error_code: row.errorCode,
    suggestion: failureAdvice(row),
    amount_units: row.jobPaid ? row.amountUnits : 0n,
    write_units,
    spent_units: write_units + job_units,
    earned_units,
    in_doubt_units: inDoubtUnits,
    created_at: new Date(row.createdAtMs).toISOString(),
  };
}

/** Why the newest jobs failed, and what to do about each. */
export function adviceLines(rows: readonly JobRow[]): string[] {
  const failed = rows.map((row) => ({ ...row, advice: failureAdvice(row) }))
    .filter(({ advice }) => advice !== null).slice(0, MOST_ADVICE);
  if (failed.length === 0) return [];
  return [
    "",
    ...failed.flatMap(({ jobId, errorCode, errorMessage, advice }) => [
      `${jobId}${
        errorCode === null ? "" : ` ${printableLine(reasonText(errorMessage, errorCode))}`
      }`,
      `  to do  ${advice}`,
    ]),
  ];
}

function reasonText(message: string | null, code: string): string {
  const shown = message === null || message.length <= MOST_REASON
    ? message
    : `${message.slice(0, MOST_REASON)}...`;
  return shown === null || shown === "" ? code : `${shown} (${code})`;
}

/** Characters of a reason in a list; `job status` shows all of it. */
const MOST_REASON = 120;
const MOST_ADVICE = 3;
