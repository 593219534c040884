/**
 * The present state of a daemon's relay, connector and chain. It reads the daemon's own log lines of its sessions, so that no stage needs
 * another connection to the main thread. It asks the chain every few seconds while the home uses it.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { EvmChain } from "../money/evm/chain_connection.ts";
import { RELAY_WORDS } from "../peers/relay/relay_words.ts";
import { LEFT_OUT } from "../stages/relay_source_left_out.ts";
import { CONNECTOR_ANSWERED } from "../peers/connector/line_words.ts";
import type { Log } from "../base/log/log.ts";
import { latencyText } from "./latency_text.ts";
import { printable } from "./output.ts";

/** The state of one of them. */
export interface PeerState {
  readonly state: "connected" | "offline" | "connecting";
  /** Since when, RFC 3339. */
  readonly since: string;
  /** Why it is not connected. */
  readonly reason: string | null;
  /** The last round trip of a ping or question of this connection, in milliseconds; null if none was measured. */
  readonly latency_ms: number | null;
}

/** How one of the further relays is. */
interface FurtherRelay extends PeerState {
  /** Its address. */
  readonly relay_url: string;
}

/** How one of the further connectors is. */
export interface FurtherConnector extends PeerState {
  /** Its name in the configuration. */
  readonly name: string;
  readonly connector_btp: string;
}

/** Kept by a daemon. */
export interface LiveState {
  /** Receives every line of the daemon's log. */
  readonly log: Log;
  /** The present states; null for a peer that this network does not have. */
  now(): {
    readonly relay: PeerState;
    readonly connector: PeerState | null;
    readonly chain: PeerState | null;
  };
  /** The present states by name: `relay`, `connector`, `chain`, and `connector NAME` for a further connector. */
  peers(): Readonly<Record<string, PeerState | null>>;
  /** The further relays, in the order in which the configuration names them. */
  further(): readonly FurtherRelay[];
  /** The further connectors, in that order. */
  furtherConnectors(): readonly FurtherConnector[];
  /** These are the further connectors from now on. Those that stay keep their state. */
  useConnectors(connectors: readonly { readonly name: string; readonly url: string }[]): void;
  /** Asks the chain from now on, until the signal, but not while `rests` returns true: then the last answer counts. */
  follow(
    chain: Pick<EvmChain, "head">,
    signal: AbortSignal,
    how?: { readonly lateMs?: number; readonly rests?: () => boolean },
  ): void;
}

const ASK_MS = 5_000;
/** After this time without an answer, the chain counts as offline until it answers. Its RPC addresses are tried for much longer. */
const LATE_MS = 2_000;

