/**
 * `crosstown job watch`: prints each event of this home's jobs on a line, from the journal.
 *
 * Held: one page of 500 entries. No entry is skipped: if printing is slow, the rest is read from the journal later.
 *
 * @module
 */
import { type Asset, formatUnits } from "../../protocols/ilp/asset.ts";
import { isEnded, isOpen } from "../../protocols/job_status.ts";
import type { JournalEntry } from "../../store/journal_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Store } from "../../store/store.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { noteNetwork } from "../../shell/home/money_banner.ts";
import { readStore, refuseMissingHome, storeIsThere } from "../../shell/home/read_store.ts";
import { printable } from "../../shell/output.ts";
import type { JobLine } from "./model.ts";
import { pause } from "../../base/pause.ts";
import { lineOf } from "./read_home.ts";
import { hasFailed } from "./update.ts";

const PAGE = 500;
const LOOK_MS = 100;
/** The most jobs that are listed at the start. */
const MAX_OPEN = 1_000;

/** One event of a job in JSON. */
interface JobEvent {
  readonly at: string;
  /** Sequence number in the journal; null for a job's status at the start. */
  readonly seq: number | null;
  readonly job_id: string;
  readonly role: JobRow["role"];
  readonly type: string;
  readonly kind: number;
  /** `now` at the start; `paid`, `refused` or `earned` for a payment; otherwise the job's new status, or `removed`. */
  readonly event: string;
  readonly status: string;
  readonly provider: string | null;
  readonly amount_units: bigint | null;
  readonly exit_code: number | null;
  /** Present for a bought job that is paid while it runs: the increments that were paid by now, of at most so many. */
  readonly increments?: number;
  readonly most_increments?: number;
  /** Present if increments buy output: what the buyer has received by now. */
  readonly received_bytes?: number;
}

/** What a job that is paid while it runs has counted. */
type Counted = Pick<JobEvent, "increments" | "most_increments" | "received_bytes">;

/** Watches the named jobs until they have ended, or all jobs until the command is interrupted. Exit 1 if a named job failed. */
export async function jobWatch(invocation: Invocation): Promise<number> {
  const { args, io, output } = invocation;
  const config = await configOf(invocation);
  if (!await storeIsThere(config)) {
    await refuseMissingHome(config);
    throw new CommandError(
      "no_state",
      "there are no jobs in this home yet",
      "post one with 'crosstown job submit'",
    );
  }
  await using store = await readStore(config);
  const named = new Set<string>();
  for (const id of args.list("id")) named.add((await jobNamed(store, id)).jobId);
  const lines = output.mode !== "text" || !io.stdout.isTerminal;
  if (!lines) await noteNetwork(output, config);
  const print = async (event: JobEvent) => {
    if (lines) await output.documentLine("job-change", event);
    else await output.line(textOf(event, config.profile.asset));
  };
  const tip = (await store.journalTip())?.seq ?? 0;
  for (const row of await atStart(store, named)) {
    const at = new Date(io.clock()).toISOString();
    const event = eventOf(row, { at, seq: null, event: "now", amountUnits: null });
    await print({ ...event, ...await countedOf(store, row) });
  }
  await follow(store, { named, after: tip, signal: invocation.signal }, print);
  // Without named jobs, an interrupt is the only end.
  if (named.size > 0) invocation.signal.throwIfAborted();
  const ended = await Promise.all([...named].map((id) => store.getJob(id)));
  return ended.some((row) => row !== null && hasFailed(row)) ? 1 : 0;
}

async function jobNamed(store: Store, id: string): Promise<JobRow> {
  const row = await store.getJob(id);
  if (row !== null) return row;
  throw new CommandError("no_job", `there is no job ${printable(id)}`, "see 'crosstown job list'");
}

/** The named jobs, or all jobs that have not ended, oldest first. */
async function atStart(store: Store, named: ReadonlySet<string>): Promise<JobLine[]> {
  const rows = named.size > 0
    ? (await Promise.all([...named].map((id) => store.getJob(id)))).filter((row) => row !== null)
    : (await store.listJobs({ limit: MAX_OPEN })).filter(({ status }) => isOpen(status)).reverse();
  return rows.map(lineOf);
}

