/**
 * The pipelines of a command that has opened a home itself. They run while one of its calls waits; a daemon runs the same pipelines all the
 * time. They are drained before the call ends, so that an answer that is on its way still arrives.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { sequenceState } from "../../home/client/sequence_progress.ts";
import type { Wanted } from "../../home/client/home_api.ts";
import type { HomeWork, Need } from "../../home/client/home_work.ts";
import { isThere } from "../../home/client/job_progress.ts";
import { startLightning } from "../../home/lightning.ts";
import { listenForSequence, startSequences } from "../../home/sequences.ts";
import { awaitJob, watchDeadlines } from "../../home/job_deadline.ts";
import { catchUp, listenForAnswers } from "../../home/job_flow.ts";
import { startOutbound } from "../../home/outbound.ts";
import { readDocument } from "../../market/sequences/sequence_row.ts";
import { isEnded } from "../../protocols/job_status.ts";
import type { SequenceState } from "../../store/sequence_row.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { Invocation } from "../command.ts";
import { answerSkills, callOnce, startCallbacks } from "./buyer_skills.ts";
import { lightningOptions } from "./lightning_options.ts";
import type { ConfiguredHome } from "./open_home.ts";
import { type PipelineInUse, SharedPipeline } from "./shared_pipeline.ts";

const DRAIN_MS = 2_000;
/**
 * How long the pipeline of answers is drained, in milliseconds. An answer that arrives later is stored at the relay and is read next time.
 */
const ANSWERS_DRAIN_MS = 500;
const LAST_SENT_MS = 1_500;

type Caller = Pick<Invocation, "io" | "signal">;

/** The pipelines that run while a call waits, and how they end. */
interface Running {
  readonly pipelines: readonly PipelineInUse[];
  readonly stop: () => Promise<void>;
}

/** See the module. */
export class OneOffWork implements HomeWork {
  readonly always = false;
  readonly sends = true;
  readonly #home: ConfiguredHome;
  readonly #config: Config;
  readonly #caller: Caller;
  readonly #outbound: SharedPipeline;
  /** Receives the answers to the jobs of all other commands. */
  readonly #servedAnswers: SharedPipeline;
  readonly #ended = Promise.withResolvers<void>();
  readonly #lost: Promise<never>;
  /** The calls of other commands that are being served. */
  readonly #serving = new Set<Promise<void>>();

