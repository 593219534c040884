/**
 * What strict peers cost today (docs/money.md#strict-peers): each refusal there loses its amount, up to a limit a day, then we stop.
 *
 * @module
 */
const DAY_MS = 86_400_000;

/** One peer's losses of one day, kept as a cursor in the store. */
export class ForfeitBudget {
  readonly #maxUnits: bigint;
  #day = 0;
  #lost = 0n;

  /** `stored` is what {@link ForfeitBudget.value} gave; null for a new one. */
  constructor(maxUnits: bigint, stored: string | null) {
    this.#maxUnits = maxUnits;
    const match = /^(\d{1,9}):(\d{1,30})$/.exec(stored ?? "");
    if (match) {
      this.#day = Number(match[1]);
      this.#lost = BigInt(match[2]);
    }
  }

  /** Whether a packet may still be risked. A clock that was set back does not open a new day. */
  allows(nowMs: number): boolean {
    return this.#today(nowMs) === 0n || this.#lost < this.#maxUnits;
  }

  /** Whether losing this much more stays within the limit; asked before a retry. */
  allowsRetry(amount: bigint, nowMs: number): boolean {
    return this.#today(nowMs) + amount <= this.#maxUnits;
  }

  /** Books a loss. */
  lose(amount: bigint, nowMs: number): void {
    this.#lost = this.#today(nowMs) + amount;
  }

  /** As stored. */
  get value(): string {
    return `${this.#day}:${this.#lost}`;
  }

  #today(nowMs: number): bigint {
    const day = Math.floor(nowMs / DAY_MS);
    if (day > this.#day) {
      this.#day = day;
      this.#lost = 0n;
    }
    return this.#lost;
  }
}
