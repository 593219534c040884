/**
 * Who listens to a pipeline: to samples of what passes its stages, and to replacements of its workers.
 *
 * @module
 */
import type { Heartbeat } from "./heartbeat.ts";
import type { Member } from "./members.ts";
import type { Replacement, Sample } from "./pipeline_spec.ts";

/** The listeners of one pipeline. Workers take samples only while somebody listens to any pipeline. */
export class PipelineListeners {
  readonly #taps = new Set<(samples: readonly Sample[]) => void>();
  readonly #replaced: ((replacement: Replacement) => void)[] = [];

  /** Samples come with the answers to the heartbeat. */
  constructor(private readonly heartbeat: Pick<Heartbeat, "taps" | "ping">) {}

  /** Listens to samples; `everyMs` asks for them so often. The result ends it. */
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

  /** Listens to replacements, for as long as the pipeline runs. */
  onReplaced(listener: (replacement: Replacement) => void): void {
    this.#replaced.push(listener);
  }

  /** Samples of one stage came. */
  sampled({ definition }: Member, samples: readonly Omit<Sample, "stage">[]): void {
    if (samples.length === 0 || this.#taps.size === 0) return;
    const told = samples.map((sample) => ({ ...sample, stage: definition.name }));
    for (const listener of this.#taps) listener(told);
  }

  /** A worker was replaced. */
  replaced(replacement: Replacement): void {
    for (const listener of this.#replaced) listener(replacement);
  }
}
