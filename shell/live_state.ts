/**
 * The present state of a daemon's relay, connector and chain. It reads the daemon's own log lines of its sessions, so that no stage needs
 * another connection to the main thread. It asks the chain every few seconds.
 *
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { EvmChain } from "../money/evm/chain_connection.ts";
import { RELAY_WORDS } from "../peers/relay/relay_connection.ts";
import { LEFT_OUT } from "../stages/relay_source_left_out.ts";
import type { Log } from "../base/log/log.ts";
import { printable } from "./output.ts";

/** The state of one of them. */
export interface PeerState {
  readonly state: "connected" | "offline" | "connecting";
  /** Since when, RFC 3339. */
  readonly since: string;
  /** Why it is not connected. */
  readonly reason: string | null;
}

/** How one of the further relays is. */
interface FurtherRelay extends PeerState {
  /** Its address. */
  readonly relay_url: string;
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
  /** The further relays, in the order in which the configuration names them. */
  further(): readonly FurtherRelay[];
  /** Asks the chain from now on, until the signal. */
  follow(chain: Pick<EvmChain, "head">, signal: AbortSignal, lateMs?: number): void;
}

const ASK_MS = 5_000;
/** The most age of a chain head that counts as an answer. */
const HEAD_MS = 3_000;
/** After this time without an answer, the chain counts as offline until it answers. Its RPC addresses are tried for much longer. */
const LATE_MS = 2_000;

/** Starts with unknown states. */
export function liveState(
  network: { readonly connector: boolean; readonly moreRelays?: readonly string[] },
  clock: () => number,
): LiveState {
  const at = (state: PeerState["state"], reason: string | null = null): PeerState => ({
    state,
    since: new Date(clock()).toISOString(),
    reason,
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
  const next = (before: PeerState | null, now: PeerState): PeerState =>
    before?.state === now.state ? { ...now, since: before.since } : now;
  return {
    log(_level, msg, fields = {}) {
      const reason = typeof fields.reason === "string" ? fields.reason : null;
      if (fields.stage === "relay-source") {
        const state = stateIn(msg);
        const other = further.get(String(fields.relay));
        if (state !== null && other !== undefined) {
          further.set(String(fields.relay), { ...other, ...next(other, at(state, reason)) });
        } else if (state !== null) relay = next(relay, at(state, reason));
      }
      if (fields.stage === "prepare-sink") {
        if (msg === "connector connected") connector = next(connector, at("connected"));
        else if (/^connector (offline|refused|connecting|unauthorized)$/.test(msg)) {
          connector = next(connector, at("offline", reason));
        }
      }
    },
    now: () => ({ relay, connector, chain }),
    further: () => [...further.values()],
    follow(evm, signal, lateMs = LATE_MS) {
      let asking = false;
      chain ??= at("connecting");
      const ask = async () => {
        if (asking) return;
        asking = true;
        const late = setTimeout(() => {
          if (signal.aborted || chain?.state === "offline") return;
          chain = next(chain, at("offline", "the chain does not answer"));
        }, lateMs);
        try {
          await evm.head(HEAD_MS);
          chain = next(chain, at("connected"));
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

/** `connected since 10:00:00Z`, `offline since 10:00:00Z: connection refused`. */
export function stateText({ state, since, reason }: PeerState): string {
  const words = `${state} since ${since.slice(0, 19)}Z`;
  return reason === null ? words : `${words}: ${printable(reason)}`;
}
