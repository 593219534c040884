/**
 * Fetches older stored events that a relay's cap cut off: relays send only the newest few hundred stored events and then EOSE.
 *
 * Each filter is requested again, one at a time, with `until` at the oldest event seen, until a page brings nothing new. If a full page
 * lies in one second, that second is requested with narrower filters: half of the kinds, authors or values of a tag, down to one of each.
 * If a page is still full then, the second cannot be read completely, and it is reported. If the relay ignores `until`, that filter ends at
 * once.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";

/** A stored phase with fewer events counts as complete: no relay in use has a lower cap, unless its NIP-11 document says so. */
const CAP_SUSPECTED = 50;
/** The caps of relays in use are multiples of this. A page of another size, whose filter cannot be narrowed, counts as complete. */
const CAP_STEP = 50;
/** The most waiting filters. Above it, a full second is not narrowed and stays incomplete; other seconds are not affected. */
const MAX_WAITING = 4_096;

/** The pages of one stored phase. */
export class Backfill {
  /** The subscription id of the current page. The owner sets it. */
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
  /** The largest page that one filter brought. A smaller page was not cut off. */
  #largest = 0;

  /**
   * For the filters of one REQ. `cap` is the most stored events that the relay sends for one request, if its NIP-11 document says so.
   * `incomplete` is called for each second that cannot be read completely. Call {@link Backfill.saw} for each event that arrives.
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

  /** Counts a stored event of the current page, with this `created_at`. */
  saw(createdAtS: number | null): void {
    this.#events++;
    if (createdAtS !== null) {
      this.#oldest = Math.min(this.#oldest ?? createdAtS, createdAtS);
      this.#newest = Math.max(this.#newest ?? createdAtS, createdAtS);
    }
  }

  /** At EOSE: the filter of the next page, or null if no page is left. */
  next(): Filter | null {
    const events = this.#events;
    const oldest = this.#oldest;
    const newest = this.#newest;
    this.#events = 0;
    this.#oldest = this.#newest = null;
    if (this.#filter !== null || this.#single) this.#largest = Math.max(this.#largest, events);
    if (this.#filter === null) {
      if (events < this.#cap) return null;
      // With several filters it is not known which of them was capped, so each one starts at its newest event.
      return this.#begin(this.#single ? oldest : null);
    }
    // An event newer than requested: the relay ignores `until`.
    if (this.#until !== null && newest !== null && newest > this.#until) return this.#begin(null);
    const until = this.#step(this.#filter, events, oldest);
    return until === null ? this.#begin(null) : this.#page(this.#filter, until);
  }

  /** The `until` of the filter's next page. Null if the filter is read completely, or its rest was added to the waiting filters. */
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

  /** The filters for a page whose events all lie in one second: the two halves of its filter, or none. */
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

/** Two filters that together match the same events as this one. Null if none of its lists has more than one value. */
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
