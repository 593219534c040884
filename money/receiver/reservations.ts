/**
 * Which packet pays which obligation. An obligation is paid once (docs/money.md#packets).
 *
 * Held: an entry for each packet that is held or not decided yet.
 *
 * @module
 */
import type { Store } from "../../store/store.ts";
import type { IncomingRef } from "./delivery.ts";

/** The obligations of one receiver. */
export class Reservations {
  readonly #holders = new Map<string, IncomingRef>();

  /** At first nothing is reserved. */
  constructor(private readonly store: Pick<Store, "incomingByObligation">) {}

  /**
   * Reserves an obligation for a packet. `paid` is the earlier answer if it was paid, `held` if another packet has reserved it, null if it
   * was free.
   */
  async reserve(
    obligation: string,
    row: IncomingRef,
  ): Promise<{ readonly paid: Uint8Array | "held" | null }> {
    const other = this.#holders.get(obligation);
    if (other !== undefined && !isSame(other, row)) return { paid: "held" };
    this.take(obligation, row);
    const stored = await this.store.incomingByObligation(obligation);
    if (stored === null || isSame(stored, row)) return { paid: null };
    return { paid: stored.state === "fulfilled" ? stored.answer ?? new Uint8Array(0) : "held" };
  }

  /** Reserves an obligation without a check, for a packet that the store has as held. */
  take(obligation: string, { channelId, nonce }: IncomingRef): void {
    this.#holders.set(obligation, { channelId, nonce });
  }

  /** Releases the obligation of a packet that will not pay it. */
  release(obligation: string, row: IncomingRef): void {
    const holder = this.#holders.get(obligation);
    if (holder !== undefined && isSame(holder, row)) this.#holders.delete(obligation);
  }

  /** Releases everything that packets of this channel reserved. */
  forget(channelId: string): void {
    for (const [obligation, ref] of this.#holders) {
      if (ref.channelId === channelId) this.#holders.delete(obligation);
    }
  }
}

function isSame(a: IncomingRef, b: IncomingRef): boolean {
  return a.channelId === b.channelId && a.nonce === b.nonce;
}
