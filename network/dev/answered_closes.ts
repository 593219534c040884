/**
 * Before `dev advance` moves the chain's clock by days, waits until the network's connector has claimed what closed channels owe it. On a
 * real chain, the connector has the whole grace period for this.
 *
 * @module
 */
import type { Chain } from "../../money/evm/chain.ts";
import type { Store } from "../../store/store.ts";

const LOOK_MS = 200;

/**
 * Waits until the chain shows everything that closed channels owe the connector, but at most `waitMs`. A channel for which the chain does
 * not answer is not waited for.
 */
export async function untilClosesAnswered(
  { store, chain, ownAddress }: {
    readonly store: Pick<Store, "listReceiverChannels">;
    readonly chain: Pick<Chain, "channel">;
    /** The connector's address on the chain, in lower-case hex. */
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
