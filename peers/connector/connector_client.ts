/**
 * The session with one connector. It pays obligations, requests quotes and balances, receives packets if configured, and reconnects
 * automatically after the connection was lost.
 *
 * Held: the payer's queues (1,024 waiting payments, 64 open packets) and, for providers, the receiver's queues.
 *
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { ChannelProof } from "../../protocols/btp/auth.ts";
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import type { Frame } from "../../protocols/btp/frame.ts";
import type { AccountFigures } from "../../money/claims/claim_ack.ts";
import { CommitLane } from "../../money/claims/commit_lane.ts";
import { type PacketOutcome, refusedHere } from "../../money/claims/outcome.ts";
import type { PayRequest } from "../../money/payer/payment_entry.ts";
import type { PacketCodec } from "../../money/claims/packet_link.ts";
import type { Receiver } from "../../money/receiver/receiver.ts";
import type { PayingAccount } from "../../money/receiver/receiver_options.ts";
import { BtpError } from "./btp_error.ts";
import type { BtpSession } from "./btp_session.ts";
import type { Content } from "./btp_session_options.ts";
import {
  authOf,
  type ConnectorClient,
  type ConnectorClientDeps,
  type ConnectorClientOptions,
  type ConnectorStatus,
  payingAccount,
} from "./client_options.ts";
import { ChannelFinder } from "./channel_finder.ts";
import { makeProof } from "./channel_proof.ts";
import { clocksDiffer, clockWords } from "../../base/clock_offset.ts";
import { Dialer, type LineStatus } from "./dialer.ts";
import { servePacket } from "./packet_server.ts";
import type { IldcpResponse } from "../../protocols/ilp/ildcp.ts";
import { askIldcp } from "./ildcp.ts";
import { PaidChannels } from "./paid_channels.ts";
import { payAgain } from "./pay_again.ts";
import { sendProbe } from "./probe.ts";
import { askClaimState } from "./session_link.ts";

export type { PacketOutcome } from "../../money/claims/outcome.ts";
export type {
  ConnectorClient,
  ConnectorClientDeps,
  ConnectorClientOptions,
} from "./client_options.ts";
import { type ClientParts, openParts } from "./client_parts.ts";

/** Starts a session. It dials at once. Payments wait until it is connected, or until their signal aborts. */
export function connectorClient(
  options: ConnectorClientOptions,
  deps: ConnectorClientDeps,
): ConnectorClient {
  return new Client(options, deps);
}

/** How often to look for a channel that another part of the program may open, in milliseconds. */
const FIND_MS = 2_000;

class Client implements ConnectorClient {
  readonly #lane: CommitLane;
  readonly #listeners = new Set<(status: LineStatus) => void>();
  readonly #ready: Promise<ClientParts>;
  readonly #from: PayingAccount | null;
  readonly #codec: PacketCodec;
  #dialer: Dialer | null = null;
  #closed = false;
  #lastLine: LineStatus;

