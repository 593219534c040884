/**
 * Prints what `job submit --dry-run` would send, and its cost if the price could be asked.
 *
 * @module
 */
import { MAX_LISTED, type PackedFiles } from "../../market/packing/folder_archive.ts";
import type { PlannedJob } from "../../market/plan_job.ts";
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { describeFailure } from "../../shell/errors.ts";
import { printable } from "../../shell/output.ts";
import { filesDocument, filesText } from "./job_input.ts";

/** Prints what a job would cost. Exit 0. */
export async function showPlan(
  { output }: Invocation,
  planned: PlannedJob,
  files: PackedFiles | null,
  asset: Asset,
): Promise<number> {
  const text = (units: bigint) => formatUnits(units, asset);
  const total = planned.writeUnits + planned.priceUnits;
  const plan = {
    dry_run: true,
    event_id: planned.built.eventId,
    kind: planned.built.kind,
    bytes: planned.built.sizeBytes,
    provider: planned.provider,
    write_units: planned.writeUnits,
    job_units: planned.priceUnits,
    total_units: total,
  };
  const price = `Would post ${plan.bytes} bytes for ${
    text(planned.writeUnits)
  } and pay ${planned.provider} ${text(planned.priceUnits)}: ${text(total)} in total`;
  await output.document(
    "job-plan",
    { ...plan, input: files === null ? null : filesDocument(files) },
    () => [...(files === null ? [] : filesText(files, MAX_LISTED)), price].join("\n"),
    [{ ...plan, files: files?.count ?? null, file_bytes: files?.totalBytes ?? null }],
  );
  return 0;
}

/**
 * Prints which files of a folder would be sent, if the price could not be learned: no relay answers, or the home has no wallet. The exit
 * code is that of the error. An unexpected error is thrown again.
 */
export async function showFiles(
  { output, signal }: Invocation,
  files: PackedFiles,
  error: unknown,
): Promise<number> {
  const { code, message, suggestion, exitCode, stack } = describeFailure(error);
  if (stack !== undefined || signal.aborted) throw error;
  await output.document(
    "job-input",
    { dry_run: true, input: filesDocument(files), error: { code, message, suggestion } },
    () => filesText(files, MAX_LISTED).join("\n"),
    [{ dry_run: true, files: files.count, file_bytes: files.totalBytes, error: code }],
  );
  await output.warn(printable(`the price could not be found: ${message}; ${suggestion}`));
  return exitCode;
}
