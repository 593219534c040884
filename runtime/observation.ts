/**
 * What can be observed of a unit: counters, and, while somebody listens, heads of items without their bytes. It never delays the flow: at
 * most 64 heads are held between two pings; further ones are dropped and counted as `tap_dropped`.
 *
 * @module
 */
import type { Batch } from "../stages/stage.ts";
import { BoundedQueue } from "./bounded_queue.ts";
import type { Counters, TapSample } from "./worker_messages.ts";

const HELD_SAMPLES = 64;
const MAX_COUNTERS = 256;

/** The counters and the tap of one unit. */
export class Observation {
  readonly #counters: Record<string, number> = Object.create(null);
  readonly #samples = new BoundedQueue<TapSample>(HELD_SAMPLES, "newest");
  /** Whether heads are sampled. */
  tapped = false;

  /** Adds to a counter. After 256 names, a new one is counted as `counters_dropped`. */
  readonly count = (counter: string, by = 1): void => {
    const known = counter in this.#counters || Object.keys(this.#counters).length < MAX_COUNTERS;
    const name = known ? counter : "counters_dropped";
    this.#counters[name] = (this.#counters[name] ?? 0) + by;
  };

  /** Counts a batch that enters or leaves, and samples the first head of a batch that leaves. */
  readonly passed = (direction: "in" | "out", batch: Batch): void => {
    let sizeBytes = 0;
    for (const item of batch) {
      sizeBytes += item.bytes.length;
      if (direction === "out" && item.refusal !== undefined) this.count("refused_out");
    }
    this.count(`items_${direction}`, batch.length);
    this.count(`bytes_${direction}`, sizeBytes);
    if (!this.tapped || direction === "in") return;
    const { seq, bytes, known, refusal } = batch[0];
    const head = { seq, sizeBytes: bytes.length, known };
    this.#samples.push(refusal === undefined ? head : { ...head, refusal: refusal.code });
  };

  /** A copy of the counters. */
  counters(): Counters {
    const dropped = this.#samples.dropped;
    return dropped > 0 ? { ...this.#counters, tap_dropped: dropped } : { ...this.#counters };
  }

  /** The heads sampled since the last call. */
  samples(): TapSample[] {
    return this.#samples.take();
  }
}
