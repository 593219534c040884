/**
 * The items of a source that are not settled yet. They are sent again from here when a worker was replaced.
 *
 * Held: every unsettled item with its bytes, at most `maxItems` and `maxBytes` (one item may exceed the latter alone). When
 * full, the host stops reading the source. Pure: the host sends, waits and quarantines.
 *
 * @module
 */
import type { Batch, Item, Settlement } from "../stages/stage.ts";

/** Bounds of the memory. */
export interface UnsettledBounds {
  /** 4,096 unless told. */
  readonly maxItems?: number;
  /** 16 MiB unless told. */
  readonly maxBytes?: number;
}

/** Deaths in flight after which an item is poison. */
const POISON_DEATHS = 2;

interface Entry {
  readonly item: Item;
  /** Sent since the last death. */
  inFlight: boolean;
  deaths: number;
}

/** The unsettled items of one source, in the order in which it gave them. */
export class Unsettled {
  readonly #entries = new Map<number, Entry>();
  readonly #maxItems: number;
  readonly #maxBytes: number;
  #bytes = 0;
  #next = 0;

  /** Makes an empty memory. */
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

  /** Whether the source must not be read now. */
  get full(): boolean {
    return this.#entries.size >= this.#maxItems || this.#bytes >= this.#maxBytes;
  }

  /** Every item with a lower sequence number is settled. */
  get cursor(): number {
    const first = this.#entries.keys().next();
    return first.done ? this.#next : first.value;
  }

  /** Remembers a batch before it is sent. Throws UnsettledError `order` when sequence numbers do not rise. */
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

  /** Notes that an item is on its way. */
  sent(seq: number): void {
    const entry = this.#entries.get(seq);
    if (entry !== undefined) entry.inFlight = true;
  }

  /** Forgets what was settled; gives back those that were held, so that nothing is told twice. */
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
   * A worker died: whatever was in flight, and is not safe in the hands of a living sink, carries one death more. Gives the
   * items that have now died twice; the host quarantines and settles them.
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

  /** What must be sent again, oldest first: all that is held but for what a living sink has in hand. */
  again(inHand: ReadonlySet<number>): Item[] {
    return [...this.#entries.values()].map(({ item }) => item).filter(({ seq }) =>
      !inHand.has(seq)
    );
  }
}

/** A source that breaks its contract. */
class UnsettledError extends Error {
  /** Always `UnsettledError`. */
  override readonly name = "UnsettledError";
  /** Sequence numbers must rise. */
  readonly code = "order";
}
