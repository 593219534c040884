/**
 * Packets without money. They are inspected and answered without a row in the store. Their number is limited: for strangers, who ask for
 * quotes, and then for each other sort of askers. So a crowd of strangers keeps nobody from paying the next increment of a job.
 *
 * @module
 */
import { RateLimit } from "../../base/rate_limit.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { PacketDecisions } from "./packet_decisions.ts";
import type { Reply } from "./live_row.ts";
import type { ReceiverDeps, ReceiverOptions } from "./receiver_options.ts";
import type { Refusals } from "./refusals.ts";
import type { Asker } from "./terminal.ts";

/** The sorts of askers in the words of a refusal. */
const SORTS: Readonly<Record<Asker, string>> = {
  stranger: "from strangers",
  known: "from buyers that paid before",
  job: "about jobs",
  wrapped: "in gift wraps",
};

/** The free packets of one receiver, with a limited rate. */
export class FreePackets {
  readonly #limits: Readonly<Record<Asker, RateLimit>>;

  /** `decisions` checks packets, `refusals` makes the answers. */
  constructor(
    options: Pick<ReceiverOptions, "freePackets">,
    readonly deps: Pick<ReceiverDeps, "delivery" | "store" | "timers">,
    readonly decisions: Pick<PacketDecisions, "faultOf">,
    readonly refusals: Refusals,
  ) {
    const limit = () => new RateLimit(...options.freePackets ?? [20, 5]);
    this.#limits = { stranger: limit(), known: limit(), job: limit(), wrapped: limit() };
  }

  /** The answer. It counts against the session's own `limit` if that is given, otherwise against the receiver's. */
  async answer(prepare: Prepare, limit?: RateLimit): Promise<Reply> {
    const { deps: { delivery, store, timers }, refusals } = this;
    const now = timers.now();
    const plain = (packet: Uint8Array): Reply => ({ packet, ack: null });
    const exceeded = this.#exceeded(prepare, now, limit);
    if (exceeded !== null) {
      return plain(refusals.reject("T05", `Too many packets of amount 0 ${exceeded}`));
    }
    const fault = this.decisions.faultOf(prepare, now);
    if (fault !== null) return plain(refusals.terminal(fault));
    const seen = await delivery.inspect(prepare, null);
    if ("reject" in seen) return plain(refusals.terminal(seen.reject));
    const effect = await delivery.pass(prepare, seen.obligation);
    if (effect.changes?.length) await store.commit(effect.changes);
    return plain(refusals.effect(effect, prepare.condition).answer);
  }

  /** Whose limit is used up; null if the packet is within it. */
  #exceeded(prepare: Prepare, now: number, limit: RateLimit | undefined): string | null {
    if (limit !== undefined) return limit.take(now) ? null : "in this session";
    if (this.#limits.stranger.take(now)) return null;
    const asker = this.deps.delivery.asker?.(prepare) ?? "stranger";
    return asker !== "stranger" && this.#limits[asker].take(now) ? null : SORTS[asker];
  }
}
