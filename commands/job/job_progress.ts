/**
 * Brings a job of this home to where a command wants it, whoever works on the home: this process runs the pipelines itself, or
 * watches while another does, and takes over when that one ends too early.
 *
 * @module
 */
import { awaitJob, keepTime } from "../../home/job_deadline.ts";
import { listenForAnswers } from "../../home/job_flow.ts";
import { startOutbound } from "../../home/outbound.ts";
import type { Pipeline } from "../../runtime/pipeline_spec.ts";
import type { Config } from "../../config/config.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { Store } from "../../store/store.ts";
import type { JobRow } from "../../store/job_row.ts";
import { answerSkills, startCallbacks, untilCalled } from "./buyer_skills.ts";
import type { Invocation } from "../shell/command.ts";
import { readStore } from "../home/read_store.ts";
import type { ConfiguredHome } from "../home/open_home.ts";
import { endTurn, serveTurn, takeTurn, type Turn } from "../home/turn.ts";

/** Where a command wants a job: `sent` is posted and paid, or refused; `ended` has its outcome. */
export type Wanted = "sent" | "ended";

/** Told of each change of the row. */
type OnRow = (row: JobRow) => void;

/** Tells a command's user how a job stands, and who is asked for it now. */
export function tellProgress({ output }: Pick<Invocation, "output">): OnRow {
  let asked: string | null | undefined;
  return ({ jobId, status, provider }) => {
    const next = asked !== undefined && asked !== provider;
    asked = provider;
    void output.note(
      next ? `${jobId}: its provider did not take it, ${provider} is asked` : `${jobId}: ${status}`,
    );
  };
}

/** What a user is told whose command ends before its job. */
export function jobGoesOn(jobId: string): { readonly goesOn: string; readonly suggestion: string } {
  return {
    goesOn: `job ${jobId} goes on`,
    suggestion:
      `'crosstown job status ${jobId}' shows it, 'crosstown job cancel ${jobId}' gives it up`,
  };
}

const WATCH_MS = 250;
const DRAIN_MS = 2_000;
const LAST_ASK_MS = 1_500;

/** Whether the job is there. */
export function isThere(row: JobRow, wanted: Wanted): boolean {
  if (isEnded(row.status)) return true;
  if (wanted === "ended") return false;
  if (row.status === "unknown") return true;
  return row.amountUnits === 0n ? row.status !== "created" : row.jobPaid;
}

/**
 * Brings it there and gives the row. It begins with the turn that the caller has, which stays the caller's to end; a turn that
 * it takes over is its own.
 */
export async function bringJob(
  invocation: Pick<Invocation, "globals" | "io" | "output" | "signal">,
  config: Config,
  turn: Turn,
  jobId: string,
  wanted: Wanted,
  onRow: OnRow = () => undefined,
  outbound: Promise<Pipeline> | null = null,
): Promise<JobRow> {
  if (turn.whose === "ours") {
    return await runHere(invocation, config, turn.home, jobId, wanted, onRow, outbound);
  }
  const row = await watchThere(invocation, config, turn, jobId, wanted, onRow);
  if (row !== null) return row;
  const next = await takeTurn(invocation, config);
  try {
    return await bringJob(invocation, config, next, jobId, wanted, onRow);
  } finally {
    await endTurn(next);
  }
}

/**
 * Runs the buyer's pipelines in this process until the job is there. The home stays open. `started` is the outbound pipeline, where
 * the caller has started it already.
 */
