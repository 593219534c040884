/**
 * Prints a job with its result.
 *
 * @module
 */
import type { BlobReference } from "../../blobs/blob_reference.ts";
import type { PrintedResult } from "../../market/read_result.ts";
import { BAD_RESULT } from "../../protocols/failure_codes.ts";
import type { Market } from "../../market/market_service.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { type KnownNetworks, networkNamed } from "../../shell/home/money_banner.ts";
import type { FetchedText } from "./job_blob.ts";
import type { JobFacts } from "./job_facts.ts";
import type { LiveLog } from "./live_log.ts";
import type { VerificationDocument } from "./verified_job.ts";
import { jobDocument, jobText, succeeded } from "./job_report.ts";

/** Prints a job with its result and its facts. With `waited`, the exit code is that of the job. */
export async function showJob(
  invocation: Pick<Invocation, "io" | "output">,
  market: Pick<Market, "readResult">,
  stored: JobRow,
  waited: boolean,
  more: JobFacts & {
    readonly existing?: boolean;
    readonly verification?: VerificationDocument;
  },
  known: KnownNetworks,
  live: LiveLog | null = null,
  fetchText: ((blob: BlobReference) => Promise<FetchedText>) | null = null,
): Promise<number> {
  const read = stored.result === null ? null : await market.readResult(stored.kind, stored.result);
  const text = read?.blob === undefined || fetchText === null ? null : await fetchText(read.blob);
  const result = read && printedOf(read, text);
  const row: JobRow = text?.misfit
    ? { ...stored, status: "error", errorCode: BAD_RESULT, errorMessage: text.misfit }
    : stored;
  const logShown = await live?.end(result) ?? false;
  // The row has what the job's own provider was paid.
  const lostUnits = more.tried.filter(({ event_id }) => event_id !== row.eventId)
    .reduce((sum, { paid_units }) => sum + paid_units, 0n);
  const { unsettled_write_units: writeUnits, ...own } = more;
  // A buyer knows the usage only from the result.
  const facts = { ...own, usage: own.usage ?? read?.usage ?? null };
  const paidBeside = { lostUnits, writeUnits };
  const document = {
    ...jobDocument(row, result, invocation.io.clock(), paidBeside),
    created_at: new Date(row.createdAtMs).toISOString(),
    updated_at: new Date(row.updatedAtMs).toISOString(),
    ...facts,
  };
  const {
    result: _result,
    paid,
    error,
    in_doubt: _doubts,
    answers: _answers,
    callback,
    tried: _tried,
    usage: _usage,
    payment: _payment,
    verification: _verification,
    ...flat
  } = document;
  await invocation.output.document(
    "job",
    document,
    () => jobText(document, networkNamed(known, more.network).asset, logShown),
    [{
      ...flat,
      callback: callback === null || callback === undefined ? null : callback.state,
      exit_code: result?.exit_code ?? null,
      write_units: paid.write_units,
      job_units: paid.job_units,
      error: error?.code ?? null,
    }],
  );
  if (waited) return succeeded(row) ? 0 : 1;
  return row.status === "refused" || row.status === "unknown" || row.status === "error" ? 1 : 0;
}

/** The result with its content, also if that was sent by reference. */
function printedOf({ usage: _usage, ...read }: PrintedResult, fetched: FetchedText | null) {
  return fetched === null ? read : { ...read, content: fetched.text };
}
