/**
 * `crosstown job history`: what happened to a job, from the journal.
 *
 * @module
 */
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { networkNamed, networkOfJob, noteJobNetwork } from "../../shell/home/money_banner.ts";
import { alignedText } from "../../shell/output.ts";
import { readStore } from "../../shell/home/read_store.ts";
import { findJob } from "./find_job.ts";

/** The most entries that are shown. A job has about ten. */
const MAX_ENTRIES = 1_000;

/** One event in a job's history. */
interface HappenedDocument {
  readonly at: string;
  /** The kind of journal entry: `job`, `payment` or `earning`. */
  readonly what: string;
  /** For a job its new status, for a payment whether the peer accepted it. */
  readonly outcome: string;
  readonly amount_units: bigint | null;
  /** The id of the request, or of the event that a payment carried. */
  readonly event_id: string | null;
  /** The entry's sequence number in the journal. */
  readonly seq: number;
}

/** Prints the history, oldest first. */
export async function jobHistory(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  const { output } = invocation;
  const row = await findJob(config, invocation.args.required("id"));
  await noteJobNetwork(output, config, row.jobId);
  await using store = await readStore(config);
  const { asset } = networkNamed(config, await networkOfJob(store, row.jobId));
  const entries = await store.listJournal({
    jobId: row.jobId,
    order: "oldest",
    limit: MAX_ENTRIES,
  });
  const events = entries.filter(({ jobId }) => jobId === row.jobId).map(happened);
  const { jobId: job_id, eventId: event_id, role, status } = row;
  await output.document(
    "job-history",
    { job_id, event_id, role, status, events },
    () =>
      alignedText(events.map(({ at, what, outcome, amount_units, event_id }) => [
        at,
        what,
        outcome,
        what === "job" || amount_units === null ? "-" : formatUnits(amount_units, asset),
        event_id === null ? "-" : `${event_id.slice(0, 16)}...`,
      ])),
    events.map((event) => ({ ...event })),
  );
  return 0;
}

function happened(
  { atMs, type, outcome, amountUnits, eventId, seq }: JournalEntry,
): HappenedDocument {
  return {
    at: new Date(atMs).toISOString(),
    what: type,
    outcome,
    amount_units: amountUnits,
    event_id: eventId,
    seq,
  };
}