export async function runHere(
  { io, signal }: Pick<Invocation, "io" | "signal">,
  config: Config,
  home: ConfiguredHome,
  jobId: string,
  wanted: Wanted,
  onRow: OnRow,
  started: Promise<Pipeline> | null = null,
): Promise<JobRow> {
  const row = await home.store.getJob(jobId, "buyer");
  if (row === null) throw new RangeError(`Cannot go on with ${jobId}: there is no such job`);
  const [outbound, answers] = await Promise.all([
    started ?? startOutbound(home, { follow: true }),
    wanted === "sent" ? null : listenForAnswers(
      home,
      [row],
      answerSkills(home, config),
    ),
    serveTurn(home),
  ]);
  const pipelines = answers === null ? [outbound] : [outbound, answers];
  const failed = Promise.race(
    pipelines.flatMap((each) => [each.ready, each.done]).map((each) =>
      each.then(() => new Promise<never>(() => {}))
    ),
  );
  failed.catch(() => undefined);
  // Whoever takes no answers in ends no job of whose answer it would not know.
  const stopKeeping = answers === null ? () => undefined : keepTime(home);
  const callbacks = answers === null ? null : startCallbacks(home, config, { io });
  let there: JobRow;
  try {
    there = await Promise.race([
      awaitJob(home, jobId, signal, (changed) => isThere(changed, wanted), (changed) => {
        onRow(changed);
        // Only now: what is sent to the relay and to the provider comes first.
        if (isThere(changed, "sent")) home.audit?.start();
      }),
      failed,
    ]);
    if (answers !== null) {
      // At the time limit nothing is paid any more: what sends ends while the relay is asked a last time.
      const sending = there.status === "timeout" ? outbound.drain(LAST_ASK_MS) : null;
      sending?.catch(() => undefined);
      there = await lastWord(home.store, there);
      if (sending !== null && there.status === "timeout") await outbound.abort();
      await untilCalled(home.store, jobId, signal);
    }
  } finally {
    stopKeeping();
    await callbacks?.stop(DRAIN_MS);
    // What is under way gets its answer where that is quick; the rest stays open in the store for the next command.
    const draining = pipelines.map((each) =>
      signal.aborted ? each.abort() : each.drain(each === answers ? DRAIN_MS / 4 : DRAIN_MS)
    );
    await Promise.allSettled(draining);
  }
  // A result may be here before the answer to its payment: what came while draining belongs to the row.
  return await home.store.getJob(jobId, "buyer") ?? there;
}

/** Watches while another process works; null when that one ended before the job was there. */
async function watchThere(
  { signal }: Pick<Invocation, "signal">,
  config: Config,
  { client }: Extract<Turn, { whose: "theirs" }>,
  jobId: string,
  wanted: Wanted,
  onRow: OnRow,
): Promise<JobRow | null> {
  let gone = false;
  void client.call("attend").catch(() => undefined).then(() => gone = true);
  await using store = await readStore(config);
  let row = await store.getJob(jobId, "buyer");
  if (row === null) throw new RangeError(`Cannot wait for ${jobId}: there is no such job`);
  while (!isThere(row, wanted)) {
    signal.throwIfAborted();
    if (gone) return null;
    const before: JobRow = row;
    row = await store.watchJob(jobId, "buyer", before.updatedAtMs, WATCH_MS) ?? before;
    if (row.updatedAtMs !== before.updatedAtMs) onRow(row);
  }
  if (wanted !== "ended") return row;
  const last = await lastWord(store, row);
  await untilCalled(store, jobId, signal);
  // What is not answered by its time limit stays open, and the printed job says so.
  if (last.status !== "timeout") await untilBooked(store, jobId, signal);
  return await store.getJob(jobId, "buyer") ?? last;
}

/** A result may come before the FULFILL of its payment is booked: what was paid belongs to the printed job. Waits 2 s at most. */
async function untilBooked(
  store: Pick<Store, "pendingOutbox">,
  jobId: string,
  signal: AbortSignal,
): Promise<void> {
  const untilMs = performance.now() + BOOKED_MS;
  while (performance.now() < untilMs) {
    const pending = await store.pendingOutbox(0, MAX_PENDING, 0);
    if (!pending.some((row) => row.jobId === jobId)) return;
    signal.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, BOOKED_POLL_MS));
  }
}

const BOOKED_MS = 2_000;
const BOOKED_POLL_MS = 50;
const MAX_PENDING = 1_000;

/** The relay is asked once more when a deadline has passed: a result that it stored and did not push may come in a moment later. */
async function lastWord(store: Pick<Store, "watchJob">, row: JobRow): Promise<JobRow> {
  if (row.status !== "timeout") return row;
  return await store.watchJob(row.jobId, "buyer", row.updatedAtMs, LAST_ASK_MS) ?? row;
}
