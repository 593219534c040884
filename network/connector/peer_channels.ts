/**
 * The channels that pay one peer: the one that new packets go through, and older ones whose open packets still wait for an answer.
 * All of them use the peer's one session, so a channel that was replaced loses nothing.
 *
 * Held: the channels of this run, and from the store those with open packets.
 *
 * @module
 */
import { interledgerWire } from "../../protocols/btp/wire.ts";
import { channelClaims, type ClaimSource, noClaims } from "../../services/channel/claim_source.ts";
import type { CommitLane } from "../../services/channel/commit_lane.ts";
import type { PacketLink } from "../../services/channel/packet_link.ts";
import { Payer } from "../../services/channel/payer.ts";
import type { Linked, PayerStatus } from "../../services/channel/payer_options.ts";
import { trustId } from "../../services/channel/receiver.ts";
import type { BtpSession } from "../../services/connector/btp_session.ts";
import { sessionLink } from "../../services/connector/session_link.ts";
import type { ConnectorDeps, ConnectorOptions, PeerOptions } from "./connector_options.ts";

/** What a peer's payers work on. */
export interface PeerChannelsDeps extends Pick<ConnectorDeps, "store" | "signer" | "chain"> {
  readonly timers: ConnectorDeps["timers"];
  readonly log: ConnectorDeps["log"];
  readonly lane: CommitLane;
  readonly linked: Linked;
}

interface PaidChannel {
  readonly payer: Payer;
  readonly claims: ClaimSource;
  link: PacketLink | null;
}

/** One peer's channels as payer. */
export class PeerChannels {
  readonly #channels = new Map<string, PaidChannel>();
  readonly #opening = new Map<string, Promise<PaidChannel>>();
  #current: PaidChannel | null = null;
  #session: BtpSession | null = null;

  private constructor(
    readonly peer: PeerOptions,
    readonly options: Pick<ConnectorOptions, "ilpAddress" | "chain" | "windowUnits">,
    readonly deps: PeerChannelsDeps,
  ) {}

  /** Takes up the configured channel and, from the store, every other one with this peer that has open packets. */
  static async open(
    peer: PeerOptions,
    options: Pick<ConnectorOptions, "ilpAddress" | "chain" | "windowUnits">,
    deps: PeerChannelsDeps,
  ): Promise<PeerChannels> {
    const channels = new PeerChannels(peer, options, deps);
    const { channelId, settlementAddress } = peer;
    if (settlementAddress !== undefined) {
      for (const row of await deps.store.listPayerChannels()) {
        const same = row.peer.toLowerCase() === settlementAddress.toLowerCase();
        if (!same || (await deps.store.openOutgoing(row.channelId)).length === 0) continue;
        await channels.#opened(row.channelId);
      }
    }
    if (channelId !== null) await channels.use(channelId);
    else if (settlementAddress === undefined) await channels.use(trustId(peer.username));
    return channels;
  }

  /** The payer of the channel that new packets go through; null while none is known. */
  get current(): Payer | null {
    return this.#current?.payer ?? null;
  }

  /** Whether this channel pays the peer. */
  owns(channelId: string): boolean {
    return this.#channels.has(channelId);
  }

  /** New packets go through this channel from now on. What is open on another stays there. */
  async use(channelId: string): Promise<void> {
    const channel = await this.#opened(channelId);
    this.#current = channel;
    channel.claims.refresh?.();
    this.#link(channel);
  }

  /** The same, unless the one in use still pays; whether one that pays is in use now. */
  async offer(channelId: string | null): Promise<boolean> {
    const { claims, payer } = this.#current ?? {};
    claims?.refresh?.();
    if (await payer?.canPay(1n)) return true;
    if (channelId === null) return false;
    await this.use(channelId);
    return await this.#current!.payer.canPay(1n);
  }

  /** The peer's session: open packets go out on it, in nonce order a channel, before anything new. */
  attach(session: BtpSession): void {
    this.#session = session;
    for (const channel of this.#channels.values()) this.#link(channel);
  }

  /** The session ended. */
  detach(): void {
    this.#session = null;
    for (const channel of this.#channels.values()) {
      if (channel.link !== null) channel.payer.detach(channel.link);
      channel.link = null;
    }
  }

  /** Figures of each. */
  status(): PayerStatus[] {
    return [...this.#channels.values()].map((channel) => channel.payer.status());
  }

  /** See Payer.close. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#opening.values());
    for (const { payer } of this.#channels.values()) await payer.close();
  }

  #link(channel: PaidChannel): void {
    if (this.#session === null || channel.link !== null) return;
    channel.link = sessionLink(this.#session, channel.payer.channelId);
    void channel.payer.attach(channel.link);
  }

  /** One payer a channel, whoever asks for it at the same time. */
  async #opened(channelId: string): Promise<PaidChannel> {
    const known = this.#channels.get(channelId);
    if (known !== undefined) return known;
    const opening = this.#opening.get(channelId) ?? this.#open(channelId);
    this.#opening.set(channelId, opening);
    try {
      return await opening;
    } finally {
      this.#opening.delete(channelId);
    }
  }

  async #open(channelId: string): Promise<PaidChannel> {
    const { peer, options, deps } = this;
    const claims = channelId.startsWith("0x")
      ? channelClaims({
        chainId: options.chain.chainId,
        tokenNetworkAddress: options.chain.tokenNetworkAddress,
        channelId,
        senderId: options.ilpAddress,
      }, deps)
      : noClaims();
    const payer = await Payer.open({
      channelId,
      peer: peer.settlementAddress ?? peer.peerAddress,
      peerRule: peer.peerRule ?? "credit",
      windowUnits: peer.windowUnits ?? options.windowUnits,
    }, {
      store: deps.store,
      lane: deps.lane,
      claims,
      codec: interledgerWire,
      timers: deps.timers,
      log: deps.log,
      linked: deps.linked,
    });
    const channel = { payer, claims, link: null };
    this.#channels.set(channelId, channel);
    return channel;
  }
}
