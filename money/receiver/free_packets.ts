/**
 * Packets without money. They are inspected and answered without a row in the store.
 *
 * @module
 */
import { RateLimit } from "../../base/rate_limit.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { PacketDecisions } from "./packet_decisions.ts";
import type { Reply } from "./receiver_account.ts";
import type { ReceiverDeps, ReceiverOptions } from "./receiver_options.ts";
import type { Refusals } from "./refusals.ts";

/** The free packets of one receiver, with a limited rate. */
export class FreePackets {
  readonly #limit: RateLimit;

  /** `decisions` checks packets, `refusals` makes the answers. */
  constructor(
    options: Pick<ReceiverOptions, "freePackets">,
    readonly deps: Pick<ReceiverDeps, "delivery" | "store" | "timers">,
    readonly decisions: Pick<PacketDecisions, "faultOf">,
    readonly refusals: Refusals,
  ) {
    this.#limit = new RateLimit(...options.freePackets ?? [20, 5]);
  }

  /** The answer. It counts against the session's own `limit` if that is given, otherwise against the receiver's. */
  async answer(prepare: Prepare, limit: RateLimit = this.#limit): Promise<Reply> {
    const { deps: { delivery, store, timers }, refusals } = this;
    const now = timers.now();
    const plain = (packet: Uint8Array): Reply => ({ packet, ack: null });
    if (!limit.take(now)) return plain(refusals.reject("T05", "Too many packets of amount 0"));
    const fault = this.decisions.faultOf(prepare, now);
    if (fault !== null) return plain(refusals.terminal(fault));
    const seen = await delivery.inspect(prepare, null);
    if ("reject" in seen) return plain(refusals.terminal(seen.reject));
    const effect = await delivery.pass(prepare, seen.obligation);
    if (effect.changes?.length) await store.commit(effect.changes);
    return plain(refusals.effect(effect, prepare.condition).answer);
  }
}
