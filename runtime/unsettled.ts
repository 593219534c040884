/**
 * The unsettled items of a source. After a worker was replaced, they are sent again from here.
 *
 * Held: every unsettled item with its bytes, at most `maxItems` and `maxBytes` (a single item may exceed `maxBytes`). When it is full, the
 * host stops reading the source. This class has no effects: the host sends, waits and quarantines.
 *
 * @module
 */
import type { Batch, Item, Settlement } from "../stages/stage.ts";

/** Limits of the unsettled items. */
export interface UnsettledBounds {
  /** Default 4,096. */
  readonly maxItems?: number;
  /** Default 16 MiB. */
  readonly maxBytes?: number;
}

/** An item is poison after this number of deaths while it was in flight. */
const POISON_DEATHS = 2;

interface Entry {
  readonly item: Item;
  /** Whether it was sent since the last death. */
  inFlight: boolean;
  deaths: number;
}

/** The unsettled items of one source, in the order in which the source returned them. */
export class Unsettled {
  readonly #entries = new Map<number, Entry>();
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #next = 0;

  /** Makes an empty collection. */
  constructor(bounds: UnsettledBounds = {}) {
    this.#maxItems = bounds.maxItems ?? 4096;
    this.#maxBytes = bounds.maxBytes ?? 16 * 1024 * 1024;
  }

  /** Items held. */
  get size(): number {
    return this.#entries.size;
  }

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether reading the source must pause. */
  get full(): boolean {
    return this.#entries.size >= this.#maxItems || this.#bytes >= this.#maxBytes;
  }

  /** Every item with a lower sequence number is settled. */
  get cursor(): number {
    const first = this.#entries.keys().next();
    return first.done ? this.#next : first.value;
  }

  /** Adds a batch before it is sent. Throws UnsettledError `order` if sequence numbers do not rise. */
  add(batch: Batch): void {
    for (const item of batch) {
      if (!Number.isSafeInteger(item.seq) || item.seq < this.#next) {
        throw new UnsettledError(`Cannot take item ${item.seq}: must be ${this.#next} or higher`);
      }
      this.#next = item.seq + 1;
      this.#entries.set(item.seq, { item, inFlight: false, deaths: 0 });
      this.#bytes += item.bytes.length;
    }
  }

  /** Records that an item was sent. */
  sent(seq: number): void {
    const entry = this.#entries.get(seq);
    if (entry !== undefined) entry.inFlight = true;
  }

  /** Removes settled items. Returns those that were held, so that nothing is reported twice. */
  settle(settled: readonly Settlement[]): Settlement[] {
    return settled.filter(({ seq }) => {
      const entry = this.#entries.get(seq);
      if (entry === undefined) return false;
      this.#entries.delete(seq);
      this.#bytes -= entry.item.bytes.length;
      return true;
    });
  }

  /** Whether an item still waits for its settlement. */
  has(seq: number): boolean {
    return this.#entries.has(seq);
  }

  /**
   * Counts a death for every item that was in flight, unless a living sink has it in hand. Returns the items that have now died twice; the
   * host quarantines and settles them.
   */
  died(inHand: ReadonlySet<number>): Item[] {
    const poison: Item[] = [];
    for (const [seq, entry] of this.#entries) {
      if (!entry.inFlight || inHand.has(seq)) continue;
      entry.inFlight = false;
      entry.deaths++;
      if (entry.deaths >= POISON_DEATHS) poison.push(entry.item);
    }
    return poison;
  }

  /** The items to send again, oldest first: all except those that a living sink has in hand. */
  again(inHand: ReadonlySet<number>): Item[] {
    return [...this.#entries.values()].map(({ item }) => item).filter(({ seq }) =>
      !inHand.has(seq)
    );
  }
}

/** A source that violates its contract. */
class UnsettledError extends Error {
  /** Always `UnsettledError`. */
  override readonly name = "UnsettledError";
  /** Sequence numbers must rise. */
  readonly code = "order";
}