async function follow(
  store: Store,
  { named, after, signal }: {
    readonly named: ReadonlySet<string>;
    readonly after: number;
    readonly signal: AbortSignal;
  },
  print: (event: JobEvent) => Promise<void>,
): Promise<void> {
  for (let seen = after; !signal.aborted;) {
    // Read before the page: if a job has ended by now, the page contains its last entry.
    const left = named.size > 0 ? await openAmong(store, named) : 1;
    const page = await store.listJournal({
      types: ["job", "payment", "earning"],
      afterSeq: seen,
      order: "oldest",
      limit: PAGE,
    });
    for (const entry of page) {
      seen = entry.seq;
      if (entry.jobId === null || named.size > 0 && !named.has(entry.jobId)) continue;
      const row = await store.getJob(entry.jobId);
      const event = wordOf(entry);
      if (row === null || event === null) continue;
      const at = new Date(entry.atMs).toISOString();
      const { seq, amountUnits } = entry;
      const line = eventOf(lineOf(row), { at, seq, event, amountUnits });
      await print({ ...line, ...await countedOf(store, row) });
    }
    if (page.length === PAGE) continue;
    if (left === 0) return;
    await pause(LOOK_MS, signal);
  }
}

async function openAmong(store: Store, named: ReadonlySet<string>): Promise<number> {
  const rows = await Promise.all([...named].map((id) => store.getJob(id)));
  return rows.filter((row) => row !== null && !isEnded(row.status)).length;
}

/** The meter of a bought job; empty if there is none. */
async function countedOf(
  store: Store,
  { role, eventId, jobId }: Pick<JobRow, "role" | "eventId" | "jobId">,
): Promise<Counted> {
  const meter = role === "buyer" ? await store.meterOf(eventId, "buyer") : null;
  if (meter === null) return {};
  const counted = { increments: meter.paid, most_increments: meter.most };
  if (meter.kib === 0) return counted;
  const { endBytes } = await store.jobLog(jobId, "buyer", Number.MAX_SAFE_INTEGER, 0);
  return { ...counted, received_bytes: endBytes };
}

/** The word for an entry; null if the entry is not about a job. */
function wordOf({ type, outcome }: JournalEntry): string | null {
  if (type === "job") return outcome;
  if (outcome === "fulfilled") return type === "earning" ? "earned" : "paid";
  return type === "payment" && (outcome === "refused" || outcome === "forfeit") ? "refused" : null;
}

function eventOf(
  { jobId, role, type, kind, status, provider, exitCode }: JobLine,
  { at, seq, event, amountUnits }: Pick<JobEvent, "at" | "seq" | "event"> & {
    readonly amountUnits: bigint | null;
  },
): JobEvent {
  return {
    at,
    seq,
    job_id: jobId,
    role,
    type,
    kind,
    event,
    status,
    provider,
    amount_units: amountUnits,
    exit_code: exitCode,
  };
}

function textOf(event: JobEvent, asset: Asset): string {
  const { at, job_id, role, type, status, provider, amount_units, exit_code } = event;
  const word = event.event === "now" ? status : event.event;
  const exit = word === "success" && exit_code !== null && exit_code !== 0
    ? ` (exit ${exit_code})`
    : "";
  return [
    at.slice(11, 19),
    job_id.padEnd(11),
    printable(role === "provider" ? `${type} (sold)` : type).slice(0, 26).padEnd(18),
    `${word}${exit}`.padEnd(12),
    (amount_units === null ? "" : formatUnits(amount_units, asset)).padEnd(14),
    (provider === null ? "" : provider.slice(0, 8)).padEnd(8),
    countedText(event),
  ].join("  ").trimEnd();
}

function countedText(
  { increments, most_increments: most, received_bytes: bytes }: Counted,
): string {
  if (increments === undefined) return "";
  return `${increments} of ${most} increments${bytes === undefined ? "" : `, ${bytes} bytes came`}`;
}