/** Starts with unknown states. */
export function liveState(
  network: {
    readonly connector: boolean;
    readonly moreRelays?: readonly string[];
    readonly moreConnectors?: readonly { readonly name: string; readonly url: string }[];
  },
  clock: () => number,
): LiveState {
  const at = (state: PeerState["state"], reason: string | null = null): PeerState => ({
    state,
    since: new Date(clock()).toISOString(),
    reason,
    latency_ms: null,
  });
  let relay = at("connecting");
  let connector = network.connector ? at("connecting") : null;
  let chain: PeerState | null = null;
  // By the address as a session writes it.
  const further = new Map(
    (network.moreRelays ?? []).map((url) => [
      new URL(url).href,
      { relay_url: url, ...at("connecting") },
    ]),
  );
  // By the name that each of its lines has.
  const others = new Map<unknown, FurtherConnector>(
    (network.moreConnectors ?? []).map(({ name, url }) => [
      name,
      { name, connector_btp: url, ...at("connecting") },
    ]),
  );
  const next = (before: PeerState | null, now: PeerState): PeerState => ({
    ...now,
    ...before?.state === now.state ? { since: before.since } : {},
    latency_ms: now.state === "connected" ? now.latency_ms ?? before?.latency_ms ?? null : null,
  });
  /** A connector answers its first ping before it has accepted the sign-in. */
  const measured = <Peer extends PeerState | null>(peer: Peer, ms: number): Peer =>
    peer === null ? peer : { ...peer, latency_ms: ms };
  return {
    log(_level, msg, fields = {}) {
      const reason = typeof fields.reason === "string" ? fields.reason : null;
      const { latency_ms } = fields;
      if (typeof latency_ms === "number") {
        const other = further.get(String(fields.relay));
        if (msg === RELAY_WORDS.answered && fields.stage === "relay-source") {
          if (other === undefined) relay = measured(relay, latency_ms);
          else further.set(String(fields.relay), measured(other, latency_ms));
        }
        if (msg === CONNECTOR_ANSWERED && fields.stage === "prepare-sink") {
          const other = others.get(fields.connector);
          if (other !== undefined) others.set(other.name, measured(other, latency_ms));
          else connector = measured(connector, latency_ms);
        }
        return;
      }
      if (fields.stage === "relay-source") {
        const state = stateIn(msg);
        const other = further.get(String(fields.relay));
        if (state !== null && other !== undefined) {
          further.set(String(fields.relay), { ...other, ...next(other, at(state, reason)) });
        } else if (state !== null) relay = next(relay, at(state, reason));
      }
      if (fields.stage === "prepare-sink") {
        const gone = /^connector (offline|refused|connecting|unauthorized)$/.test(msg);
        const state = msg === "connector connected"
          ? at("connected")
          : gone
          ? at("offline", reason)
          : null;
        const other = others.get(fields.connector);
        if (state !== null && other !== undefined) {
          others.set(other.name, { ...other, ...next(other, state) });
        } else if (state !== null) connector = next(connector, state);
      }
    },
    now: () => ({ relay, connector, chain }),
    peers: () => ({
      ...{ relay, connector, chain },
      ...Object.fromEntries([...others.values()].map((each) => [`connector ${each.name}`, each])),
    }),
    further: () => [...further.values()],
    furtherConnectors: () => [...others.values()],
    useConnectors(connectors) {
      const before = new Map(others);
      others.clear();
      for (const { name, url } of connectors) {
        const kept = before.get(name);
        const same = kept?.connector_btp === url;
        others.set(name, same ? kept : { name, connector_btp: url, ...at("connecting") });
      }
    },
    follow(evm, signal, { lateMs = LATE_MS, rests = () => false } = {}) {
      let asking = false;
      chain ??= at("connecting");
      const ask = async () => {
        if (asking || rests()) return;
        asking = true;
        const late = setTimeout(() => {
          if (signal.aborted || chain?.state === "offline") return;
          chain = next(chain, at("offline", "the chain does not answer"));
        }, lateMs);
        try {
          const askedMs = performance.now();
          await evm.head(0);
          const latency_ms = Math.round(performance.now() - askedMs);
          chain = next(chain, { ...at("connected"), latency_ms });
        } catch (error) {
          if (!signal.aborted) chain = next(chain, at("offline", messageOf(error)));
        } finally {
          clearTimeout(late);
          asking = false;
        }
      };
      void ask();
      const timer = setInterval(() => void ask(), ASK_MS);
      signal.addEventListener("abort", () => clearInterval(timer), { once: true });
    },
  };
}

/** What a line of a relay's session says of it; null where it says nothing. */
function stateIn(msg: string): "connected" | "offline" | null {
  if (msg === RELAY_WORDS.connected) return "connected";
  const gone: readonly string[] = [RELAY_WORDS.lost, RELAY_WORDS.notReached, LEFT_OUT];
  return gone.includes(msg) ? "offline" : null;
}

/** `connected since 10:00:00Z, round trip 3 ms`, `offline since 10:00:00Z: connection refused`. */
export function stateText({ state, since, reason, latency_ms }: PeerState): string {
  const trip = typeof latency_ms !== "number" ? "" : `, round trip ${latencyText(latency_ms)}`;
  const words = `${state} since ${since.slice(0, 19)}Z${trip}`;
  return reason === null ? words : `${words}: ${printable(reason)}`;
}
