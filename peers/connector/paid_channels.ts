/**
 * The channels that pay one peer: the current one for new packets, and older ones whose open packets still wait for answers. All of them
 * use the same session with the peer, so replacing the current channel loses no packet.
 *
 * Held: the channels used in this process, and those of the store with open packets or losses of today.
 *
 * @module
 */
import { codeText } from "../../base/thrown.ts";
import {
  type ChannelClaimOptions,
  channelClaims,
  type ClaimSource,
  noClaims,
} from "../../money/payer/claim_source.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { PacketLink } from "../../money/claims/packet_link.ts";
import { Payer } from "../../money/payer/payer.ts";
import { dayOf, startOfDayMs } from "../../money/payer/payer_ledger.ts";
import type { PayerDeps, PayerOptions, PayerStatus } from "../../money/payer/payer_options.ts";
import { trustId } from "../../money/receiver/receiver.ts";
import { WriteOffs } from "../../money/payer/write_offs.ts";
import type { Chain } from "../../money/evm/chain.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { BtpSession } from "./btp_session.ts";
import { sessionLink } from "./session_link.ts";

/** What every claim names in addition to its channel. */
export type ClaimChain = Pick<
  ChannelClaimOptions,
  "chainId" | "tokenNetworkAddress" | "tokenAddress"
>;

/** The peer that these channels pay. */
interface PaidPeer extends Omit<PayerOptions, "channelId"> {
  /** Our username at the peer. It identifies the account of a peer without claims. */
  readonly username: string;
  /** The first channel. Null if it is found later, or the peer supports no claims. */
  readonly channelId: string | null;
  /** The peer's pinned payment address. Null if only `channelId` is known, or the peer supports no claims. */
  readonly address: string | null;
  /** Our public key or address, as our claims state it. */
  readonly senderId: string;
  /** The most that may be written off at this peer in a day. Default: the window. Connectors only. */
  readonly writeOffLimitUnits?: bigint;
  readonly chain: ClaimChain;
}

/** The part of the channel manager that a payer needs. */
export type PayingManager = Pick<ChannelManager, "ensure"> & Partial<Pick<ChannelManager, "halt">>;

/** The services that the payers need. */
export interface PaidChannelsDeps extends Omit<PayerDeps, "claims" | "onHalt"> {
  /** Stores the halt of a channel, so that the channel is never opened for signing again. */
  readonly manager?: PayingManager;
  readonly signer: Pick<Signer, "identity" | "signClaims" | "lastClaim">;
  readonly chain: Chain;
}

interface PaidChannel {
  readonly payer: Payer;
  readonly claims: ClaimSource;
  link: PacketLink | null;
}

/** The channels that pay one peer. */
export class PaidChannels {
  /** What was written off at this peer today, over all its channels. */
  readonly writeOffs: WriteOffs;
  readonly #channels = new Map<string, PaidChannel>();
  readonly #opening = new Map<string, Promise<PaidChannel>>();
  #current: PaidChannel | null = null;
  #session: BtpSession | null = null;

  private constructor(readonly peer: PaidPeer, readonly deps: PaidChannelsDeps) {
    const limitUnits = peer.writeOffLimitUnits ?? peer.windowUnits ?? 0n;
    this.writeOffs = new WriteOffs(limitUnits, () => this.#payers(), deps.timers);
  }

  /** Opens the first channel and, from the store, each other channel with this peer that has open packets or losses of today. */
  static async open(peer: PaidPeer, deps: PaidChannelsDeps): Promise<PaidChannels> {
    const channels = new PaidChannels(peer, deps);
    const { channelId, address } = peer;
    if (address !== null) {
      for (const row of await deps.store.listPayerChannels()) {
        const same = row.peer.toLowerCase() === address.toLowerCase();
        if (same && await channels.#matters(row.channelId)) await channels.#opened(row.channelId);
      }
    }
    if (channelId !== null) await channels.use(channelId);
    else if (address === null) await channels.use(trustId(peer.username));
    return channels;
  }

  /** The payer of the current channel, which new packets use. Null while no channel is known. */
  get current(): Payer | null {
    return this.#current?.payer ?? null;
  }

  /** The payer of a channel with this peer. If the channel is not open here, it is opened from the store. */
  async payerOf(channelId: string): Promise<Payer> {
    const channel = await this.#opened(channelId);
    this.#link(channel);
    return channel.payer;
  }

  /** The payer of a channel that is open here; null if it is not. */
  find(channelId: string): Payer | null {
    return this.#channels.get(channelId)?.payer ?? null;
  }

  /** Whether this channel is open here. */
  owns(channelId: string): boolean {
    return this.#channels.has(channelId);
  }

  /** Makes this the current channel, for new packets. Open packets of other channels stay there. */
  async use(channelId: string): Promise<void> {
    const channel = await this.#opened(channelId);
    this.#current = channel;
    channel.claims.refresh?.();
    this.#link(channel);
  }

  /**
   * Keeps the current channel if it can still pay this amount, and otherwise uses `channelId`. Returns whether the current channel can pay
   * it.
   */
  async offer(channelId: string | null, amount = 1n): Promise<boolean> {
    const { claims, payer } = this.#current ?? {};
    claims?.refresh?.();
    if (await payer?.canPay(amount)) return true;
    if (channelId === null) return false;
    await this.use(channelId);
    return await this.#current!.payer.canPay(amount);
  }

  /** A session with the peer began. The payers first send open packets on it, in nonce order for each channel, and then new ones. */
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

  /** Sends every open packet again now, and waits until all are closed or `signal` aborts. Returns the number still open. */
  async resolve(options: { readonly signal?: AbortSignal } = {}): Promise<number> {
    const left = [...this.#channels.values()].map(({ payer }) => payer.resolve(options));
    return (await Promise.all(left)).reduce((sum, open) => sum + open, 0);
  }

  /** The status of each payer. */
  status(): PayerStatus[] {
    return [...this.#channels.values()].map((channel) => channel.payer.status());
  }

  /** See Payer.close. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#opening.values());
    for (const { payer } of this.#channels.values()) await payer.close();
  }

  *#payers(): Generator<Payer> {
    for (const { payer } of this.#channels.values()) yield payer;
  }

  async #matters(channelId: string): Promise<boolean> {
    const { store, timers } = this.deps;
    if ((await store.openOutgoing(channelId)).length > 0) return true;
    return await store.writtenOff(channelId, startOfDayMs(dayOf(timers.now()))) > 0n;
  }

  #link(channel: PaidChannel): void {
    if (this.#session === null || channel.link !== null) return;
    channel.link = sessionLink(this.#session, channel.payer.channelId);
    void channel.payer.attach(channel.link);
  }

  /** Opens each channel only once, also when several calls ask for it at the same time. */
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

  #halted(channelId: string, reason: string): void {
    const { manager, log } = this.deps;
    manager?.halt?.(channelId, reason).catch((error: unknown) => {
      const code = codeText(error);
      log("error", "the halt of a channel could not be stored", { channel: channelId, code });
    });
  }

  async #open(channelId: string): Promise<PaidChannel> {
    const { peer, deps } = this;
    const claims = channelId.startsWith("0x")
      ? channelClaims({ ...peer.chain, channelId, senderId: peer.senderId }, deps)
      : noClaims();
    const payer = await Payer.open(
      { ...peer, channelId, peer: peer.address ?? peer.peer },
      { ...deps, claims, onHalt: (id, reason) => this.#halted(id, reason) },
    );
    const channel = { payer, claims, link: null };
    this.#channels.set(channelId, channel);
    return channel;
  }
}
