/**
 * One peer's session at the connector: sign-in within a few seconds, the channel's proof where it wants to receive, then packets.
 *
 * @module
 */
import type WebSocket from "ws";
import { type ChannelProof } from "../../protocols/btp/auth.ts";
import type { Frame } from "../../protocols/btp/frame.ts";
import { detectWire } from "../../protocols/btp/crosstown_wire.ts";
import type { Secp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { Receiver } from "../../services/channel/receiver.ts";
import { BtpError } from "../../services/connector/btp_error.ts";
import { BtpSession, type Content } from "../../services/connector/btp_session.ts";
import { checkProof } from "../../services/connector/channel_proof.ts";
import { servePacket } from "../../services/connector/packet_server.ts";
import type { ConnectorDeps, SessionStatus } from "./connector_options.ts";
import { type Peer, type Peers, secretMatches } from "./peers.ts";

const DEFAULT_AUTH_MS = 5_000;
const CLOSE_AFTER_MS = 100;

/** What a session works on. */
export interface PeerSessionDeps extends Pick<ConnectorDeps, "chain" | "timers" | "log"> {
  readonly peers: Peers;
  readonly receiver: Receiver;
  readonly secp: Secp256k1;
  readonly paymentAddress: string;
  readonly authMs?: number;
  readonly onClosed: (session: PeerSession) => void;
}

/** A session, signed in or about to be. */
export class PeerSession {
  readonly #deps: PeerSessionDeps;
  readonly #session: BtpSession;
  readonly #sinceMs: number;
  readonly #cancelAuth: () => void;
  #peer: Peer | null = null;
  #signingIn = false;
  #proven = false;

  /** Takes over an accepted socket. */
  constructor(socket: WebSocket, deps: PeerSessionDeps) {
    this.#deps = deps;
    this.#sinceMs = deps.timers.now();
    this.#session = new BtpSession(socket, {
      wire: detectWire,
      timers: deps.timers,
      onMessage: (frame) => this.#serve(frame),
      onClosed: () => this.#ended(),
      onFault: (error) => deps.log("warn", "BTP fault of a peer", { code: error.code }),
    });
    this.#cancelAuth = deps.timers.after(
      deps.authMs ?? DEFAULT_AUTH_MS,
      () => this.#session.close(1008, "not signed in in time"),
    );
  }

  /** Null until it is signed in. */
  get status(): SessionStatus | null {
    if (this.#peer === null) return null;
    const { username } = this.#peer.options;
    return {
      username,
      wire: this.#session.wire!.name,
      proven: this.#proven,
      sinceMs: this.#sinceMs,
    };
  }

  /** Ends it. */
  close(reason: string): void {
    this.#session.close(1001, reason);
  }

  async #serve(frame: Frame): Promise<Content | null> {
    if (this.#peer !== null) {
      return await servePacket(frame, this.#deps.receiver, this.#peer.account);
    }
    if (this.#signingIn) throw new BtpError("unauthorized", "Sign in first", "F00");
    this.#signingIn = true;
    try {
      return await this.#signIn(frame);
    } catch (error) {
      this.#deps.timers.after(CLOSE_AFTER_MS, () => this.#session.close(1008, "not signed in"));
      throw new BtpError("unauthorized", (error as Error).message, "F00");
    }
  }

  async #signIn(frame: Frame): Promise<Content> {
    const { peers, log } = this.#deps;
    const auth = this.#session.wire!.parseAuth(frame);
    if (auth === null) throw new BtpError("unauthorized", "The first frame must sign in");
    const peer = peers.get(auth.username);
    if (!secretMatches(peer, auth.token)) {
      log("warn", "sign-in refused", { username: auth.username.slice(0, 64) });
      throw new BtpError("unauthorized", "Unknown name or wrong secret");
    }
    const proven = await this.#proves(peer!, auth.proof);
    this.#cancelAuth();
    this.#peer = peer!;
    // The answer to the sign-in goes out first; the first packet to the peer behind it.
    this.#deps.timers.after(0, () => {
      if (proven && this.#session.closed === null) this.#proven = peer!.receive(this.#session);
    });
    log("info", "peer signed in", {
      username: auth.username,
      wire: this.#session.wire!.name,
      proven,
    });
    return { protocolData: [] };
  }

  /** A proof that does not hold ends the sign-in; without one the session may only pay. */
  async #proves(peer: Peer, proof: ChannelProof | undefined): Promise<boolean> {
    const { chain, secp, paymentAddress, timers } = this.#deps;
    const { channelId } = peer.options;
    // A peer without a channel has no key to prove: its configured secret is all there is.
    if (channelId === null) return true;
    if (proof === undefined) return false;
    const facts = await chain.channel(channelId);
    if (facts === null) throw new BtpError("unauthorized", "The peer's channel is unknown");
    const fault = checkProof(secp, proof, facts, paymentAddress, timers.now());
    if (fault !== null) throw new BtpError("unauthorized", `The channel's proof: ${fault}`);
    return true;
  }

  #ended(): void {
    this.#cancelAuth();
    this.#peer?.leave(this.#session);
    this.#deps.onClosed(this);
  }
}
