/**
 * Fetches further back what a relay's own cap cut off: relays give the newest few hundred stored events and say EOSE all the same.
 *
 * One filter at a time is asked again with `until` at the oldest event seen, until a page brings nothing new. A relay that does
 * not honour `until` ends it at once.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";

/** A stored phase with fewer events than this is taken for whole: relays cap no lower, unless they say so (NIP-11). */
export const CAP_SUSPECTED = 50;

/** The pages of one stored phase. */
export class Backfill {
  /** The subscription id of the page under way, set by its owner. */
  id: string | null = null;
  readonly #filters: readonly Filter[];
  readonly #cap: number;
  #filter = -1;
  #until: number | null = null;
  #events = 0;
  #oldest: number | null = null;

  /** For the filters of one REQ; `cap` is the fewest events that may have been cut off. Call {@link Backfill.saw} for each that comes. */
  constructor(filters: readonly Filter[], cap = CAP_SUSPECTED) {
    this.#filters = filters;
    this.#cap = Math.max(1, Math.min(cap, CAP_SUSPECTED));
  }

  /** A stored event of the current page came, with this `created_at`. */
  saw(createdAtS: number | null): void {
    this.#events++;
    if (createdAtS !== null) {
      this.#oldest = Math.min(this.#oldest ?? createdAtS, createdAtS);
    }
  }

  /** At EOSE: the filter of the next page, or null when nothing is missing. */
  next(): Filter | null {
    const events = this.#events;
    const oldest = this.#oldest;
    this.#events = 0;
    this.#oldest = null;
    if (this.#filter === -1) {
      if (events < this.#cap) return null;
      // With several filters nobody can tell which of them was capped, so each begins at its newest.
      return this.#filters.length === 1 ? this.#page(0, oldest) : this.#page(0, null);
    }
    const filter = this.#filters[this.#filter]!;
    const until = this.#step(events, oldest);
    if (until === null || until < (filter.since ?? 0)) {
      return this.#page(this.#filter + 1, null);
    }
    return this.#page(this.#filter, until);
  }

  #step(events: number, oldest: number | null): number | null {
    if (events < this.#cap || oldest === null) return null;
    if (this.#until === null || oldest < this.#until) return oldest;
    // A page full of one second: go on before it. Newer than asked for: the relay does not honour `until`.
    return oldest === this.#until ? oldest - 1 : null;
  }

  #page(index: number, until: number | null): Filter | null {
    const filter = this.#filters[index];
    if (filter === undefined) return null;
    this.#filter = index;
    this.#until = until;
    return until === null ? filter : { ...filter, until };
  }
}
