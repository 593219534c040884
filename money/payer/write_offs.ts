/**
 * The amount that a connector wrote off at one next hop today, and its limit (docs/money.md#write-off). Without the limit, a payer and a
 * next hop of the same owner could drain the connector: the next hop fulfils after the write-off, when the payer already has its credit
 * back.
 *
 * Nothing is held here. The figures are those of the channels with that next hop.
 *
 * @module
 */
import type { Payer } from "./payer.ts";
import type { Timers } from "../../base/timers.ts";

/** The write-offs of one next hop, for display. */
export interface WriteOffStatus {
  /** The amount written off today and not refused since, in base units. */
  readonly todayUnits: bigint;
  /** The amount written off on any day that still has no answer. */
  readonly inDoubtUnits: bigint;
  readonly limitUnits: bigint;
  /**
   * True if the limit is used up. Then no packet is sent to this next hop until the day ends, or until the next hop refuses written-off
   * packets.
   */
  readonly halted: boolean;
}

/** The write-offs of one next hop. */
export class WriteOffs {
  /** `payers` returns the payers of every channel with the next hop on which packets were written off today. */
  constructor(
    readonly limitUnits: bigint,
    readonly payers: () => Iterable<Pick<Payer, "writtenOffToday" | "status">>,
    readonly timers: Pick<Timers, "now">,
  ) {}

  /** Whether this amount may still be written off today. If not, a packet of this amount is not accepted. */
  allows(amount: bigint): boolean {
    return this.#today() + amount <= this.limitUnits;
  }

  /** The current figures. */
  status(): WriteOffStatus {
    const todayUnits = this.#today();
    const inDoubtUnits = [...this.payers()].reduce((sum, each) => sum + each.status().inDoubt, 0n);
    const { limitUnits } = this;
    return { todayUnits, inDoubtUnits, limitUnits, halted: todayUnits >= limitUnits };
  }

  #today(): bigint {
    const now = this.timers.now();
    let units = 0n;
    for (const payer of this.payers()) units += payer.writtenOffToday(now);
    return units;
  }
}
