/**
 * Keeps one authenticated BTP session with a connector: dials, signs in, and dials again with backoff when the session ends.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import { type Auth, type ChannelProof } from "../../protocols/btp/auth.ts";
import type { Wire } from "../../protocols/btp/wire.ts";
import type { Log } from "../../base/log/log.ts";
import {
  clockFields,
  clockOffsetMs,
  CLOCKS_DIFFER,
  clocksDiffer,
} from "../../base/clock_offset.ts";
import type { Timers } from "../../base/timers.ts";
import { backoffMs, RELAY_BACKOFF } from "../../base/backoff.ts";
import { BtpError } from "./btp_error.ts";
import { BtpSession } from "./btp_session.ts";
import { ClientSocket } from "../socket/client_socket.ts";
import { CONNECTOR_ANSWERED } from "./line_words.ts";
import { type BtpSessionOptions, MAX_FRAME_BYTES } from "./btp_session_options.ts";

const HANDSHAKE_MS = 10_000;
const AUTH_MS = 5_000;
/** After a session that lasted at least this long, the backoff starts again at its shortest wait. */
const STABLE_MS = 10_000;

/** The status of the line to the connector. */
export interface LineStatus {
  readonly state:
    | "connecting"
    | "connected"
    | "offline"
    | "unauthorized"
    | "closed";
  /** When this state began, in milliseconds since the epoch. */
  readonly sinceMs: number;
  /** The reason, to show to people; null while connected. */
  readonly reason: string | null;
  /** How far the connector's clock is ahead of ours. Null or missing if the connector sent no time. */
  readonly clockOffsetMs?: number | null;
}

/** One dialer's settings. */
interface DialerOptions {
  /** `btp+ws://host:port` or `btp+wss://`. Username and password in the URL are ignored. */
  readonly url: string;
  readonly auth: { readonly username: string; readonly token: string } | null;
  readonly wire: Wire;
  readonly timers: Timers;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly log: Log;
  /** Makes a new proof for each session that must prove its channel's key. Returns null while no channel is known. */
  readonly proof?: () => Promise<ChannelProof | null>;
  readonly onSession: (session: BtpSession) => void;
  readonly onEnd: (session: BtpSession) => void;
  readonly onMessage: BtpSessionOptions["onMessage"];
  readonly onStatus: (status: LineStatus) => void;
  readonly pingMs?: number;
  /** See BtpSessionOptions. */
  readonly maxFrameBytes?: number;
  /** True if only addresses of the public internet are connected. */
  readonly publicOnly?: boolean;
}

/** Keeps the line up until {@link Dialer.close}. */
export class Dialer {
  session: BtpSession | null = null;
  #status: LineStatus;
  #attempt = 0;
  #stopped = false;
  #cancelRetry: () => void = () => {};
  #opening: BtpSession | ClientSocket | null = null;
  #clockOffsetMs: number | null = null;

