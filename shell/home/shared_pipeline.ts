/**
 * One running pipeline for all calls of this process that need it. Two pipelines that sign for one channel would use the same nonces, and
 * the payer would halt. So a call joins the running one, and a new one starts only after the last has ended.
 *
 * @module
 */
import type { Pipeline } from "../../runtime/pipeline_spec.ts";

/** The part of a pipeline that its users see. */
export type PipelineInUse = Pick<Pipeline, "name" | "ready" | "done" | "drain" | "abort">;

interface Running {
  readonly pipeline: Promise<PipelineInUse>;
  users: number;
}

/** See the module. */
export class SharedPipeline {
  readonly #start: () => Promise<PipelineInUse>;
  #running: Running | null = null;
  /** Settles when the last pipeline has ended. */
  #over: Promise<unknown> = Promise.resolve();

  /** Makes it without a pipeline. */
  constructor(start: () => Promise<PipelineInUse>) {
    this.#start = start;
  }

  /** Starts the pipeline early, so that it loads meanwhile. */
  prepare(): void {
    this.#runs().pipeline.catch(() => undefined);
  }

  /**
   * Joins the pipeline. `drain` or `abort` of the result ends the pipeline if it has no other user; otherwise it only leaves it. Rejects if
   * the pipeline cannot be started.
   */
  async take(): Promise<PipelineInUse> {
    const running = this.#runs();
    running.users++;
    let left = false;
    /** Leaves the pipeline; returns whether this user may end it. */
    const leave = (): boolean => {
      if (!left) running.users--;
      left = true;
      return running.users === 0;
    };
    try {
      const pipeline = await running.pipeline;
      const { name, ready, done } = pipeline;
      const end = async (how: () => Promise<void>): Promise<void> => {
        if (!leave()) return;
        const ending = how();
        if (this.#running === running) this.#letGo(ending);
        await ending;
      };
      return {
        name,
        ready,
        done,
        drain: (deadlineMs) => end(() => pipeline.drain(deadlineMs)),
        abort: () => end(() => pipeline.abort()),
      };
    } catch (error) {
      leave();
      if (this.#running === running) this.#running = null;
      throw error;
    }
  }

  /** Ends a prepared pipeline without users. */
  async end(): Promise<void> {
    const running = this.#running;
    if (running === null || running.users > 0) return;
    const ending = running.pipeline.then((each) => each.abort());
    this.#letGo(ending);
    await ending.catch(() => undefined);
  }

  #runs(): Running {
    return this.#running ??= { pipeline: this.#over.then(this.#start), users: 0 };
  }

  #letGo(ending: Promise<unknown>): void {
    this.#running = null;
    this.#over = ending.catch(() => undefined);
  }
}
