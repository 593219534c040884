/**
 * One peer of the connector: the session that receives packets, the channels that pay the peer, and the search for a channel if none is
 * known or its deposit is used up.
 *
 * Held: the peer's sessions that proved the channel's key. One of them receives packets; the others wait in the order of their sign-ins.
 *
 * @module
 */
import { codeText, messageOf } from "../../base/thrown.ts";
import type { Payer } from "../../money/payer/payer.ts";
import type { PayerStatus } from "../../money/payer/payer_options.ts";
import type { WriteOffs } from "../../money/payer/write_offs.ts";
import type { PayingAccount } from "../../money/receiver/receiver_options.ts";
import type { BtpSession } from "../../peers/connector/btp_session.ts";
import { PaidChannels, type PaidChannelsDeps } from "../../peers/connector/paid_channels.ts";
import type { ConnectorOptions, PeerOptions } from "./connector_options.ts";
import type { NextHop } from "./forwarder.ts";

/** After a refusal, the channel manager is not asked again for this long. */
const ASK_AGAIN_MS = 30_000;
const DEFAULT_WINDOW_UNITS = 1_000_000n;
/** The most windows that a deposit makes free; see docs/money.md#deposits. */
const MOST_WINDOWS = 16n;

/** The services that a peer needs. */
export type PeerDeps = PaidChannelsDeps;

/** A proven session, and the channel of its proof. */
interface Proven {
  readonly session: BtpSession;
  readonly channelId: string | null;
}

/** A peer of the connector. */
export class Peer implements NextHop {
  #proven: Proven[] = [];
  #funding: Promise<void> | null = null;
  #failedAtMs = -Infinity;

  private constructor(
    readonly options: PeerOptions,
    readonly windowUnits: bigint,
    /** Whether a configured route leads to this peer. */
    readonly isNextHop: boolean,
    readonly channels: PaidChannels,
    readonly deps: PeerDeps,
  ) {}

  /** Opens the peer's channels from the store. */
  static async open(
    peer: PeerOptions,
    options: ConnectorOptions,
    deps: PeerDeps,
  ): Promise<Peer> {
    const window = peer.windowUnits ?? options.windowUnits ?? DEFAULT_WINDOW_UNITS;
    const next = options.routes.some(({ to }) => "peer" in to && to.peer === peer.username);
    const channels = await PaidChannels.open({
      username: peer.username,
      peer: peer.peerAddress,
      channelId: peer.channelId,
      address: peer.settlementAddress ?? null,
      peerRule: peer.peerRule ?? "credit",
      windowUnits: window,
      writeOffLimitUnits: peer.writeOffLimitUnits ?? options.writeOffLimitUnits,
      senderId: options.ilpAddress,
      chain: options.chain,
    }, deps);
    return new Peer(peer, window, next, channels, deps);
  }

  /** See {@link NextHop}. */
  get receiving(): BtpSession | null {
    return this.#proven[0]?.session ?? null;
  }

  /** See {@link NextHop}. */
  get maxPacketUnits(): bigint {
    const told = this.options.maxPacketUnits ?? this.windowUnits;
    // A packet above W is never signed. The refusal states the largest amount, so that a sender that probes for the rate can continue.
    return told < this.windowUnits ? told : this.windowUnits;
  }

  /** See {@link NextHop}. */
  get payer(): Payer | null {
    return this.channels.current;
  }

  /** See {@link NextHop}. */
  get writeOffs(): WriteOffs {
    return this.channels.writeOffs;
  }

  /** See {@link NextHop}. */
  payerOf(channelId: string): Payer | null {
    return this.channels.find(channelId);
  }

  /** The account that this peer's sessions pay into. */
  get account(): PayingAccount {
    const { channelId, settlementAddress, username, trustUnits } = this.options;
    if (settlementAddress !== undefined) {
      return { kind: "channel", channelId: null, payer: settlementAddress.toLowerCase() };
    }
    return channelId === null
      ? { kind: "trust", name: username, units: trustUnits ?? 0n }
      : { kind: "channel", channelId };
  }

  /** See {@link NextHop}. */
  pays(channelId: string, payer: string): boolean {
    const { settlementAddress } = this.options;
    return this.channels.owns(channelId) ||
      payer.toLowerCase() === settlementAddress?.toLowerCase();
  }

  /**
   * Adds a session that proved that it may receive packets, with this channel (null: its peer has none). If another proven session receives
   * packets already, the new one waits until that one ends.
   */
  receive(session: BtpSession, channelId: string | null): void {
    this.#proven.push({ session, channelId });
    if (this.#proven.length === 1) this.#serve(this.#proven[0]);
  }

  /** Removes a session that ended. */
  leave(session: BtpSession): void {
    const at = this.#proven.findIndex((proven) => proven.session === session);
    if (at < 0) return;
    this.#proven.splice(at, 1);
    if (at > 0) return;
    this.channels.detach();
    if (this.#proven.length > 0) this.#serve(this.#proven[0]);
  }

  /** See {@link NextHop}. */
  mayFund(amount: bigint): boolean {
    const { manager, timers } = this.deps;
    if (manager === undefined || this.options.settlementAddress === undefined) return false;
    const sinceMs = timers.now() - this.#failedAtMs;
    return amount <= this.windowUnits && (sinceMs < 0 || sinceMs >= ASK_AGAIN_MS);
  }

  /** See {@link NextHop}. */
  fund(amount: bigint): Promise<void> {
    this.#funding ??= this.#fund(amount).finally(() => this.#funding = null);
    return this.#funding;
  }

  /** The status of each channel. */
  status(): PayerStatus[] {
    return this.channels.status();
  }

  /** See Payer.close. */
  async close(): Promise<void> {
    await this.channels.close();
  }

  #serve({ session, channelId }: Proven): void {
    this.channels.attach(session);
    void this.#offer(channelId);
  }

  /**
   * Uses the channel that the peer proved, if that channel can pay `amount` now. Otherwise uses a channel of the channel manager, which
   * finds, funds or opens one with at least one free window.
   */
  async #fund(amount: bigint): Promise<void> {
    const { deps: { manager, timers, log }, options: { settlementAddress, username } } = this;
    const named = this.#proven[0]?.channelId ?? null;
    const isOther = named !== null && named !== this.payer?.channelId;
    if (isOther && await this.#offer(named, amount)) return;
    if (manager === undefined || settlementAddress === undefined) return;
    const address = settlementAddress.toLowerCase();
    try {
      const { channelId } = await manager.ensure({ name: username, address }, this.windowUnits, {
        growToUnits: MOST_WINDOWS * this.windowUnits,
      });
      if (channelId !== null) await this.channels.use(channelId);
    } catch (error) {
      this.#failedAtMs = timers.now();
      const [code, message] = [codeText(error), messageOf(error)];
      log("warn", "no channel toward a peer", { peer: username, code, reason: message });
    }
  }

  /** Uses a channel that the peer proved, unless the current one can still pay `amount`. Returns whether the current channel can. */
  async #offer(channelId: string | null, amount = 1n): Promise<boolean> {
    try {
      return await this.channels.offer(channelId, amount);
    } catch (error) {
      const code = codeText(error);
      this.deps.log("error", "a peer's channel cannot be read", {
        peer: this.options.username,
        code,
      });
      return false;
    }
  }
}
