/**
 * The rows of events that were read recently, by id. A read by id of one of them needs no statement, which is a third of its cost.
 *
 * Holds at most {@link RECENT_ROWS} rows, about 300 bytes each. The row that was not used for the longest time is removed first. Ids come
 * from the database: an id of a message would keep the text of the whole message in memory.
 *
 * @module
 */
import type { FoundEvent } from "./event_search.ts";
import type { View } from "./filter_query.ts";

/** The most rows that are held. */
const RECENT_ROWS = 16_384;

/** A row, with the columns that decide whether a reader finds it by its id. */
interface RecentRow extends FoundEvent {
  readonly kind: number;
  readonly expiresAtS: number | null;
}

/** The recent rows of one database. */
export class RecentRows {
  readonly #rows = new Map<string, RecentRow>();
  readonly #most: number;

  /** Holds at most this many. */
  constructor(most = RECENT_ROWS) {
    this.#most = most;
  }

  /** Holds a row of the database. */
  add(row: RecentRow): void {
    this.#rows.delete(row.id);
    this.#rows.set(row.id, row);
    if (this.#rows.size > this.#most) this.#rows.delete(this.#rows.keys().next().value!);
  }

  /** The row with this id. Null if it is not held, or if this reader may not find it: then the database must be searched. */
  find(id: string, { nowS, privateKinds }: View): FoundEvent | null {
    const row = this.#rows.get(id);
    if (row === undefined) return null;
    if (row.expiresAtS !== null && row.expiresAtS <= nowS) return null;
    if (privateKinds.includes(row.kind)) return null;
    this.#rows.delete(id);
    this.#rows.set(id, row);
    return row;
  }

  /** Forgets a removed row. */
  forget(id: string): void {
    this.#rows.delete(id);
  }
}
