/**
 * The channels that pay one peer: the one that new packets go through, and older ones whose open packets still wait for an answer.
 * All of them use the peer's one session, so a channel that was replaced loses nothing.
 *
 * Held: the channels of this run, and from the store those with open packets.
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

/** What every claim names beside its channel. */
export type ClaimChain = Pick<
  ChannelClaimOptions,
  "chainId" | "tokenNetworkAddress" | "tokenAddress"
>;

/** Whom these channels pay. */
interface PaidPeer extends Omit<PayerOptions, "channelId"> {
  /** The name of our session with it, for a peer that knows no claims. */
  readonly username: string;
  /** The channel to begin with; null where it is found later, or the peer knows no claims. */
  readonly channelId: string | null;
  /** Its pinned payment address; null where `channelId` is all there is, or the peer knows no claims. */
  readonly address: string | null;
  /** Put into claims: our public key or address. */
  readonly senderId: string;
  /** The most that is written off at this peer a day; the window unless told. Connectors only. */
  readonly writeOffLimitUnits?: bigint;
  readonly chain: ClaimChain;
}

/** The channel manager, as whoever pays needs it. */
export type PayingKeeper = Pick<ChannelManager, "ensure"> & Partial<Pick<ChannelManager, "halt">>;

/** What the payers work on. */
export interface PaidChannelsDeps extends Omit<PayerDeps, "claims" | "onHalt"> {
  /** Told of a channel that must halt, so that it is never opened again for signing. */
  readonly manager?: PayingKeeper;
  readonly signer: Pick<Signer, "identity" | "signClaims" | "lastClaim">;
  readonly chain: Chain;
}

interface PaidChannel {
  readonly payer: Payer;
  readonly claims: ClaimSource;
  link: PacketLink | null;
}

/** One peer's channels as payer. */
export class PaidChannels {
  /** What was written off at this peer today, on all of its channels. */
  readonly writeOffs: WriteOffs;
  readonly #channels = new Map<string, PaidChannel>();
  readonly #opening = new Map<string, Promise<PaidChannel>>();
  #current: PaidChannel | null = null;
  #session: BtpSession | null = null;

  private constructor(readonly peer: PaidPeer, readonly deps: PaidChannelsDeps) {
    const limitUnits = peer.writeOffLimitUnits ?? peer.windowUnits ?? 0n;
    this.writeOffs = new WriteOffs(limitUnits, () => this.#payers(), deps.timers);
  }

  /** Takes up the channel to begin with and, from the store, each other one with this peer that has open packets or losses of today. */
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

  /** The payer of the channel that new packets go through; null while none is known. */
  get current(): Payer | null {
    return this.#current?.payer ?? null;
  }

  /** The payer of a channel with this peer, taken up from the store where it is not in use. */
  async payerOf(channelId: string): Promise<Payer> {
    const channel = await this.#opened(channelId);
    this.#link(channel);
    return channel.payer;
  }

  /** The payer of a channel with this peer that is in use; null where it is not. */
  find(channelId: string): Payer | null {
    return this.#channels.get(channelId)?.payer ?? null;
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

  /** Sends every open packet again now and waits until all are closed or `signal` aborts; the number still open. */
  async resolve(options: { readonly signal?: AbortSignal } = {}): Promise<number> {
    const left = [...this.#channels.values()].map(({ payer }) => payer.resolve(options));
    return (await Promise.all(left)).reduce((sum, open) => sum + open, 0);
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

  #halted(channelId: string, reason: string): void {
    const { manager, log } = this.deps;
    manager?.halt?.(channelId, reason).catch((error: unknown) => {
      const code = codeText(error);
      log("error", "a halt is not durable", { channel: channelId, code });
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
