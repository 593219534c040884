/**
 * Records what a sink has in hand and what it has settled, so that an item that is sent again is neither processed nor settled twice.
 *
 * Held: every item in hand (limited by the source), and between `remembered` and twice as many of the last settlements. They are sent again
 * when their item comes again, because an acknowledgement may be lost with its port.
 *
 * @module
 */
import type { Batch, Item, Settlement } from "../stages/stage.ts";

/** The ledger of one living sink. */
export class SinkLedger {
  readonly #inHand = new Set<number>();
  /** The newer half of the settlements, and the older half. Deleting the oldest entries of a single map would be slow. */
  #settled = new Map<number, Settlement>();
  #older = new Map<number, Settlement>();
  readonly #remembered: number;

  /** Makes an empty ledger. */
  constructor(remembered = 65_536) {
    this.#remembered = remembered;
  }

  /** Items that the sink received and has not settled. */
  get inHand(): ReadonlySet<number> {
    return this.#inHand;
  }

  /** Splits a received batch into new items, which are now in hand, and settlements to send again. */
  take(batch: Batch): { fresh: Item[]; again: Settlement[] } {
    const fresh: Item[] = [];
    const again: Settlement[] = [];
    for (const item of batch) {
      const settled = this.#settled.get(item.seq) ?? this.#older.get(item.seq);
      if (settled !== undefined) again.push(settled);
      else if (!this.#inHand.has(item.seq)) {
        this.#inHand.add(item.seq);
        fresh.push(item);
      }
    }
    return { fresh, again };
  }

  /** Records settlements. Returns those whose item was in hand, so that a second settlement is ignored. */
  settle(settled: readonly Settlement[]): Settlement[] {
    return settled.filter((settlement) => {
      if (!this.#inHand.delete(settlement.seq)) return false;
      this.#settled.set(settlement.seq, settlement);
      if (this.#settled.size >= this.#remembered) {
        this.#older = this.#settled;
        this.#settled = new Map();
      }
      return true;
    });
  }
}
