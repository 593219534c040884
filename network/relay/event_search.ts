/**
 * Searches events in steps. Each step reads one window of an index, so that other clients can be served between steps. A search does not
 * find events that were stored after its start.
 *
 * Held: for each walk of a filter, a window of at most {@link WINDOW_ROWS} rows. The caller limits the filters and their values.
 *
 * @module
 */
import type { Filter } from "../../protocols/nostr/filter.ts";
import {
  type FilterQuery,
  limitOf,
  type View,
  type Walk,
  walksOf,
  type WindowRow,
} from "./filter_query.ts";

/** The most rows that one statement reads. */
export const WINDOW_ROWS = 128;
const MIN_WINDOW_ROWS = 8;

/** The row number of a found event, and the fields that order it. */
export interface FoundEvent {
  readonly seq: number;
  readonly id: string;
  readonly createdAtS: number;
}

/** A count, and whether it may be too low. */
export interface Tally {
  readonly count: number;
  readonly approximate: boolean;
}

/** Work that is done in steps. */
export type Steps<T> = Generator<void, T, void>;

/** The tables, as a search uses them. */
export interface SearchedTables {
  rows(query: FilterQuery): WindowRow[];
  /** The `seq` of the newest row. */
  newest(): number;
  /** The event with this id, if it is known without a query that this reader finds it. */
  recent(id: string, view: View): FoundEvent | null;
}

/** The events that match any filter: newest first, in the same second the lowest id first, and at most `limit` events of each filter. */
export function* search(
  tables: SearchedTables,
  filters: readonly Filter[],
  view: View,
  maxLimit: number,
): Steps<FoundEvent[]> {
  const newest = tables.newest();
  const all = new Map<number, FoundEvent>();
  for (const filter of filters) {
    const limit = limitOf(filter, maxLimit);
    if (limit === 0) continue;
    const only = onlyId(filter);
    const recent = only === null ? null : tables.recent(only, view);
    if (recent !== null && recent.seq <= newest) {
      all.set(recent.seq, recent);
      continue;
    }
    const found = yield* newestOf(tables, walksOf(filter, view), newest, limit);
    for (const each of found) all.set(each.seq, each);
  }
  return [...all.values()].sort(byTime);
}

/** The id of a filter that is a single id, as of a client that waits for one event; null for another filter. */
function onlyId({ ids, limit: _, ...others }: Filter): string | null {
  return ids?.length === 1 && Object.keys(others).length === 0 ? ids[0]! : null;
}

/** The number of events that match any filter; limits are ignored. `approximate` is true if the search stopped after `maxRows` rows. */
export function* tally(
  tables: SearchedTables,
  filters: readonly Filter[],
  view: View,
  maxRows: number,
): Steps<Tally> {
  const found = new Set<number>();
  let looked = 0;
  for (const walk of filters.flatMap((filter) => walksOf(filter, view))) {
    const walker = new Walker(tables, walk, WINDOW_ROWS);
    for (;;) {
      if (walker.empty) {
        if (walker.ended) break;
        if (looked >= maxRows) return { count: found.size, approximate: true };
        walker.fetch(maxRows - looked);
        yield;
        continue;
      }
      const { seq, matches } = walker.take();
      looked++;
      if (matches === 1) found.add(seq);
    }
  }
  return { count: found.size, approximate: false };
}

/** Merges several walks, newest first: the walk with the newest next row always continues. */
function* newestOf(
  tables: SearchedTables,
  walks: readonly Walk[],
  newest: number,
  limit: number,
): Steps<FoundEvent[]> {
  const rows = Math.ceil(limit / Math.max(1, walks.length)) + 1;
  const size = Math.min(WINDOW_ROWS, Math.max(MIN_WINDOW_ROWS, rows));
  // The walk that continues next is the last element.
  const waiting: Walker[] = [];
  for (const walk of walks) {
    const walker = new Walker(tables, walk, size);
    walker.fetch();
    if (!walker.empty) insert(waiting, walker);
    yield;
  }
  const found = new Map<number, FoundEvent>();
  let lastS = Number.MIN_SAFE_INTEGER;
  for (let walker = waiting.pop(); walker !== undefined; walker = waiting.pop()) {
    const { seq, id, created_at, matches } = walker.take();
    // All events of the second in which the limit is reached must be read, because the lowest ids come first.
    if (found.size >= limit && created_at < lastS) break;
    if (matches === 1 && seq <= newest && !found.has(seq)) {
      found.set(seq, { seq, id, createdAtS: created_at });
      if (found.size === limit) lastS = created_at;
    }
    if (walker.empty && !walker.ended) {
      walker.fetch();
      yield;
    }
    if (!walker.empty) insert(waiting, walker);
  }
  return [...found.values()].sort(byTime).slice(0, limit);
}

/** Inserts a walk by the time of its next row, the newest last. Among equal times it is inserted last, so that the same walk continues. */
function insert(waiting: Walker[], walker: Walker): void {
  let [low, high] = [0, waiting.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (waiting[middle].nextS <= walker.nextS) low = middle + 1;
    else high = middle;
  }
  waiting.splice(low, 0, walker);
}

/** One walk and its current window. */
class Walker {
  ended = false;
  #rows: WindowRow[] = [];
  #at = 0;
  #last: WindowRow | null = null;

  constructor(readonly tables: SearchedTables, readonly walk: Walk, readonly size: number) {}

  get empty(): boolean {
    return this.#at === this.#rows.length;
  }

  /** The time of its next row. Use it only if there is one. */
  get nextS(): number {
    return this.#rows[this.#at].created_at;
  }

  take(): WindowRow {
    return this.#rows[this.#at++];
  }

  /** Reads the next window. */
  fetch(most = Infinity): void {
    const size = Math.min(this.#last === null ? this.size : WINDOW_ROWS, most);
    this.#rows = this.tables.rows(this.walk.window(this.#last, size));
    this.#at = 0;
    this.ended = this.walk.isOneWindow || this.#rows.length === 0;
    this.#last = this.#rows.at(-1) ?? this.#last;
  }
}

function byTime(a: FoundEvent, b: FoundEvent): number {
  return b.createdAtS - a.createdAtS || (a.id < b.id ? -1 : 1);
}
