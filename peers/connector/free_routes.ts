/**
 * Sends packets of amount 0 over the connectors that reach their destination (docs/connectors.md). They cost nothing, so if the preferred
 * connector has no answer after a moment, the next one is asked too, and the first answer counts.
 *
 * Held: a session with each connector that was asked, and with the first one if that was prepared.
 *
 * @module
 */
import type { Wire } from "../../protocols/btp/wire.ts";
import type { Log } from "../../base/log/log.ts";
import { firstOf } from "../../base/first_of.ts";
import type { Timers } from "../../base/timers.ts";
import { connectorsFor } from "./connector_choice.ts";
import { freePackets } from "./free_packets.ts";

/** A connector for packets of amount 0. */
export interface FreeConnector {
  readonly url: string;
  readonly auth: { readonly username: string; readonly token: string } | null;
  /** The ILP prefixes that it reaches. An empty list reaches every address. */
  readonly reaches: readonly string[];
  /** `host:port`. */
  readonly host: string;
  /** True if only addresses of the public internet are connected. */
  readonly publicOnly?: boolean;
}

type FreePackets = ReturnType<typeof freePackets>;

interface FreeRoutes extends FreePackets {
  /** Opens the session with the first connector, unless it is barred. */
  prepare(): Promise<void>;
}

/** How long a connector has before the next one is asked too. */
const NEXT_MS = 1_000;

/** Opens no session before the first packet or `prepare()`. `barred` says why a connector is not asked; it must not reject. */
export function freeRoutes(
  connectors: readonly FreeConnector[],
  wire: Wire,
  deps: { readonly timers: Timers; readonly random: () => number; readonly log: Log },
  barred: (connector: FreeConnector) => Promise<string | null> = () => Promise.resolve(null),
): FreeRoutes {
  const sessions = new Map<string, FreePackets>();
  let closed = false;
  const all = connectors.map((each) => ({ ...each, peerRule: "credit" as const }));
  const over = ({ url, auth, publicOnly }: FreeConnector): FreePackets => {
    const open = sessions.get(url) ??
      freePackets({ connectorBtp: url, auth, wire, publicOnly }, deps);
    sessions.set(url, open);
    return open;
  };
  return {
    async prepare() {
      const [first] = all;
      // The question may outlast the routes.
      if (first !== undefined && await barred(first) === null && !closed) over(first);
    },
    async send(packet, signal) {
      const reaching = connectorsFor(packet.destination, all);
      const whys = await Promise.all(reaching.map(barred));
      const tries = reaching.filter((_each, at) => whys[at] === null)
        .map((each) => () => over(each).send(packet, signal));
      if (tries.length > 0) return await firstOf(tries, NEXT_MS, deps.timers);
      const why = whys.find((each) => each !== null);
      throw new Error(why ?? `no connector reaches ${packet.destination}`);
    },
    [Symbol.dispose]() {
      closed = true;
      for (const session of sessions.values()) session[Symbol.dispose]();
    },
  };
}
