/**
 * What is asked of every packet before its way is looked for: whether the connector still takes any, and how much its peer may have
 * held here. The amount is compared when the packet is decided, in its turn, so that packets that come together count each other.
 *
 * @module
 */
import type { Delivery } from "../../money/receiver/delivery.ts";
import type { HeldPackets } from "../../money/receiver/held_packets.ts";
import type { Peer } from "./peer.ts";

/** A delivery that can be closed. */
interface Gate extends Delivery {
  /** From now on new packets are refused; what is held goes on. */
  close(): void;
  readonly closed: boolean;
}

/** `delivery` behind the gate. */
export function gate(
  delivery: Delivery,
  deps: { readonly peers: () => Iterable<Peer>; readonly held: () => HeldPackets },
): Gate {
  let closed = false;
  const stops = { reject: { code: "T01", message: "The connector stops; ask again soon" } };
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