  constructor(
    readonly options: ConnectorClientOptions,
    readonly deps: ConnectorClientDeps,
  ) {
    this.#lastLine = {
      state: "connecting",
      sinceMs: deps.timers.now(),
      reason: null,
    };
    this.#from = payingAccount(options);
    // With the wire's own codec, a packet that the wire cannot carry is refused before its claim is signed.
    const wire = wireOf(options.wire);
    this.#codec = wire.carriesInnerForm ? wire : innerPackets;
    this.#lane = deps.lane ?? new CommitLane(deps.store);
    this.#ready = this.#start();
    this.#ready.catch((error) =>
      deps.log("error", "connector session cannot start", {
        reason: messageOf(error),
      })
    );
  }

  async pay(
    request: Omit<PayRequest, "incoming" | "expiresAtMs">,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<PacketOutcome> {
    if (this.#closed) {
      return refusedHere("closed", "The session is closed: nothing was sent");
    }
    let parts: ClientParts;
    try {
      parts = await this.#ready;
    } catch (error) {
      return refusedHere(
        "store",
        `The store cannot be read: ${messageOf(error)}`,
      );
    }
    const found = parts.finder === null
      ? { payer: parts.channels.current! }
      : await parts.finder.payerFor(request, signal);
    if ("refused" in found) return found.refused;
    const { payer } = found;
    const outcome = await payAgain(() => payer.pay(request, { signal }), request, {
      timers: this.deps.timers,
      store: this.deps.store,
      codec: this.#codec,
      // Without claims a refusal costs nothing.
      mayRetry: async () =>
        (this.options.channel === null || payer.mayRetry(request.amount)) &&
        (await this.deps.barred?.() ?? null) === null,
    }, signal);
    return withClock(outcome, this.#lastLine.clockOffsetMs);
  }

  async probe(
    request: { readonly destination: string; readonly data: Uint8Array },
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<PacketOutcome> {
    const session = this.#dialer?.session ?? null;
    if (session === null) {
      return { state: "unknown", reason: "no connection to the connector" };
    }
    return await sendProbe(
      session,
      this.#codec,
      request,
      this.deps.timers,
      signal,
    );
  }

  async sendFree(
    request: Pick<PayRequest, "destination" | "data" | "condition">,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<PacketOutcome> {
    if (this.#closed) {
      return refusedHere("closed", "The session is closed: nothing was sent");
    }
    await this.#ready.catch(() => undefined);
    const session = this.#dialer?.session ?? await this.#nextSession(signal);
    if (session === null) return refusedHere("cancelled", "Cancelled before it was sent");
    return await sendProbe(session, this.#codec, request, this.deps.timers, signal);
  }

  /** Waits for the next session. Null if the wait was aborted or this client was closed. */
  async #nextSession(signal: AbortSignal | undefined): Promise<BtpSession | null> {
    let stop = () => {};
    const changed = new Promise<void>((resolve) => {
      stop = this.onStatus(({ state }) => {
        if (state === "connected" || state === "closed") resolve();
      });
      if (signal?.aborted || this.#closed) resolve();
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
    await changed;
    stop();
    return signal?.aborted ? null : this.#dialer?.session ?? null;
  }

  async resolve(
    options: { readonly signal?: AbortSignal } = {},
  ): Promise<number> {
    return await (await this.#ready).channels.resolve(options);
  }

  async account(): Promise<AccountFigures | null> {
    const session = this.#dialer?.session ?? null;
    if (session === null) return null;
    const { channels } = await this.#ready;
    const state = await askClaimState(session, channels.current?.channelId ?? null);
    if (state === null) return null;
    const { nonce, credited, spent, held } = state;
    return { nonce, credited, spent, held };
  }

  async address(): Promise<IldcpResponse | null> {
    const session = this.#dialer?.session ?? null;
    return session === null ? null : await askIldcp(session, this.deps.timers);
  }

  async status(): Promise<ConnectorStatus> {
    const parts = await this.#ready.catch(() => null);
    return {
      url: this.options.url,
      line: this.#lastLine,
      payer: parts?.channels.current?.status() ?? null,
      receiver: parts?.receiver?.status() ?? [],
    };
  }

  onStatus(listener: (status: LineStatus) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const parts = await this.#ready.catch(() => null);
    await parts?.channels.close();
    if (this.deps.receiver === undefined) await parts?.receiver?.close();
    this.#dialer?.close();
  }

  async #start(): Promise<ClientParts> {
    const parts = await openParts(this.options, this.deps, this.#lane, this.#codec);
    if (this.deps.receiver === undefined) parts.receiver?.held.resume();
    if (!this.#closed) this.#dialer = this.#dial(parts);
    return parts;
  }

  #dial(parts: ClientParts): Dialer {
    const { options, deps } = this;
    const { channels, finder, receiver } = parts;
    const receives = receiver !== null && this.#from?.kind === "channel";
    // Without a username, only the channel's key identifies our account.
    const nameless = options.auth === null && options.peerRule === "credit";
    const proves = options.channel !== null && (receives || nameless);
    return new Dialer({
      url: options.url,
      auth: authOf(options),
      wire: wireOf(options.wire),
      timers: deps.timers,
      random: deps.random,
      log: deps.log,
      pingMs: options.pingMs,
      maxFrameBytes: options.maxFrameBytes,
      proof: proves ? () => this.#proof(channels, finder) : undefined,
      onSession: (session) => {
        channels.attach(session);
        this.#proveLater(parts, session);
      },
      onEnd: () => channels.detach(),
      onMessage: (frame) => this.#serve(frame, receiver),
      onStatus: (status) => {
        this.#lastLine = status;
        for (const listener of this.#listeners) listener(status);
      },
    });
  }

  /**
   * If the session signed in before there was a channel, it signs in again with a proof once a channel is known, so that it can receive.
   */
  #proveLater({ channels, finder, receiver }: ClientParts, session: BtpSession): void {
    if (finder === null || receiver === null || channels.current !== null) return;
    const look = async () => {
      if (session.closed !== null || this.#closed) return;
      if (await finder.known().catch(() => null) === null) return later();
      await this.#dialer?.signInAgain();
    };
    const later = () => void this.deps.timers.after(FIND_MS, () => void look());
    later();
  }

  /** The proof of the channel's key. Null while no channel is known: the session can then only pay. */
  async #proof(channels: PaidChannels, finder: ChannelFinder | null): Promise<ChannelProof | null> {
    const channelId = await finder?.known().catch(() => null) ?? channels.current?.channelId;
    if (!channelId) return null;
    const { chain: { chainId, tokenNetworkAddress } } = this.options;
    const channel = { chainId, tokenNetworkAddress, channelId };
    return await makeProof(this.deps.signer, channel, this.deps.timers.now());
  }

  async #serve(
    frame: Frame,
    receiver: Receiver | null,
  ): Promise<Content | null> {
    if (receiver === null || this.#from === null) {
      throw new BtpError("peer_error", "This side takes no packets", "F00");
    }
    return await servePacket(frame, receiver, this.#from, { wire: this.options.wire });
  }
}

/** Refusals that differing clocks can cause: the packet expired on its way, or has no time left for the next hop. */
const OF_TIME = /^R0[02]$/;

/** Adds the difference of the clocks to the message of a refusal that it may have caused. */
function withClock(outcome: PacketOutcome, offsetMs: number | null | undefined): PacketOutcome {
  if (outcome.state !== "refused" || !OF_TIME.test(outcome.code) || !clocksDiffer(offsetMs)) {
    return outcome;
  }
  return { ...outcome, message: `${outcome.message}; ${clockWords(offsetMs, "connector")}` };
}