  /** Starts to dial at once. */
  constructor(readonly options: DialerOptions) {
    this.#status = {
      state: "connecting",
      sinceMs: options.timers.now(),
      reason: null,
    };
    void this.#dial();
  }

  /** The line's status. */
  get status(): LineStatus {
    return this.#status;
  }

  /** Ends the session and stops dialing. */
  close(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#cancelRetry();
    this.session?.close();
    if (this.#opening instanceof BtpSession) this.#opening.close();
    else this.#opening?.terminate();
    this.#tell("closed", "closed by us");
  }

  /** Signs in again on the open session, because there is a proof now that did not exist at the first sign-in. */
  async signInAgain(): Promise<void> {
    const { session } = this;
    if (session === null) return;
    await this.#signIn(session).catch((error) => {
      this.options.log("warn", "second sign-in failed", { reason: messageOf(error) });
      session.close();
    });
  }

  async #dial(): Promise<void> {
    let code = "offline" as "offline" | "unauthorized";
    let reason: string;
    try {
      const socket = await this.#open();
      let ended!: (reason: string) => void;
      const end = new Promise<string>((resolve) => ended = resolve);
      const session = new BtpSession(socket, {
        wire: this.options.wire,
        timers: this.options.timers,
        pingMs: this.options.pingMs,
        maxFrameBytes: this.options.maxFrameBytes,
        onMessage: this.options.onMessage,
        onClosed: ended,
        onPong: (latency_ms) => this.options.log("debug", CONNECTOR_ANSWERED, { latency_ms }),
        onFault: (error) => this.options.log("warn", "BTP fault", { code: error.code }),
      });
      this.#opening = session;
      await this.#signIn(session);
      this.#opening = null;
      this.session = session;
      const sinceMs = this.options.timers.now();
      this.#tell("connected", null);
      this.options.onSession(session);
      reason = await end;
      // If a connector accepts the sign-in but soon breaks the session off, the waits grow as if it had refused.
      if (this.options.timers.now() - sinceMs >= STABLE_MS) this.#attempt = 0;
      this.session = null;
      this.options.onEnd(session);
    } catch (error) {
      if (this.#opening instanceof BtpSession) this.#opening.close();
      this.#opening = null;
      reason = messageOf(error);
      if (error instanceof BtpError && error.code === "unauthorized") {
        code = "unauthorized";
      }
    }
    if (this.#stopped) return;
    this.#tell(code, reason);
    const { timers, random } = this.options;
    const waitMs = backoffMs(RELAY_BACKOFF, this.#attempt++, random());
    this.#cancelRetry = timers.after(waitMs, () => void this.#dial());
  }

  #open(): Promise<ClientSocket> {
    const url = new URL(this.options.url.replace(/^btp\+/, ""));
    url.username = "";
    url.password = "";
    const socket = new ClientSocket(url.href, {
      maxPayload: this.options.maxFrameBytes ?? MAX_FRAME_BYTES,
      handshakeTimeout: HANDSHAKE_MS,
      publicOnly: this.options.publicOnly,
    });
    this.#opening = socket;
    const { timers, log } = this.options;
    const sentAtMs = timers.now();
    socket.once("open", (date) => {
      this.#clockOffsetMs = clockOffsetMs(date, sentAtMs, timers.now());
      if (!clocksDiffer(this.#clockOffsetMs)) return;
      log("warn", CLOCKS_DIFFER, clockFields(this.#clockOffsetMs, "connector"));
    });
    return new Promise((resolve, reject) => {
      const failed = (error: Error) =>
        reject(
          new BtpError(
            "connect",
            `Cannot reach the connector: ${error.message}`,
          ),
        );
      socket.on("error", failed);
      socket.once("open", () => {
        socket.off("error", failed);
        if (!this.#stopped) return resolve(socket);
        socket.terminate();
        reject(new BtpError("closed", "closed while connecting"));
      });
    });
  }

  async #signIn(session: BtpSession): Promise<void> {
    const { auth, wire } = this.options;
    const proof = await this.options.proof?.() ?? undefined;
    const credentials: Auth = {
      username: auth?.username ?? "",
      token: auth?.token ?? "",
      ...(proof === undefined ? {} : { proof }),
    };
    try {
      await session.requestFrame(
        (id) => wire.authFrame(id, credentials),
        AUTH_MS,
      );
    } catch (error) {
      if (!(error instanceof BtpError) || error.code !== "peer_error") {
        throw error;
      }
      throw new BtpError(
        "unauthorized",
        `The connector refused the sign-in: ${error.message}`,
      );
    }
  }

  #tell(state: LineStatus["state"], reason: string | null): void {
    if (this.#status.state === "closed") return;
    const same = this.#status.state === state;
    const sinceMs = same ? this.#status.sinceMs : this.options.timers.now();
    this.#status = { state, sinceMs, reason, clockOffsetMs: this.#clockOffsetMs };
    if (same) return;
    this.options.log(
      state === "connected" ? "info" : "warn",
      `connector ${state}`,
      {
        reason: reason ?? undefined,
      },
    );
    this.options.onStatus(this.#status);
  }
}
