/**
 * What a connector wrote off at one next hop today, against the limit of it (docs/money.md#write-off). Without the limit a payer and a
 * next hop of one owner would drain the connector: the next hop fulfils after the write-off, when the payer has its credit back.
 *
 * Nothing is held here: the figures are those of the channels with that next hop.
 *
 * @module
 */
import type { Payer } from "./payer.ts";
import type { Timers } from "../../base/timers.ts";

/** The write-offs of one next hop, for people. */
export interface WriteOffStatus {
  /** Written off today and not refused since, base units. */
  readonly todayUnits: bigint;
  /** Written off on any day, and still without an answer. */
  readonly inDoubtUnits: bigint;
  readonly limitUnits: bigint;
  /** Nothing is left of the limit: no packet goes there until the day ends or the next hop refuses what was written off. */
  readonly halted: boolean;
}

/** One next hop's write-offs. */
export class WriteOffs {
  /** `payers` are those of every channel with the next hop that was written off on today. */
  constructor(
    readonly limitUnits: bigint,
    readonly payers: () => Iterable<Pick<Payer, "writtenOffToday" | "status">>,
    readonly timers: Pick<Timers, "now">,
  ) {}

  /** Whether this much more may be written off today. A packet that may not is not taken. */
  allows(amount: bigint): boolean {
    return this.#today() + amount <= this.limitUnits;
  }

  /** The figures as they are now. */
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
