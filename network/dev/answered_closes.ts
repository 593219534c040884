/**
 * The network's clock jumps over days, in which a real connector has all the time it needs. So before it jumps, the network's own
 * connector has on the chain what it is owed of channels that were closed.
 *
 * @module
 */
import type { Chain } from "../../money/evm/chain.ts";
import type { Store } from "../../store/store.ts";

const LOOK_MS = 200;

/** Waits, at most so long, until no closed channel owes the connector more than the chain says. Where the chain does not answer, it does not wait. */
export async function untilClosesAnswered(
  { store, chain, ownAddress }: {
    readonly store: Pick<Store, "listReceiverChannels">;
    readonly chain: Pick<Chain, "channel">;
    /** The connector's on the chain, lower-case hex. */
    readonly ownAddress: string;
  },
  waitMs: number,
): Promise<void> {
  const untilMs = performance.now() + waitMs;
  for (let waiting = true; waiting && performance.now() < untilMs;) {
    waiting = false;
    for (const { channelId, credited } of await store.listReceiverChannels()) {
      const facts = await chain.channel(channelId, { fresh: true }).catch(() => null);
      if (facts?.state !== "closed") continue;
      const payer = facts.participants.find(({ address }) => address !== ownAddress);
      waiting ||= payer !== undefined && payer.claimedUnits < credited;
    }
    if (waiting) await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}
