/**
 * Packets are taken only through channels that the channel manager says may be used (docs/money.md#channels): not while one closes, the chain's
 * head is old, or gas to claim is missing. The claim itself is taken in all the same (docs/money.md#packets Q3).
 *
 * Held: the manager's answers, at most 4,096, each for a second; the oldest goes first.
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

/** `delivery` behind the manager's word; a manager that cannot say refuses. Without one every channel may be used. */
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
      // The reason is about us (gas, the chain): it is for our own log.
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
      // A peer without claims has no channel.
      if (from?.channelId.startsWith("0x") && await refuses(from.channelId) !== null) {
        return { reject: { code: "T01", message: "This channel accepts no packets now" } };
      }
      return await delivery.inspect(prepare, from);
    },
    deliver: (row, prepare) => delivery.deliver(row, prepare),
    pass: (prepare, obligation) => delivery.pass(prepare, obligation),
  };
}
