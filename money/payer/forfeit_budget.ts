/**
 * The forfeits of a day at a strict peer (docs/money.md#strict-peers). Each refusal there loses the packet's amount. At a daily limit,
 * payments stop.
 *
 * @module
 */
const DAY_MS = 86_400_000;

/** One peer's losses of one day. They are stored as a cursor. */
export class ForfeitBudget {
  readonly #maxUnits: bigint;
  #day = 0;
  #lost = 0n;

  /** `stored` is the stored {@link ForfeitBudget.value}. Null for a new one. */
  constructor(maxUnits: bigint, stored: string | null) {
    this.#maxUnits = maxUnits;
    const match = /^(\d{1,9}):(\d{1,30})$/.exec(stored ?? "");
    if (match) {
      this.#day = Number(match[1]);
      this.#lost = BigInt(match[2]);
    }
  }

  /** Whether another packet may be risked. A clock that was set back does not start a new day. */
  allows(nowMs: number): boolean {
    return this.#today(nowMs) === 0n || this.#lost < this.#maxUnits;
  }

  /** Whether another loss of this amount stays within the limit. It is asked before a retry. */
  allowsRetry(amount: bigint, nowMs: number): boolean {
    return this.#today(nowMs) + amount <= this.#maxUnits;
  }

  /** Records a loss. */
  lose(amount: bigint, nowMs: number): void {
    this.#lost = this.#today(nowMs) + amount;
  }

  /** The stored form. */
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
