/**
 * Finds a payer's channel if none is known or its deposit is used up. It asks the channel manager, with one call at a time.
 *
 * @module
 */
import { codeText, messageOf } from "../../base/thrown.ts";
import { countsAsPaid } from "../../protocols/ilp/packet_state.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { PacketCodec } from "../../money/claims/packet_link.ts";
import type { Log } from "../../base/log/log.ts";
import { outcomeOf, type PacketOutcome, refusedHere } from "../../money/claims/outcome.ts";
import type { Payer } from "../../money/payer/payer.ts";
import type { PayRequest } from "../../money/payer/payment_entry.ts";
import type { SpendingGuard } from "../../money/payer/spending_limits.ts";
import type { Timers } from "../../base/timers.ts";
import type { OutgoingPacketRow, Store } from "../../store/store.ts";
import type { PaidChannels } from "./paid_channels.ts";

/** The peer, and what the search needs. */
interface ChannelFinderOptions {
  /** The peer's name, to show to people. */
  readonly name: string;
  readonly address: string;
  readonly channels: PaidChannels;
  readonly manager: Pick<ChannelManager, "ensure" | "list">;
  readonly store: Pick<Store, "outgoingByObligation" | "listPayerChannels">;
  readonly codec: PacketCodec;
  /** For a payment above a limit, no channel is opened and nothing is deposited. */
  readonly spending?: SpendingGuard;
  readonly timers: Pick<Timers, "now">;
  readonly log: Log;
}

/** Finds channels with one peer. */
export class ChannelFinder {
  #looking: Promise<void> | null = null;

  /** Asks nothing before a payment needs a channel, or {@link known} is called. */
  constructor(readonly options: ChannelFinderOptions) {}

  /**
   * The payer for this request. It belongs to the current channel if that channel can pay, otherwise to the channel that the manager
   * returns. An obligation that is paid or has an open packet stays with the channel of that packet. If the manager refuses, the request is
   * refused.
   */
  async payerFor(
    request: Pick<PayRequest, "amount" | "obligation" | "about">,
    signal?: AbortSignal,
  ): Promise<{ readonly payer: Payer } | { readonly refused: PacketOutcome }> {
    const { channels, store, manager, name, address } = this.options;
    for (;;) {
      const { current } = channels;
      if (current !== null && await current.canPay(request.amount)) return { payer: current };
      const rows = await store.outgoingByObligation(request.obligation);
      const before = rows.find(({ state }) => countsAsPaid(state));
      if (before !== undefined) return await this.#payerOf(before);
      const above = await this.options.spending?.refusal(request, this.options.timers.now());
      if (above) return { refused: above };
      // A search is already running. It may find the channel that this request needs.
      if (this.#looking !== null) {
        if (!await settled(this.#looking, signal)) return { refused: TAKEN_BACK };
        continue;
      }
      const looking = this.#use(manager.ensure({ name, address }, request.amount));
      this.#looking = looking.finally(() => this.#looking = null);
      this.#looking.catch(() => {});
      // After an abort the manager continues. The next payment can use the channel that it opens.
      if (!await settled(looking, signal)) return { refused: TAKEN_BACK };
      try {
        await looking;
      } catch (error) {
        return { refused: this.#refusal(error) };
      }
      const found = channels.current;
      return found === null
        ? { refused: refusedHere("channel", "No channel with the connector is open yet") }
        : { payer: found };
    }
  }

  /** Uses the newest open channel with the peer, if there is one. Opens no channel. Returns the channel's id, or null. */
  async known(): Promise<string | null> {
    const { channels, manager, address } = this.options;
    const { current } = channels;
    if (current !== null && await current.canPay(1n)) return current.channelId;
    const open = (await manager.list()).filter(({ status, peer }) =>
      status === "open" && peer.address.toLowerCase() === address
    );
    const newest = open.toSorted((a, b) => (b.openedAtMs ?? 0) - (a.openedAtMs ?? 0))[0];
    if (!newest?.channelId) return current?.channelId ?? null;
    await channels.use(newest.channelId);
    return newest.channelId;
  }

  /** A packet of a channel with another peer is never sent to this one, whose refusal would say nothing about it. */
  async #payerOf(
    packet: OutgoingPacketRow,
  ): Promise<{ readonly payer: Payer } | { readonly refused: PacketOutcome }> {
    const { channels, store, address, codec } = this.options;
    const row = (await store.listPayerChannels())
      .find(({ channelId }) => channelId === packet.channelId);
    if (row === undefined || row.peer.toLowerCase() === address) {
      return { payer: await channels.payerOf(packet.channelId) };
    }
    const open = packet.state === "open";
    return {
      refused: open
        ? { state: "unknown", reason: "a packet on a channel with another connector is open" }
        : outcomeOf(packet, codec, true),
    };
  }

  async #use(found: ReturnType<ChannelManager["ensure"]>): Promise<void> {
    const { channelId } = await found;
    if (channelId !== null) await this.options.channels.use(channelId);
  }

  #refusal(error: unknown): PacketOutcome {
    const [code, message] = [codeText(error), messageOf(error)];
    this.options.log("warn", "no channel with the connector", { code, reason: message });
    // This message is complete without a prefix.
    if (code === "insufficient_balance") return refusedHere(code, message);
    return refusedHere(code, `No channel with the connector: ${message}`);
  }
}

const TAKEN_BACK = refusedHere(
  "cancelled",
  "Cancelled during the search for a channel: nothing was sent",
);

/** False when `signal` aborts first. */
async function settled(work: Promise<unknown>, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) return await work.then(() => true, () => true);
  if (signal.aborted) return false;
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const stop = () => resolve(false);
  signal.addEventListener("abort", stop, { once: true });
  work.then(() => resolve(true), () => resolve(true));
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
