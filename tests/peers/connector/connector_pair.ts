import type { ConnectorClientOptions } from "../../../peers/connector/connector_client.ts";
import { manyConnectors, type NamedConnector } from "../../../peers/connector/many_connectors.ts";
import { systemTimers } from "../../../base/timers.ts";
import { type Rig, rig } from "../../network/connector/rig.ts";
import { countingTerminal } from "../../network/connector/counting_terminal.ts";

interface Pair extends AsyncDisposable {
  readonly west: Rig;
  readonly east: Rig;
  readonly lines: string[];
  /** Moves the clock of the buyer. */
  later(ms: number): void;
  /** The buyer's connectors, made anew, as after a start. */
  open(change?: Change): ReturnType<typeof manyConnectors>;
}

interface Change {
  readonly west?: Partial<NamedConnector> & { readonly options?: Partial<ConnectorClientOptions> };
  readonly east?: Partial<NamedConnector> & { readonly options?: Partial<ConnectorClientOptions> };
}

export const route = (prefix: string) => ({ prefix, to: { terminal: "relay" } });

/** Two connectors, each with its own key and store, and one buyer with a channel to each. */
export async function pair(
  west: readonly string[] = ["test.hub.relay", "test.west"],
  east: readonly string[] = ["test.hub.relay", "test.east"],
  terminals = [countingTerminal(), countingTerminal()],
): Promise<Pair> {
  const one = await rig({ routes: west.map(route) }, terminals[0]);
  const two = await rig({ routes: east.map(route) }, terminals[1], undefined, {}, "second hub");
  let shiftMs = 0;
  const timers = { ...systemTimers, now: () => Date.now() + shiftMs };
  const lines: string[] = [];
  const log = (_level: string, msg: string) => void lines.push(msg);
  return {
    west: one,
    east: two,
    lines,
    later: (ms) => void (shiftMs += ms),
    open(change = {}) {
      const named = (name: "west" | "east", net: Rig): NamedConnector => {
        const { options, ...more } = change[name] ?? {};
        return {
          name,
          peerAddress: net.hub.address,
          reaches: [],
          peerRule: "credit",
          client: net.client(
            {
              auth: { username: "buyer", token: "buyer token" },
              channel: { channelId: net.channels.buyer.channelId, peerAddress: net.hub.address },
              ...options,
            },
            one.buyer,
            { timers, log },
          ),
          ...more,
        };
      };
      return manyConnectors([named("west", one), named("east", two)], {
        store: one.buyer.store,
        timers,
        log,
      });
    },
    async [Symbol.asyncDispose]() {
      await two[Symbol.asyncDispose]();
      await one[Symbol.asyncDispose]();
    },
  };
}

/** The amounts that the buyer signed at each connector. */
export async function signed({ west, east }: Pair): Promise<readonly [bigint, bigint]> {
  const of = async (net: Rig) =>
    (await west.buyer.store.payerChannel(net.channels.buyer.channelId))?.signed ?? 0n;
  return [await of(west), await of(east)];
}

/** The effects at each connector. */
export function effects({ west, east }: Pair): readonly [number, number] {
  return [west.terminal.effects.size, east.terminal.effects.size];
}

/** A terminal that answers nothing until it is let. */
export function stalling() {
  const { promise, resolve } = Promise.withResolvers<null>();
  return { terminal: countingTerminal({ effect: () => promise }), go: () => resolve(null) };
}

/** A connector that is barred until it is let. */
export function barrier() {
  const state = { why: "its terms expired" as string | null };
  return { state, barred: () => Promise.resolve(state.why) };
}
