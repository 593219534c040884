/**
 * Which packet pays which obligation. An obligation is paid once (docs/money.md#packets).
 *
 * Held: an entry for each packet that is held, and one for each that is not decided yet.
 *
 * @module
 */
import type { IncomingPacketRow, Store } from "../../store/store.ts";
import { forwardObligation, type IncomingRef } from "./delivery.ts";

/** What the store knows of an obligation. It is asked while earlier packets are still being decided. */
interface Lookup {
  readonly obligation: string;
  readonly row: IncomingRef;
  readonly stored: Promise<IncomingPacketRow | null>;
  /** True once another packet has reserved the obligation since the store was asked. Then the store is asked again. */
  stale: boolean;
}

/** The obligations of one receiver. */
export class Reservations {
  readonly #holders = new Map<string, IncomingRef>();
  /** The lookups that wait for their packet's turn, by obligation. */
  readonly #lookups = new Map<string, Set<Lookup>>();

  /** At first nothing is reserved. */
  constructor(private readonly store: Pick<Store, "incomingByObligation">) {}

  /** Asks the store for the packet that paid an obligation. {@link reserve} must follow. */
  look(obligation: string, row: IncomingRef): Lookup {
    // Only this packet can pay the obligation to forward it.
    const own = obligation === forwardObligation(row);
    const stored = own ? Promise.resolve(null) : this.store.incomingByObligation(obligation);
    stored.catch(() => {});
    const lookup = { obligation, row, stored, stale: this.#heldByOther(obligation, row) };
    const others = this.#lookups.get(obligation);
    if (others === undefined) this.#lookups.set(obligation, new Set([lookup]));
    else others.add(lookup);
    return lookup;
  }

  /**
   * Reserves the obligation for the packet of this lookup. `paid` is the earlier answer if it was paid, `held` if another packet has
   * reserved it, null if it was free.
   */
  async reserve(
    lookup: Lookup,
  ): Promise<{ readonly paid: Uint8Array | "held" | null }> {
    const { obligation, row } = lookup;
    this.#end(lookup);
    if (this.#heldByOther(obligation, row)) return { paid: "held" };
    this.take(obligation, row);
    const stored = lookup.stale
      ? await this.store.incomingByObligation(obligation)
      : await lookup.stored;
    if (stored === null || isSame(stored, row)) return { paid: null };
    return { paid: stored.state === "fulfilled" ? stored.answer ?? new Uint8Array(0) : "held" };
  }

  /** Reserves an obligation without a check, for a packet that the store has as held. */
  take(obligation: string, { channelId, nonce }: IncomingRef): void {
    this.#holders.set(obligation, { channelId, nonce });
    for (const lookup of this.#lookups.get(obligation) ?? []) lookup.stale = true;
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

  #end(lookup: Lookup): void {
    const lookups = this.#lookups.get(lookup.obligation);
    lookups?.delete(lookup);
    if (lookups?.size === 0) this.#lookups.delete(lookup.obligation);
  }

  #heldByOther(obligation: string, row: IncomingRef): boolean {
    const holder = this.#holders.get(obligation);
    return holder !== undefined && !isSame(holder, row);
  }
}

function isSame(a: IncomingRef, b: IncomingRef): boolean {
  return a.channelId === b.channelId && a.nonce === b.nonce;
}
