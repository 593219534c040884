/**
 * Decides when a sink without items gives its worker up, which another holder of the worker may keep. The next item starts a worker again:
 * the source reports that it has one.
 *
 * @module
 */
import type { Member, Slot } from "./members.ts";
import type { PipelineParts } from "./pipeline_parts.ts";

/** Watches the sink of one pipeline, if its specification lets it rest. */
export class RestingSink {
  readonly #afterMs: number;
  readonly #nowMs: () => number;
  readonly #sink: Member;
  #items = 0;
  #sinceMs: number;
  /** The generation for which the sink was asked; null if it was not asked, or has answered. */
  #asked: number | null = null;

  /** Makes it for the sink of a pipeline. */
  constructor(sink: Member, { spec, nowMs }: Pick<PipelineParts, "spec" | "nowMs">) {
    this.#sink = sink;
    this.#afterMs = spec.stages.at(-1)!.restAfterMs ?? Infinity;
    this.#nowMs = nowMs;
    this.#sinceMs = nowMs();
  }

  /** Asks the sink of a worker that has just answered a ping to rest, if no item came for long. A sink at work refuses. */
  heard({ members, worker }: Slot, generation: number): void {
    const [only, ...others] = members;
    if (only !== this.#sink || others.length > 0) return;
    const items = only.present.items_in ?? 0;
    if (items !== this.#items) {
      this.#items = items;
      this.#sinceMs = this.#nowMs();
    } else if (this.#asked !== generation && this.#nowMs() - this.#sinceMs >= this.#afterMs) {
      this.#asked = generation;
      worker?.post({ type: "rest", unit: only.unit, ports: [], generation });
    }
  }

  /**
   * Whether the answer of a worker in this slot lets the sink rest: it was asked about the present generation of links. An answer about
   * earlier ones may come after newer links were sent. A sink at work is asked again after the whole time.
   */
  allows(
    { members }: Slot,
    answer: { readonly rests: boolean; readonly generation: number },
    generation: number,
  ): boolean {
    if (!members.includes(this.#sink) || answer.generation !== generation) return false;
    if (this.#asked !== generation) return false;
    this.#asked = null;
    this.#sinceMs = this.#nowMs();
    return answer.rests;
  }

  /** Begins to wait again, because a worker was started. */
  woke(): void {
    this.#asked = null;
    this.#items = 0;
    this.#sinceMs = this.#nowMs();
  }
}
