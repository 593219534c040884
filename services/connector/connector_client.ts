/**
 * The session with one connector as the rest of the program sees it: pays obligations, asks for quotes and balances, takes
 * packets in where it may, and comes back by itself after the connector was gone.
 *
 * Held: what the payer holds (1,024 payments waiting, 64 packets open) and, for providers, what the receiver holds.
 *
 * @module
 */
import { wireOf } from "../../protocols/btp/crosstown_wire.ts";
import { interledgerWire } from "../../protocols/btp/wire.ts";
import { recoverBalanceProof } from "../../protocols/evm/balance_proof.ts";
import { balanceProofOf } from "../../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { Frame } from "../../protocols/btp/frame.ts";
import type { AccountFigures } from "../channel/claim_ack.ts";
import { channelClaims, noClaims } from "../channel/claim_source.ts";
import { CommitLane } from "../channel/commit_lane.ts";
import { terminalDelivery } from "../channel/delivery.ts";
import { type PacketOutcome, refusedHere } from "../channel/outcome.ts";
import { Payer } from "../channel/payer.ts";
import type { PayRequest } from "../channel/payment_entry.ts";
import { Receiver } from "../channel/receiver.ts";
import type { PayingAccount } from "../channel/receiver_options.ts";
import { BtpError } from "./btp_error.ts";
import type { BtpSession, Content } from "./btp_session.ts";
import {
  authOf,
  channelOf,
  type ConnectorClient,
  type ConnectorClientDeps,
  type ConnectorClientOptions,
  type ConnectorStatus,
  payingAccount,
} from "./client_options.ts";
import { makeProof } from "./channel_proof.ts";
import { Dialer, type LineStatus } from "./dialer.ts";
import { servePacket } from "./packet_server.ts";
import { payAgain } from "./pay_again.ts";
import { sendProbe } from "./probe.ts";
import { askClaimState, sessionLink } from "./session_link.ts";

export type { PacketOutcome } from "../channel/outcome.ts";
export type {
  ConnectorClient,
  ConnectorClientDeps,
  ConnectorClientOptions,
  ConnectorStatus,
  ReceiveOptions,
} from "./client_options.ts";

/** Starts a session. It dials at once; payments wait until it is there, or until their signal aborts. */
export function connectorClient(
  options: ConnectorClientOptions,
  deps: ConnectorClientDeps,
): ConnectorClient {
  return new Client(options, deps);
}

class Client implements ConnectorClient {
  readonly #lane: CommitLane;
  readonly #listeners = new Set<(status: LineStatus) => void>();
  readonly #ready: Promise<
    { readonly payer: Payer; readonly receiver: Receiver | null }
  >;
  readonly #from: PayingAccount | null;
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
    this.#lane = new CommitLane(deps.store);
    this.#ready = this.#start();
    this.#ready.catch((error) =>
      deps.log("error", "connector session cannot start", {
        reason: (error as Error).message,
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
    let payer: Payer;
    try {
      payer = (await this.#ready).payer;
    } catch (error) {
      return refusedHere(
        "store",
        `The store cannot be read: ${(error as Error).message}`,
      );
    }
    return await payAgain(
      () => payer.pay(request, { signal }),
      request.condition,
      {
        timers: this.deps.timers,
        codec: interledgerWire,
        // Without claims a refusal costs nothing.
        mayRetry: () => this.options.channel === null || payer.mayRetry(request.amount),
      },
      signal,
    );
  }

  async probe(
    request: { readonly destination: string; readonly data: Uint8Array },
    { signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<PacketOutcome> {
    const session = this.#dialer?.session ?? null;
    if (session === null) {
      return { state: "unknown", reason: "the connector is not reached" };
    }
    return await sendProbe(
      session,
      interledgerWire,
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
    if (session === null) return refusedHere("cancelled", "Taken back before it was sent");
    return await sendProbe(session, interledgerWire, request, this.deps.timers, signal);
  }

  /** The next session, or null when it was given up before. */
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
    return await (await this.#ready).payer.resolve(options);
  }

  async account(): Promise<AccountFigures | null> {
    const session = this.#dialer?.session ?? null;
    if (session === null) return null;
    const state = await askClaimState(session, this.options.channel?.channelId ?? null);
    if (state === null) return null;
    const { nonce, credited, spent, held } = state;
    return { nonce, credited, spent, held };
  }

  async status(): Promise<ConnectorStatus> {
    const parts = await this.#ready.catch(() => null);
    return {
      url: this.options.url,
      line: this.#lastLine,
      payer: parts?.payer.status() ?? null,
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
    await parts?.payer.close();
    await parts?.receiver?.close();
    this.#dialer?.close();
  }

  async #start(): Promise<
    { readonly payer: Payer; readonly receiver: Receiver | null }
  > {
    const { options, deps } = this;
    const payer = await Payer.open({
      channelId: options.channel?.channelId ??
        `session:${options.auth?.username ?? ""}`,
      peer: options.channel?.peerAddress ?? options.url,
      peerRule: options.peerRule,
      windowUnits: options.windowUnits,
      maxForfeitUnits: options.maxForfeitUnits,
    }, {
      store: deps.store,
      lane: this.#lane,
      claims: options.channel === null ? noClaims() : channelClaims(
        { ...channelOf(options), senderId: options.senderId },
        deps,
      ),
      codec: interledgerWire,
      timers: deps.timers,
      log: deps.log,
      evidence: deps.evidence,
    });
    const receiver = await this.#receiver();
    const parts = { payer, receiver };
    receiver?.held.resume();
    if (!this.#closed) this.#dialer = this.#dial(payer, receiver);
    return parts;
  }

  async #receiver(): Promise<Receiver | null> {
    const { receive } = this.options;
    if (receive === undefined) return null;
    const { store, chain, timers, log, signer } = this.deps;
    const secp = await loadSecp256k1();
    return await Receiver.open({
      ilpAddress: receive.ilpAddress,
      paymentAddress: (await signer.identity()).paymentAddress,
      minSettlementTimeoutS: receive.minSettlementTimeoutS,
    }, {
      store,
      lane: this.#lane,
      chain,
      timers,
      log,
      codec: interledgerWire,
      delivery: terminalDelivery(receive.terminal),
      recover: (claim) => {
        const { domain, proof } = balanceProofOf(claim);
        return recoverBalanceProof(secp, domain, proof, claim.signature);
      },
    });
  }

  #dial(payer: Payer, receiver: Receiver | null): Dialer {
    const { options, deps } = this;
    const links = new WeakMap<object, ReturnType<typeof sessionLink>>();
    const receives = receiver !== null && this.#from?.kind === "channel";
    // Without a name the channel's key is all that says whose account is asked for.
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
      proof: proves
        ? () => makeProof(deps.signer, channelOf(options), deps.timers.now())
        : undefined,
      onSession: (session) => {
        const link = sessionLink(session, payer.channelId);
        links.set(session, link);
        void payer.attach(link);
      },
      onEnd: (session) => {
        const link = links.get(session);
        if (link !== undefined) payer.detach(link);
      },
      onMessage: (frame) => this.#serve(frame, receiver),
      onStatus: (status) => {
        this.#lastLine = status;
        for (const listener of this.#listeners) listener(status);
      },
    });
  }

  async #serve(
    frame: Frame,
    receiver: Receiver | null,
  ): Promise<Content | null> {
    if (receiver === null || this.#from === null) {
      throw new BtpError("peer_error", "This side takes no packets", "F00");
    }
    return await servePacket(frame, receiver, this.#from);
  }
}
