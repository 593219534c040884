/**
 * Fetches further back what a relay's own cap cut off: relays give the newest few hundred stored events and say EOSE all the same.
 *
 * One filter at a time is asked again with `until` at the oldest event seen, until a page brings nothing new. Where a whole page is of
 * one second, that second is asked for with narrower filters: half of the kinds, of the authors, of the values of a tag, down to one of
 * each. A second that is full even then cannot be read completely, and is told. A relay that does not honour `until` ends it at once.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";

/** A stored phase with fewer events than this is taken for whole: relays cap no lower, unless they say so (NIP-11). */
const CAP_SUSPECTED = 50;
/** Relays in use cap at a multiple of this; a page of another size that nothing narrows was whole. */
const CAP_STEP = 50;
/** Filters that wait: who fills a second with more loses no more than that second. */
const MAX_WAITING = 4_096;

/** The pages of one stored phase. */
export class Backfill {
  /** The subscription id of the page under way, set by its owner. */
  id: string | null = null;
  readonly #waiting: Filter[];
  readonly #single: boolean;
  readonly #cap: number;
  readonly #advised: number | undefined;
  readonly #incomplete: (second: number) => void;
  #filter: Filter | null = null;
  #until: number | null = null;
  #events = 0;
  #oldest: number | null = null;
  #newest: number | null = null;
  /** The largest page that one filter brought: one that is smaller was not cut off. */
  #largest = 0;

  /**
   * For the filters of one REQ; `cap` is how many stored events the relay says that it gives at once, where it says so. `incomplete` is
   * told each second that cannot be read completely. Call {@link Backfill.saw} for each event that comes.
   */
  constructor(
    filters: readonly Filter[],
    cap?: number,
    incomplete: (second: number) => void = () => {},
  ) {
    this.#waiting = [...filters];
    this.#single = filters.length === 1;
    this.#advised = cap;
    this.#cap = Math.max(1, Math.min(cap ?? CAP_SUSPECTED, CAP_SUSPECTED));
    this.#incomplete = incomplete;
  }

  /** A stored event of the current page came, with this `created_at`. */
  saw(createdAtS: number | null): void {
    this.#events++;
    if (createdAtS !== null) {
      this.#oldest = Math.min(this.#oldest ?? createdAtS, createdAtS);
      this.#newest = Math.max(this.#newest ?? createdAtS, createdAtS);
    }
  }

  /** At EOSE: the filter of the next page, or null when nothing is missing. */
  next(): Filter | null {
    const events = this.#events;
    const oldest = this.#oldest;
    const newest = this.#newest;
    this.#events = 0;
    this.#oldest = this.#newest = null;
    if (this.#filter !== null || this.#single) this.#largest = Math.max(this.#largest, events);
    if (this.#filter === null) {
      if (events < this.#cap) return null;
      // With several filters nobody can tell which of them was capped, so each begins at its newest.
      return this.#begin(this.#single ? oldest : null);
    }
    // Newer than asked for: the relay does not honour `until`.
    if (this.#until !== null && newest !== null && newest > this.#until) return this.#begin(null);
    const until = this.#step(this.#filter, events, oldest);
    return until === null ? this.#begin(null) : this.#page(this.#filter, until);
  }

  /** From where the filter goes on; null where it is read, or what is left of it waits. */
  #step(filter: Filter, events: number, oldest: number | null): number | null {
    if (events < this.#cap || oldest === null || oldest < (filter.since ?? 0)) return null;
    if (this.#until === null || oldest < this.#until) return oldest;
    const before = { ...filter, until: oldest - 1 };
    const more = before.until >= (filter.since ?? 0) ? [before] : [];
    this.#waiting.unshift(
      ...this.#narrower({ ...filter, since: oldest, until: oldest }, events),
      ...more,
    );
    return null;
  }

  /** A page is full of one second: it is asked for by halves. */
  #narrower(second: Filter, events: number): readonly Filter[] {
    if (events < this.#largest) return [];
    const halves = this.#waiting.length > MAX_WAITING ? null : halvesOf(second);
    if (halves !== null) return halves;
    const full = this.#advised === undefined ? events % CAP_STEP === 0 : events >= this.#advised;
    if (full) this.#incomplete(second.since!);
    return [];
  }

  #begin(until: number | null): Filter | null {
    const filter = this.#waiting.shift();
    return filter === undefined ? null : this.#page(filter, until ?? filter.until ?? null);
  }

  #page(filter: Filter, until: number | null): Filter {
    this.#filter = filter;
    this.#until = until;
    return until === null ? filter : { ...filter, until };
  }
}

/** Two filters that together find what this one finds; null where each of its lists has one value or is absent. */
function halvesOf(filter: Filter): readonly [Filter, Filter] | null {
  for (const [key, values] of Object.entries(filter)) {
    if (!Array.isArray(values) || values.length < 2) continue;
    const middle = Math.ceil(values.length / 2);
    return [
      { ...filter, [key]: values.slice(0, middle) },
      { ...filter, [key]: values.slice(middle) },
    ];
  }
  return null;
}
