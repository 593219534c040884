/**
 * The workers of one pipeline that died: how many in a row, how long to wait for the next, and what is told once they are replaced.
 *
 * Held: the deaths since the last replacement, at most {@link MAX_DEATHS}.
 *
 * @module
 */
import type { Log } from "../base/log/log.ts";
import type { Replacement } from "./pipeline_spec.ts";

/** Deaths in a row, without anything settled between, after which a pipeline is given up. */
const MAX_DEATHS = 8;
/** The first two replacements come at once, the others after 100 ms, doubled each time. */
const BACKOFF_MS = 100;

/** A worker's death. */
type WorkerDeath = Omit<Replacement, "generation" | "elapsedMs">;

/** The deaths in one pipeline. */
export class WorkerDeaths {
  #unreplaced: (WorkerDeath & { readonly atMs: number })[] = [];
  #inARow = 0;
  #replacements = 0;

  /** None yet. `nowMs` is monotonic. */
  constructor(
    private readonly pipeline: string,
    private readonly nowMs: () => number,
    private readonly log: Log,
  ) {}

  /** Deaths since something was settled. */
  get inARow(): number {
    return this.#inARow;
  }

  /** Something was settled. */
  settled(): void {
    this.#inARow = 0;
  }

  /** Counts one; false when there were too many in a row. */
  add(death: WorkerDeath): boolean {
    this.#unreplaced.push({ ...death, atMs: this.nowMs() });
    return ++this.#inARow <= MAX_DEATHS;
  }

  /** Waits before the next replacement, where several died in a row. */
  async backOff(): Promise<void> {
    if (this.#inARow <= 2) return;
    await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * 2 ** (this.#inARow - 3)));
  }

  /** All were replaced: logs each, and gives them. */
  replaced(generation: number): readonly Replacement[] {
    const deaths = this.#unreplaced;
    this.#unreplaced = [];
    return deaths.map(({ atMs, ...death }) => {
      const replacement = { ...death, generation, elapsedMs: this.nowMs() - atMs };
      this.log("warn", "worker replaced", {
        pipeline: this.pipeline,
        stages: death.stages.join(","),
        reason: death.reason,
        generation,
        replacements: ++this.#replacements,
        elapsed_ms: Math.round(replacement.elapsedMs),
      });
      return replacement;
    });
  }
}
