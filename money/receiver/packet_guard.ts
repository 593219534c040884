/**
 * Accepts packets only through channels that the channel manager allows (docs/money.md#channels): not while a channel closes, the chain's
 * head is too old, or gas for claims is missing. The claim itself is accepted in any case (docs/money.md#packets Q3).
 *
 * Held: the manager's answers, at most 4,096, each for a second. The oldest is dropped first.
 *
 * @module
 */
import { codeText } from "../../base/thrown.ts";
import type { Delivery } from "./delivery.ts";
import type { ChannelManager } from "../claims/channel_manager.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";

const MAX_AGE_MS = 1_000;
const MAX_KNOWN = 4_096;

interface Known {
  readonly atMs: number;
  readonly refused: Promise<string | null>;
}

/**
 * Returns a delivery that asks the manager first. If the manager cannot answer, packets are refused. Without a manager, every channel may
 * be used.
 */
export function guardedDelivery(
  delivery: Delivery,
  manager: Pick<ChannelManager, "refusesPackets"> | undefined,
  deps: { readonly timers: Timers; readonly log: Log },
): Delivery {
  if (manager === undefined) return delivery;
  const known = new Map<string, Known>();
  const refuses = (channelId: string): Promise<string | null> => {
    const now = deps.timers.now();
    const before = known.get(channelId);
    if (before !== undefined && Math.abs(now - before.atMs) < MAX_AGE_MS) return before.refused;
    const refused = manager.refusesPackets(channelId).catch((error) =>
      `the channel manager cannot say: ${codeText(error)}`
    ).then((reason) => {
      // The reason concerns this program (gas, the chain), so it goes only into our own log.
      if (reason !== null) deps.log("warn", "packets refused", { channel: channelId, reason });
      return reason;
    });
    known.delete(channelId);
    known.set(channelId, { atMs: now, refused });
    if (known.size > MAX_KNOWN) known.delete(known.keys().next().value!);
    return refused;
  };
  return {
    async inspect(prepare, from) {
      // A peer without claims has no channel on the chain.
      if (from?.channelId.startsWith("0x") && await refuses(from.channelId) !== null) {
        return { reject: { code: "T01", message: "This channel accepts no packets now" } };
      }
      return await delivery.inspect(prepare, from);
    },
    deliver: (row, prepare) => delivery.deliver(row, prepare),
    asker: (prepare) => delivery.asker?.(prepare) ?? "stranger",
    pass: (prepare, obligation) => delivery.pass(prepare, obligation),
  };
}
