/**
 * One peer's session at the connector: first a sign-in within a few seconds, with the channel's proof if the peer wants to receive; then
 * packets.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type WebSocket from "ws";
import { type Frame, protocolDataOf } from "../../protocols/btp/frame.ts";
import { detectWire } from "../../protocols/wires/wires.ts";
import { RateLimit } from "../../base/rate_limit.ts";
import { BtpError } from "../../peers/connector/btp_error.ts";
import { BtpSession } from "../../peers/connector/btp_session.ts";
import type { Content } from "../../peers/connector/btp_session_options.ts";
import type { ConnectorDeps, SessionStatus } from "./connector_options.ts";
import { type ServeFrame, serveFrames, type ServeFramesDeps } from "./serve_frames.ts";
import type { Peer } from "./peer.ts";
import { identify, type SignedIn, signIn, type SignInDeps } from "./sign_in.ts";

const CLOSE_AFTER_MS = 100;

/** What a session needs. */
export interface PeerSessionDeps extends SignInDeps, Pick<ConnectorDeps, "log"> {
  readonly frames: ServeFramesDeps;
  readonly authMs: number;
  /** Reserves a session of this peer, or of guests (null). False if none is free. Called once, before the chain is asked. */
  readonly admit: (peer: Peer | null) => boolean;
  readonly onClosed: () => void;
}

/** A session, before or after its sign-in. */
export class PeerSession {
  readonly #deps: PeerSessionDeps;
  readonly #session: BtpSession;
  readonly #sinceMs: number;
  readonly #cancelAuth: () => void;
  #as: SignedIn | null = null;
  #answer: ServeFrame | null = null;
  #signingIn = false;
  readonly #again = new RateLimit(4, 0.2);

  /** Starts a session on an accepted socket. */
  constructor(socket: WebSocket, deps: PeerSessionDeps) {
    this.#deps = deps;
    this.#sinceMs = deps.timers.now();
    this.#session = new BtpSession(socket, {
      wire: detectWire,
      timers: deps.timers,
      onMessage: (frame, wire) => this.#serve(frame, wire),
      onClosed: () => this.#ended(),
      onFault: (error) => deps.log("warn", "BTP fault of a peer", { code: error.code }),
    });
    this.#cancelAuth = deps.timers.after(
      deps.authMs,
      () => this.#session.close(1008, "no sign-in in time"),
    );
  }

  /** The session's status; null until it has signed in. */
  get status(): SessionStatus | null {
    const as = this.#as;
    if (as === null) return null;
    return {
      username: as.name,
      guest: as.peer === null,
      wire: this.#session.wire!.name,
      proven: as.peer !== null && as.peer.receiving === this.#session,
      dialed: false,
      sinceMs: this.#sinceMs,
      inFlight: this.#session.inFlight,
    };
  }

  /** Ends the session with 1001. */
  close(reason: string): void {
    this.#session.close(1001, reason);
  }

  async #serve(...[frame, wire]: Parameters<ServeFrame>): Promise<Content | null> {
    if (this.#as !== null) {
      if (frame.packet === undefined && protocolDataOf(frame, "auth") !== undefined) {
        return await this.#signInAgain(frame, this.#as);
      }
      return await this.#answer!(frame, wire);
    }
    if (this.#signingIn) throw new BtpError("unauthorized", "Sign in first", "F00");
    this.#signingIn = true;
    try {
      return await this.#signIn(frame);
    } catch (error) {
      this.#deps.timers.after(CLOSE_AFTER_MS, () => this.#session.close(1008, "not signed in"));
      throw new BtpError("unauthorized", messageOf(error), "F00");
    }
  }

  async #signIn(frame: Frame): Promise<Content> {
    const { log, admit } = this.#deps;
    const auth = this.#session.wire!.parseAuth(frame);
    if (auth === null) throw new BtpError("unauthorized", "The first frame must be a sign-in");
    let as: SignedIn;
    try {
      const peer = identify(auth, this.#deps);
      if (!admit(peer)) throw new BtpError("unauthorized", tooMany(peer));
      as = await signIn(auth, peer, this.#deps);
    } catch (error) {
      log("warn", "sign-in refused", { username: auth.username.slice(0, 64) });
      throw error;
    }
    this.#cancelAuth();
    this.#as = as;
    this.#answer = serveFrames(as.account, as.peer, this.#deps.frames);
    const { name, peer, proven, channelId } = as;
    // The answer to the sign-in must be sent before the first packet to the peer.
    this.#deps.timers.after(0, () => {
      if (proven && this.#session.closed === null) peer?.receive(this.#session, channelId);
    });
    log("info", "peer signed in", { username: name, wire: this.#session.wire!.name, proven });
    return { protocolData: [] };
  }

  /** A second sign-in on an open session. It may bring a proof that did not exist before, and changes nothing else. */
  async #signInAgain(frame: Frame, before: SignedIn): Promise<Content> {
    const auth = this.#session.wire!.parseAuth(frame);
    if (auth === null || !this.#again.take(this.#deps.timers.now())) {
      throw new BtpError("unauthorized", "Signed in already", "F00");
    }
    let as: SignedIn;
    try {
      const peer = identify(auth, this.#deps);
      if (peer !== before.peer) throw new BtpError("unauthorized", "The username has changed");
      as = await signIn(auth, peer, this.#deps);
    } catch (error) {
      throw new BtpError("unauthorized", messageOf(error), "F00");
    }
    this.#as = as;
    this.#answer = serveFrames(as.account, as.peer, this.#deps.frames);
    if (as.proven && !before.proven) {
      this.#deps.timers.after(0, () => {
        if (this.#session.closed === null) as.peer?.receive(this.#session, as.channelId);
      });
    }
    return { protocolData: [] };
  }

  #ended(): void {
    this.#cancelAuth();
    this.#as?.peer?.leave(this.#session);
    this.#deps.onClosed();
  }
}

function tooMany(peer: Peer | null): string {
  return peer === null ? "Too many guests" : "Too many sessions of this name";
}
