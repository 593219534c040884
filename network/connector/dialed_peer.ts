/**
 * A peer that this connector dials. It works like a peer that signs in, over a line that reconnects automatically.
 *
 * @module
 */
import { wireOf } from "../../protocols/wires/wires.ts";
import { makeProof } from "../../peers/connector/channel_proof.ts";
import { Dialer } from "../../peers/connector/dialer.ts";
import type {
  ConnectorDeps,
  ConnectorOptions,
  DialOptions,
  LineTo,
  SessionStatus,
} from "./connector_options.ts";
import type { Peer } from "./peer.ts";
import type { ServeFrame } from "./serve_frames.ts";

/** A line to a peer. */
interface DialedPeer {
  readonly line: LineTo;
  /** Null while there is no session. */
  readonly session: SessionStatus | null;
  close(): void;
}

/** How often to look for a channel that the peer may have opened, in milliseconds. */
const PROVE_MS = 2_000;

/**
 * Dials the peer. We trust the peer's configured URL, so packets may be sent to it as soon as the session is open. We prove our own key of
 * the channel at sign-in.
 */
export function dialPeer(
  peer: Peer,
  dial: DialOptions,
  options: Pick<ConnectorOptions, "chain" | "ilpAddress">,
  deps: Pick<ConnectorDeps, "signer" | "timers" | "log"> & { readonly serve: ServeFrame },
): DialedPeer {
  const { timers, log, serve } = deps;
  const proof = async () => {
    const channelId = peer.payer?.channelId;
    if (!channelId?.startsWith("0x")) return null;
    return await makeProof(deps.signer, { ...options.chain, channelId }, timers.now());
  };
  /** If a channel is found later, signs in again with its proof on the open session. */
  const proveLater = (session: object) => {
    timers.after(PROVE_MS, () => {
      if (dialer.session !== session) return;
      if (peer.payer === null) return proveLater(session);
      void dialer.signInAgain();
    });
  };
  const dialer: Dialer = new Dialer({
    url: dial.url,
    auth: dial.auth ?? wireOf(dial.wire).namelessAuth(options.ilpAddress),
    wire: wireOf(dial.wire),
    timers,
    random: Math.random,
    log,
    proof,
    onSession: (session) => {
      peer.receive(session, null);
      if (peer.payer === null) proveLater(session);
    },
    onEnd: (session) => peer.leave(session),
    onMessage: serve,
    onStatus: () => {},
  });
  return {
    get line() {
      return { peer: peer.options.username, url: dial.url, line: dialer.status };
    },
    get session() {
      const { session, status } = dialer;
      return session === null ? null : {
        username: peer.options.username,
        guest: false,
        wire: dial.wire,
        proven: peer.receiving === session,
        dialed: true,
        sinceMs: status.sinceMs,
        inFlight: session.inFlight,
      };
    },
    close: () => dialer.close(),
  };
}
