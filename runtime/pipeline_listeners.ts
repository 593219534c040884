/**
 * The listeners of a pipeline: to samples of the items that pass its stages, and to replacements of its workers.
 *
 * @module
 */
import type { Heartbeat } from "./heartbeat.ts";
import type { Member } from "./members.ts";
import type { Replacement, Sample } from "./pipeline_spec.ts";

/** The listeners of one pipeline. Workers take samples only while any pipeline has a listener for them. */
export class PipelineListeners {
  readonly #taps = new Set<(samples: readonly Sample[]) => void>();
  readonly #replaced: ((replacement: Replacement) => void)[] = [];

  /** Samples arrive with the answers to the heartbeat. */
  constructor(private readonly heartbeat: Pick<Heartbeat, "taps" | "ping">) {}

  /** Listens to samples, and with `everyMs` asks for them at this interval. Call the result to stop. */
  tap(listener: (samples: readonly Sample[]) => void, everyMs?: number): () => void {
    const { heartbeat } = this;
    this.#taps.add(listener);
    heartbeat.taps++;
    heartbeat.ping();
    const timer = everyMs === undefined ? undefined : setInterval(() => heartbeat.ping(), everyMs);
    return () => {
      clearInterval(timer);
      if (this.#taps.delete(listener)) heartbeat.taps--;
    };
  }

  /** Listens to replacements as long as the pipeline runs. */
  onReplaced(listener: (replacement: Replacement) => void): void {
    this.#replaced.push(listener);
  }

  /** Passes on samples of one stage. */
  sampled({ definition }: Member, samples: readonly Omit<Sample, "stage">[]): void {
    if (samples.length === 0 || this.#taps.size === 0) return;
    const told = samples.map((sample) => ({ ...sample, stage: definition.name }));
    for (const listener of this.#taps) listener(told);
  }

  /** Passes on that a worker was replaced. */
  replaced(replacement: Replacement): void {
    for (const listener of this.#replaced) listener(replacement);
  }
}
