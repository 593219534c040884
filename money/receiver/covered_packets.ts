/**
 * An account's packets that wait for the signed claim that covers them (docs/money.md#covered-claims). Nothing of them is stored or decided
 * before.
 *
 * Held: at most {@link MAX_COVERED} packets. The next signed claim of the account ends their wait.
 *
 * @module
 */
import { MAX_COVERED } from "../../protocols/evm/covered_claim.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import { type LiveRow, tell } from "./live_row.ts";

/** A packet with a claim that has no signature. */
export interface CoveredPacket {
  readonly live: LiveRow;
  /** Null if the packet cannot be decoded. */
  readonly prepare: Prepare | null;
  /** The nonce of the claim that covers it. */
  readonly coveredBy: number;
}

/** The waiting packets of one account. */
export class CoveredPackets {
  readonly #waiting = new Map<number, CoveredPacket>();

  /** Whether no further packet may wait. */
  get full(): boolean {
    return this.#waiting.size >= MAX_COVERED;
  }

  /** The waiting packet with this nonce. */
  find(nonce: number): LiveRow | undefined {
    return this.#waiting.get(nonce)?.live;
  }

  /** Ends the wait of the packet with this nonce without an answer, if there is one. */
  drop(nonce: number): void {
    const live = this.find(nonce);
    if (live === undefined) return;
    this.#waiting.delete(nonce);
    tell(live, null);
  }

  /** Adds a packet. */
  add(packet: CoveredPacket): void {
    this.#waiting.set(packet.live.row.nonce, packet);
  }

  /** Removes and returns the packets that a signed claim covers. */
  coveredBy(nonce: number): CoveredPacket[] {
    return this.#take((packet) => packet.coveredBy === nonce);
  }

  /** Removes and returns the packets that a signed claim has overtaken. */
  overtaken(nonce: number): CoveredPacket[] {
    return this.#take((packet) => packet.coveredBy <= nonce || packet.live.row.nonce <= nonce);
  }

  /** Ends all waits without an answer. */
  end(): void {
    for (const { live } of this.#take(() => true)) tell(live, null);
  }

  /** In the order of their nonces. */
  #take(matches: (packet: CoveredPacket) => boolean): CoveredPacket[] {
    const taken = [...this.#waiting.values()].filter(matches);
    for (const { live } of taken) this.#waiting.delete(live.row.nonce);
    return taken.sort((a, b) => a.live.row.nonce - b.live.row.nonce);
  }
}
