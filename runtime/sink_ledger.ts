/**
 * What a sink has in hand and what it has settled, so that an item which is sent again is neither run nor settled twice.
 *
 * Held: every item in hand (bounded by the source's memory) and at least the last `remembered` settlements (at most twice as many), which are told again when
 * their item comes again, because an acknowledgement may be lost with the port that carried it.
 *
 * @module
 */
import type { Batch, Item, Settlement } from "../stages/stage.ts";

/** The ledger of one living sink. */
export class SinkLedger {
  readonly #inHand = new Set<number>();
  /** The younger half of what is remembered, and the older: deleting the oldest of one map costs a search each time. */
  #settled = new Map<number, Settlement>();
  #older = new Map<number, Settlement>();
  readonly #remembered: number;

  /** Makes an empty ledger. */
  constructor(remembered = 65_536) {
    this.#remembered = remembered;
  }

  /** Items that the sink was given and has not settled. */
  get inHand(): ReadonlySet<number> {
    return this.#inHand;
  }

  /** Splits what came: items that are new, which are in hand from now on, and settlements to tell again. */
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

  /** Notes what the sink settled; gives back those that were in hand, so that a second settlement goes nowhere. */
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