  /** Starts nothing yet. `lost` rejects when a service of the home has died, which ends the calls that wait. */
  constructor(home: ConfiguredHome, config: Config, caller: Caller, lost: Promise<never>) {
    this.#lost = lost;
    this.#home = home;
    this.#config = config;
    this.#caller = caller;
    this.#outbound = new SharedPipeline(() => startOutbound(home, { follow: true }));
    this.#servedAnswers = new SharedPipeline(() =>
      listenForAnswers(home, [], answerSkills(home, config))
    );
  }

  /** Starts the pipeline that sends before it is needed, because it takes time to load. */
  prepareSending(): void {
    this.#outbound.prepare();
  }

  async during<T>(need: Need, signal: AbortSignal, wait: () => Promise<T>): Promise<T> {
    return await this.#duringWork(await this.#start(need), signal, wait);
  }

  /** Runs the pipelines that another command's call needs, until that call or this process ends. */
  async serve(need: Need, over: Promise<void>): Promise<void> {
    const serving = this.#serve(need, Promise.race([over, this.#ended.promise]));
    const known = serving.catch(() => undefined);
    this.#serving.add(known);
    known.finally(() => this.#serving.delete(known));
    await serving;
  }

  async #serve(need: Need, over: Promise<void>): Promise<void> {
    const isBuying = need.need === "jobs" && need.wanted === "ended";
    const running = isBuying ? await this.#buyingForOthers(need.rows) : await this.#start(need);
    await this.#duringWork(running, new AbortController().signal, () => over);
  }

  async #duringWork<T>(
    { pipelines, stop }: Running,
    signal: AbortSignal,
    wait: () => Promise<T>,
  ): Promise<T> {
    const failed = Promise.race(
      pipelines.flatMap(({ ready, done }) => [ready, done]).map((each) =>
        each.then(() => new Promise<never>(() => {}))
      ),
    );
    failed.catch(() => undefined);
    const waiting = wait();
    waiting.catch(() => undefined);
    try {
      return await Promise.race([waiting, this.#lost, ...pipelines.length === 0 ? [] : [failed]]);
    } finally {
      await stop();
      await Promise.allSettled(
        pipelines.map((each) =>
          signal.aborted
            ? each.abort()
            : each.drain(each.name === "answers" ? ANSWERS_DRAIN_MS : DRAIN_MS)
        ),
      );
    }
  }

  /** The audit starts only after the request and the payment were sent. */
  sent(): void {
    this.#home.audit?.start();
  }

  /** A sequence runs only while a call waits for it. */
  sequenceCame(): void {}

  async refresh(jobs: readonly JobRow[]): Promise<void> {
    await catchUp(this.#home, jobs, answerSkills(this.#home, this.#config));
    await callOnce(this.#caller, this.#config, this.#home, jobs);
  }

  async watchChannels(signal: AbortSignal): Promise<void> {
    const { promise, reject } = Promise.withResolvers<never>();
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    if (signal.aborted) reject(signal.reason);
    await Promise.race([this.#home.manager!.watch(), promise]);
  }

  /** Ends the pipelines of other commands' calls, and those that were started and not needed. */
  async end(): Promise<void> {
    this.#ended.resolve();
    await Promise.all(this.#serving);
    await this.#outbound.end();
  }

  #start(need: Need): Promise<Running> {
    switch (need.need) {
      case "sending":
        return this.#sending();
      case "callbacks":
        return Promise.resolve({ pipelines: [], stop: this.#calling() });
      case "jobs":
        return need.wanted === "sent"
          ? this.#sendingJobs(need.rows)
          : this.#buying(need.rows, need.wanted);
      case "sequence":
        return this.#runningSequence(need.state);
    }
  }

  async #sending(): Promise<Running> {
    return { pipelines: [await this.#outbound.take()], stop: () => Promise.resolve() };
  }

  async #sendingJobs(rows: readonly JobRow[]): Promise<Running> {
    const { pipelines } = await this.#sending();
    const stopWaiting = rows.map((row) => this.#endAtDeadline(row, "sent"));
    return { pipelines, stop: () => Promise.resolve(stopWaiting.forEach((stop) => stop())) };
  }

  async #buying(rows: readonly JobRow[], wanted: Wanted): Promise<Running> {
    const home = this.#home;
    const [outbound, answers] = await Promise.all([
      this.#outbound.take(),
      listenForAnswers(home, rows, answerSkills(home, this.#config)),
      this.#invoices(),
    ]);
    // After the time limit nothing more is paid. So the sending pipeline ends while the relay is asked a last time.
    const open = new Set(rows.map(({ jobId }) => jobId));
    const timedOut = new Set<string>();
    const stopWaiting = rows.map((row) =>
      this.#endAtDeadline(row, wanted, ({ status }) => {
        open.delete(row.jobId);
        if (status === "timeout") timedOut.add(row.jobId);
        // The other jobs use this pipeline too.
        if (open.size === 0 && timedOut.size > 0) {
          outbound.drain(LAST_SENT_MS).catch(() => undefined);
        }
      })
    );
    const stopWatching = watchDeadlines(home);
    const stopCalling = this.#calling();
    return {
      pipelines: [outbound, answers],
      async stop() {
        stopWaiting.forEach((stop) => stop());
        stopWatching();
        await stopCalling();
        const last = await Promise.all(
          rows.map(({ jobId }) => home.store.getJob(jobId, "buyer")),
        );
        const over = last.every((row) => row !== null && isEnded(row.status));
        if (over && last.some((row) => row?.status === "timeout")) await outbound.abort();
      },
    };
  }

  /** Like {@link #buying}, but one pipeline receives the answers to all jobs of other commands. */
  async #buyingForOthers(rows: readonly JobRow[]): Promise<Running> {
    const home = this.#home;
    const pipelines = await Promise.all([this.#outbound.take(), this.#servedAnswers.take()]);
    await this.#invoices();
    const stopWaiting = rows.map((row) => this.#endAtDeadline(row, "ended"));
    const stopWatching = watchDeadlines(home);
    return {
      pipelines,
      stop() {
        stopWaiting.forEach((stop) => stop());
        stopWatching();
        return Promise.resolve();
      },
    };
  }

  async #runningSequence(state: SequenceState): Promise<Running> {
    const home = this.#home;
    await this.#takeStored(state);
    const now = await sequenceState(home.store, state.sequence.sequenceId);
    const kinds = readDocument(now.sequence).steps.map(({ kind }) => kind);
    const [outbound, answers] = await Promise.all([
      this.#outbound.take(),
      listenForSequence(home, now, kinds, answerSkills(home, this.#config)),
      startSequences(home),
    ]);
    const stopWatching = watchDeadlines(home);
    const stopCalling = this.#calling();
    return {
      pipelines: [outbound, answers],
      async stop() {
        stopWatching();
        await stopCalling();
      },
    };
  }

  /** Ends the job at its time limit, even if no answers are received. Returns a function that stops the wait. */
  #endAtDeadline(
    { jobId }: JobRow,
    wanted: Wanted,
    onEnd: (row: JobRow) => void = () => undefined,
  ): () => void {
    const over = new AbortController();
    awaitJob(this.#home, jobId, over.signal, (row) => isThere(row, wanted))
      .then(onEnd, () => undefined);
    return () => over.abort();
  }

  /** Pays the invoices that providers ask for. */
  async #invoices(): Promise<void> {
    await startLightning(this.#home, lightningOptions(this.#config));
  }

  #calling(): () => Promise<void> {
    const callbacks = startCallbacks(this.#home, this.#config, this.#caller);
    return () => callbacks.stop(DRAIN_MS);
  }

  /** Reads the relay's stored results of the present job before its time limit can end it. */
  async #takeStored({ attempts }: SequenceState): Promise<void> {
    const home = this.#home;
    const last = attempts.findLast(({ status }) => !isEnded(status));
    const row = last === undefined ? null : await home.store.getJob(last.jobId, "buyer");
    if (row === null) return;
    try {
      await catchUp(home, [row], answerSkills(home, this.#config));
    } catch (error) {
      // If the relay is offline, the pipelines wait for it.
      if (codeOf(error) !== "offline") throw error;
    }
  }
}
