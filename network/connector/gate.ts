/**
 * Checks every packet: whether the connector still accepts packets, and how much of the peer's money may be held here. The receiver
 * compares the amount with that limit when it decides about the packet, one packet after the other, so that simultaneous packets count
 * together.
 *
 * @module
 */
import type { Delivery } from "../../money/receiver/delivery.ts";
import type { HeldPackets } from "../../money/receiver/held_packets.ts";
import type { Peer } from "./peer.ts";

/** A delivery that can be closed. */
interface Gate extends Delivery {
  /** Refuses new packets from now on. Held packets continue. */
  close(): void;
  readonly closed: boolean;
}

/** `delivery` behind the gate. */
export function gate(
  delivery: Delivery,
  deps: { readonly peers: () => Iterable<Peer>; readonly held: () => HeldPackets },
): Gate {
  let closed = false;
  const stops = { reject: { code: "T01", message: "The connector is stopping; try again soon" } };
  const limitOf = (channelId: string, payer: string): bigint | null => {
    for (const peer of deps.peers()) {
      const { maxHeldUnits } = peer.options;
      if (maxHeldUnits !== undefined && peer.pays(channelId, payer)) return maxHeldUnits;
    }
    return null;
  };
  return {
    get closed() {
      return closed;
    },
    close() {
      closed = true;
    },
    async inspect(prepare, from) {
      if (closed) return stops;
      const seen = await delivery.inspect(prepare, from);
      if (from === null || "reject" in seen) return seen;
      const account = await deps.held().existing(from.channelId);
      const limit = account && limitOf(account.channelId, account.peer);
      return limit === null ? seen : { ...seen, maxHeldUnits: limit };
    },
    deliver: (row, prepare) => delivery.deliver(row, prepare),
    pass: (prepare, obligation) => delivery.pass(prepare, obligation),
  };
}
