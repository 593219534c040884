/**
 * The deaths of workers in one pipeline: how many in a row, how long to wait before the next replacement, and what to report after it.
 *
 * Held: the deaths since the last replacement, at most {@link MAX_DEATHS}.
 *
 * @module
 */
import type { Log } from "../base/log/log.ts";
import type { Replacement } from "./pipeline_spec.ts";

/** Deaths in a row, with no item settled in between, after which the pipeline is given up. */
const MAX_DEATHS = 8;
/** The first two replacements come at once, the third after 100 ms, and each later one after twice the time. */
const BACKOFF_MS = 100;

/** A worker's death. */
type WorkerDeath = Omit<Replacement, "generation" | "elapsedMs">;

/** The deaths in one pipeline. */
export class WorkerDeaths {
  #unreplaced: (WorkerDeath & { readonly atMs: number })[] = [];
  #inARow = 0;
  #replacements = 0;

  /** Makes an empty record. `nowMs` is monotonic. */
  constructor(
    private readonly pipeline: string,
    private readonly nowMs: () => number,
    private readonly log: Log,
  ) {}

  /** Deaths since an item was last settled. */
  get inARow(): number {
    return this.#inARow;
  }

  /** Whether no worker has died since the last replacement. */
  get none(): boolean {
    return this.#unreplaced.length === 0;
  }

  /** Records that an item was settled. */
  settled(): void {
    this.#inARow = 0;
  }

  /** Counts a death; returns false if there were too many in a row. */
  add(death: WorkerDeath): boolean {
    this.#unreplaced.push({ ...death, atMs: this.nowMs() });
    return ++this.#inARow <= MAX_DEATHS;
  }

  /** Waits before the next replacement if several workers died in a row. */
  async backOff(): Promise<void> {
    if (this.#inARow <= 2) return;
    await new Promise((resolve) => setTimeout(resolve, BACKOFF_MS * 2 ** (this.#inARow - 3)));
  }

  /** Logs and returns the replacements, after all dead workers were replaced. */
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
