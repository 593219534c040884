/**
 * One running pipeline for all calls of this process that need it. Two pipelines that sign for one channel would each issue the nonces
 * of the other, and the payer would halt: so a call joins the one that runs, and the next one starts when the last has ended.
 *
 * @module
 */
import type { Pipeline } from "../../runtime/pipeline_spec.ts";

/** A user's side of it. */
export type PipelineInUse = Pick<Pipeline, "name" | "ready" | "done" | "drain" | "abort">;

interface Running {
  readonly pipeline: Promise<PipelineInUse>;
  users: number;
}

/** See the module. */
export class SharedPipeline {
  readonly #start: () => Promise<PipelineInUse>;
  #running: Running | null = null;
  /** Settled when the last pipeline has ended. */
  #over: Promise<unknown> = Promise.resolve();

  /** Starts nothing yet. */
  constructor(start: () => Promise<PipelineInUse>) {
    this.#start = start;
  }

  /** Starts it before it is needed: it loads meanwhile. */
  prepare(): void {
    this.#runs().pipeline.catch(() => undefined);
  }

  /**
   * Joins it. What is given ends the pipeline, by `drain` or `abort`, when nobody else uses it; otherwise it only leaves it. Rejects
   * where the pipeline cannot be started.
   */
  async take(): Promise<PipelineInUse> {
    const running = this.#runs();
    running.users++;
    let left = false;
    /** Whether this user may end it. */
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

  /** Ends what was prepared and nobody took. */
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
