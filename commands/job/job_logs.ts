/**
 * `crosstown job logs`: prints the log of a job that runs or has ended.
 *
 * @module
 */
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError, unlessInterrupted } from "../../shell/errors.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { findJob } from "./find_job.ts";
import { asksHome, JobLogLines } from "./job_log_lines.ts";
import { openMarket } from "./open_market.ts";
import { jobGoesOn } from "./job_progress.ts";

/** Prints the log. Exit 1 if no part of it can be read. */
export async function jobLogs(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  const { output, options, signal } = invocation;
  const row = await findJob(config, invocation.args.required("id"));
  const lines = new JobLogLines(output);
  const follow = options.on("follow") && !isEnded(row.status);
  const result = follow ? null : await logOfResult(row);
  if (result !== null && result.log_truncated !== true) {
    await lines.rest(result.log, new TextEncoder().encode(result.log).length);
    await lines.end();
    if (lines.shownBytes === 0) await output.note(`${row.jobId} has printed nothing`);
    return 0;
  }
  {
    await using home = await openHomeClient(invocation, config);
    await unlessInterrupted(
      signal,
      jobGoesOn(row.jobId),
      async () => {
        await lines.show(asksHome(home, row.jobId), { follow, signal });
        signal.throwIfAborted();
      },
    );
  }
  if (!lines.whole) {
    const now = await findJob(config, row.jobId);
    const last = result ?? await logOfResult(now);
    if (last !== null) {
      await lines.rest(last.log, last.log_bytes ?? new TextEncoder().encode(last.log).length);
    }
  }
  await lines.end();
  if (lines.problem === null || lines.whole) {
    if (lines.shownBytes === 0) await output.note(`${row.jobId} has printed nothing`);
    return 0;
  }
  if (lines.shownBytes > 0) {
    await output.warn(lines.problem);
    return 0;
  }
  throw new CommandError(
    "no_job_log",
    lines.problem,
    `'crosstown job status ${row.jobId}' shows the job`,
  );
}

/** The log in the job's result; null if the result has none. A worker reads it, because its bytes come from a provider. */
async function logOfResult(
  { kind, result, role }: JobRow,
): Promise<
  { readonly log: string; readonly log_truncated?: boolean; readonly log_bytes?: number } | null
> {
  if (result === null || role === "provider") return null;
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const market = await openMarket({ supervisor });
    const { log, log_truncated, log_bytes } = await market.readResult(kind, result);
    return log === undefined ? null : { log, log_truncated, log_bytes };
  } finally {
    await supervisor.stop(0);
  }
}
