/**
 * Asks a relay again for the answers to jobs, because some relays store events but never push them to an open REQ. It asks for an open job
 * every 3 s, or every 30 s if the relay has pushed something on this connection, and once after the job's deadline. It asks for a job that
 * ended as `timeout` every minute for a day, because a result that was published in time still counts.
 *
 * Held: the time of the last question for each of at most 1,000 jobs, and the digests of 4,096 documents, so that each is passed on once.
 * One question is open at a time, for at most 100 jobs. The next one waits until its documents were passed on.
 *
 * @module
 */
import type { Filter } from "../protocols/nostr/filter.ts";
import { FEEDBACK_KIND, resultKindOf } from "../protocols/nostr/kinds.ts";
import { splitFilter } from "../protocols/nostr/split_filter.ts";
import type { AwaitedJob } from "../store/store.ts";
import { type Asking, QUESTION_LIMITS } from "./relay_source_question.ts";
import { ToldDocuments } from "./relay_source_told.ts";

/** The relay, and the jobs for which it is asked. */
interface AskAgainDeps extends Asking {
  /** The jobs whose result would still be accepted; see Store.awaitedJobs. */
  readonly awaited: (timedOutSinceMs: number, limit: number) => Promise<readonly AwaitedJob[]>;
}

/** How often open and timed-out jobs are checked. Without such a job, {@link SILENT_MS} is soon enough: no new one is asked for earlier. */
const TICK_MS = 1_000;
const MIN_TICK_MS = 50;
const SILENT_MS = 3_000;
const PUSHING_MS = 30_000;
const TIMED_OUT_MS = 60_000;
const TIMED_OUT_FOR_MS = 86_400_000;
const MAX_JOBS = 1_000;
/** The number of values that relays in use accept in one filter. */
const JOBS_AT_ONCE = 100;
const CLOCK_SKEW_S = 300;

/** Asks until it is stopped. */
export class AskAgain {
  readonly #deps: AskAgainDeps;
  readonly #askedMs = new Map<string, number>();
  readonly #told = new ToldDocuments();
  #pushing = false;
  #nextDeadlineMs = Infinity;
  #everyMs = TICK_MS;
  #cancel: (() => void) | null = null;
  #stopped = false;

  /** Checks for the first time after one second. */
  constructor(deps: AskAgainDeps) {
    this.#deps = deps;
    this.#schedule();
  }

  /** The relay pushed a document by itself. */
  pushed(): void {
    this.#pushing = true;
  }

  /** The connection ended. The next one may be to a relay that does not push. */
  lost(): void {
    this.#pushing = false;
  }

  /** Records a document that came in another way, so that it is not passed on twice. True if it was already recorded. */
  know(bytes: Uint8Array): boolean {
    return this.#told.know(bytes);
  }

  /** Stops asking. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #schedule(waitMs = TICK_MS): void {
    if (this.#stopped) return;
    this.#cancel = this.#deps.timers.after(waitMs, () => {
      // A failing store ends its own stage. Here the next check comes later.
      this.#look().catch(() => this.#deps.count("ask_again_failures"))
        .then(() => this.#schedule(this.#untilNext()));
    });
  }

  /** The next check comes no later than the next deadline. */
  #untilNext(): number {
    const leftMs = this.#nextDeadlineMs - this.#deps.clock();
    return Math.max(MIN_TICK_MS, Math.min(this.#everyMs, leftMs));
  }

  async #look(): Promise<void> {
    const { awaited, clock, query, take, count } = this.#deps;
    const jobs = await awaited(clock() - TIMED_OUT_FOR_MS, MAX_JOBS);
    this.#everyMs = jobs.length === 0 ? SILENT_MS : TICK_MS;
    this.#forget(jobs);
    const deadlines = jobs.map(({ deadlineMs }) => deadlineMs).filter((atMs) => atMs > clock());
    this.#nextDeadlineMs = Math.min(Infinity, ...deadlines);
    const due = jobs.filter((job) => this.#isDue(job, clock())).slice(0, JOBS_AT_ONCE);
    if (due.length === 0 || this.#stopped) return;
    for (const { eventId } of due) this.#askedMs.set(eventId, clock());
    count("asked_again");
    const { documents } = await query(filtersFor(due), QUESTION_LIMITS);
    const fresh = documents.filter(({ bytes }) => !this.know(bytes));
    if (fresh.length === 0 || this.#stopped) return;
    count("found_asking", fresh.length);
    await take(fresh);
  }

  #isDue(job: AwaitedJob, nowMs: number): boolean {
    const askedMs = this.#askedMs.get(job.eventId) ?? (job.open ? job.createdAtMs : 0);
    if (askedMs < job.deadlineMs && job.deadlineMs <= nowMs) return true;
    const everyMs = !job.open ? TIMED_OUT_MS : this.#pushing ? PUSHING_MS : SILENT_MS;
    return nowMs - askedMs >= everyMs;
  }

  #forget(jobs: readonly AwaitedJob[]): void {
    const wanted = new Set(jobs.map(({ eventId }) => eventId));
    for (const eventId of this.#askedMs.keys()) {
      if (!wanted.has(eventId)) this.#askedMs.delete(eventId);
    }
  }
}

function filtersFor(jobs: readonly AwaitedJob[]): Filter[] {
  const kinds = [...new Set([FEEDBACK_KIND, ...jobs.map(({ kind }) => resultKindOf(kind))])];
  const oldestMs = Math.min(...jobs.map(({ createdAtMs }) => createdAtMs));
  return [...splitFilter({
    kinds,
    "#e": jobs.map(({ eventId }) => eventId),
    since: Math.max(0, Math.floor(oldestMs / 1_000) - CLOCK_SKEW_S),
  })];
}
