/**
 * Decides what the connector does with a packet (docs/money.md#forwarding): it delivers the packet locally, or sends a packet of its own on
 * the next channel. The row of that packet and the link from the incoming packet are committed together. The sender gets REJECT only if the
 * packet to the next hop was refused or never made, or was written off (write_off_watch.ts). While the next hop's outcome is unknown, the
 * sender gets no answer.
 *
 * @module
 */
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import {
  type Delivery,
  forwardObligation,
  type IncomingRef,
} from "../../money/receiver/delivery.ts";
import type { Log } from "../../base/log/log.ts";
import type { HeldPackets } from "../../money/receiver/held_packets.ts";
import { type PacketOutcome, type Refused, refusedHere } from "../../money/claims/outcome.ts";
import type { PayRequest } from "../../money/payer/payment_entry.ts";
import type { Payer } from "../../money/payer/payer.ts";
import type { Effect, Inspection, Terminal } from "../../money/receiver/terminal.ts";
import type { Timers } from "../../base/timers.ts";
import type { WriteOffs } from "../../money/payer/write_offs.ts";
import type { BtpSession } from "../../peers/connector/btp_session.ts";
import { sendProbe } from "../../peers/connector/probe.ts";
import { reached } from "../../base/crash_point.ts";
import type { IncomingPacketRow, Store } from "../../store/store.ts";
import { afterFee, type Fee, grossFor } from "../../protocols/ilp/fee.ts";
import type { PacketTrace } from "./packet_trace.ts";
import type { RoutingTable } from "./routing_table.ts";

/** The options of the forwarder. */
interface ForwarderOptions {
  readonly routes: RoutingTable;
  readonly terminals: Readonly<Record<string, Terminal>>;
  readonly fee: Fee;
  readonly expiryMarginMs: number;
}

/** A peer, as the forwarder uses it. */
export interface NextHop {
  /** The proven session to which packets are sent; null if there is none. */
  readonly receiving: BtpSession | null;
  /** The payer of the channel for new packets; null while no channel is known. */
  readonly payer: Payer | null;
  /** The largest packet that is forwarded there; null for no limit. */
  readonly maxPacketUnits: bigint | null;
  /** Whether this channel, or the payment address `payer`, belongs to the peer. A packet must not be routed back to its sender. */
  pays(channelId: string, payer: string): boolean;
  /** What was written off at this peer today. A packet above the rest of the limit is not accepted. */
  readonly writeOffs: WriteOffs;
  /** The payer of a channel to this peer that is open here, also an older one. */
  payerOf(channelId: string): Payer | null;
  /** Whether a deposit may be made to pay this amount. The packet is held before, so its sender's credit covers it. */
  mayFund(amount: bigint): boolean;
  /**
   * Finds or opens a channel that can pay this amount, or raises its deposit, so that at least one window is free. Resolves after the
   * attempt, also if it failed. An attempt for another amount may be under way; then it is that one.
   */
  fund(amount: bigint): Promise<void>;
}

/** What the forwarder needs. `peers` and `held` may be called only when the connector is open. */
interface ForwarderDeps {
  readonly store: Store;
  readonly timers: Timers;
  readonly log: Log;
  readonly peers: () => ReadonlyMap<string, NextHop>;
  readonly held: () => HeldPackets;
  /** Missing unless traces are on. */
  readonly trace?: PacketTrace;
}

/** Decides about packets and forwards them. */
export class Forwarder implements Delivery {
  constructor(readonly options: ForwarderOptions, readonly deps: ForwarderDeps) {}

  /** See {@link Delivery.inspect}. */
  async inspect(prepare: Prepare, from: IncomingRef | null): Promise<Inspection> {
    const route = this.options.routes.find(prepare.destination);
    if (route === null) return refuse("F02", `No route to ${prepare.destination}`);
    if ("terminal" in route.to) {
      const terminal = this.options.terminals[route.to.terminal];
      return terminal === undefined
        ? refuse("F02", "No such local destination")
        : await terminal.inspect(prepare);
    }
    const peer = this.deps.peers().get(route.to.peer);
    if (peer === undefined) return refuse("F02", "No such peer");
    if (peer.receiving === null) {
      const refused = refuse("T01", "The next hop has no proven session");
      // The next hop may need a channel before it can prove its key. For a packet that brings it no amount, no deposit is made.
      const brings = (afterFee(prepare.amount, this.options.fee) ?? 0n) > 0n;
      const lacksChannel = peer.payer === null && from !== null && brings &&
        peer.mayFund(prepare.amount);
      return lacksChannel
        ? { ...refused, ifCovered: () => void peer.fund(prepare.amount) }
        : refused;
    }
    const limit = peer.receiving.wire?.maxPrepareDataBytes;
    if (limit !== undefined && prepare.data.length > limit) {
      return refuse("F08", `The next hop takes at most ${limit} bytes of data`);
    }
    if (from !== null) {
      const account = await this.deps.held().existing(from.channelId);
      if (peer.pays(from.channelId, account?.peer ?? "")) {
        return refuse("F02", "The route leads back to the sender");
      }
    }
    const amount = afterFee(prepare.amount, this.options.fee);
    if (amount === null) return refuse("R01", "The amount does not cover this hop's fee");
    if (peer.maxPacketUnits !== null && amount > peer.maxPacketUnits) {
      return tooLarge(prepare.amount, peer.maxPacketUnits, this.options.fee);
    }
    if (this.#nextExpiry(prepare) <= this.deps.timers.now()) {
      return refuse("R02", "The expiry leaves the next hop no time");
    }
    if (amount > 0n && !(await peer.payer?.canPay(amount)) && !peer.mayFund(amount)) {
      return refuse("T04", "No liquidity toward the next hop");
    }
    if (!peer.writeOffs.allows(amount)) {
      return refuse("T01", "The next hop left too much unanswered today: its route is halted");
    }
    return { obligation: from === null ? "" : forwardObligation(from) };
  }

  /** See {@link Delivery.deliver}. */
  async deliver(row: IncomingPacketRow, prepare: Prepare): Promise<Effect | "later"> {
    const route = this.options.routes.find(prepare.destination);
    if (route !== null && "terminal" in route.to) {
      const terminal = this.options.terminals[route.to.terminal];
      if (terminal !== undefined) {
        const end = this.deps.trace?.("write", prepare);
        const effect = await terminal.effect(prepare, row.obligation ?? "");
        end?.("reject" in effect ? effect.reject.code : "fulfilled");
        return effect;
      }
    }
    if (row.next !== null) return await this.#linkedBefore(row);
    const peer = this.#peerOf(prepare);
    if (peer === null) return refuse("F02", "The route was removed");
    void this.#forward(peer, row, prepare);
    return "later";
  }

  /** See {@link Delivery.isPrepared}. A forwarded packet is sent after its row to the next hop is durable, which is after its own. */
  isPrepared(prepare: Prepare): boolean {
    const route = this.options.routes.find(prepare.destination);
    return route !== null &&
      ("peer" in route.to || this.options.terminals[route.to.terminal]?.isPure === true);
  }

  /** See {@link Delivery.pass}. A packet of amount 0 is forwarded unchanged. */
  async pass(prepare: Prepare, obligation: string): Promise<Effect> {
    const route = this.options.routes.find(prepare.destination);
    if (route !== null && "terminal" in route.to) {
      return await this.options.terminals[route.to.terminal].effect(prepare, obligation);
    }
    const session = this.#peerOf(prepare)?.receiving ?? null;
    if (session === null) return refuse("T01", "The next hop has no proven session");
    // The packet costs its sender nothing, so it does not wait here: packets that the next hop does not read would pile up.
    if (session.writable() !== null) {
      return refuse("T02", "Too many packets wait for the next hop");
    }
    const outcome = await sendProbe(session, innerPackets, prepare, this.deps.timers);
    switch (outcome.state) {
      case "fulfilled":
        return { fulfilment: outcome.fulfilment, data: outcome.data };
      case "refused":
        return { reject: outcome };
      case "unknown":
        return refuse("R00", "The next hop did not answer in time");
    }
  }

  async #forward(peer: NextHop, row: IncomingPacketRow, prepare: Prepare): Promise<void> {
    // If no claim was signed for the packet in time, the packet is withdrawn, because it could not arrive in time. A signed one continues.
    const late = new AbortController();
    const leftMs = Math.max(0, this.#nextExpiry(prepare) - this.deps.timers.now());
    const cancel = this.deps.timers.after(leftMs, () => late.abort());
    reached("connector.before_forward");
    const end = this.deps.trace?.("forward", prepare);
    const outcome = await this.#payOn(peer, {
      amount: afterFee(prepare.amount, this.options.fee) ?? 0n,
      obligation: row.obligation ?? forwardObligation(row),
      destination: prepare.destination,
      data: prepare.data,
      condition: prepare.condition,
      expiresAtMs: this.#nextExpiry(prepare),
      incoming: { channelId: row.channelId, nonce: row.nonce },
    }, late.signal);
    cancel();
    end?.(outcome.state === "refused" ? outcome.code : outcome.state);
    // In all other cases the outcome was committed with the next hop's row, or is not known yet.
    if (outcome.state !== "refused" || !outcome.local) return;
    this.deps.held().settle(row, "refused", this.#local(outcome));
  }

  /** Pays the next hop. If the deposit toward it is used up, the packet waits for a new deposit, as long as it has time. */
  async #payOn(peer: NextHop, request: PayRequest, signal: AbortSignal): Promise<PacketOutcome> {
    const aborted = new Promise<void>((resolve) =>
      signal.addEventListener("abort", () => resolve())
    );
    for (let deposits = 0;; deposits++) {
      const outcome = await peer.payer?.pay(request, { signal }) ??
        refusedHere("no_channel", "No channel to the next hop");
      const lacks = outcome.state === "refused" && outcome.local && LACKS.has(outcome.code);
      const fundable = lacks && deposits < MAX_DEPOSITS && peer.mayFund(request.amount);
      if (!fundable || signal.aborted) return outcome;
      await Promise.race([peer.fund(request.amount), aborted]);
    }
  }

  /**
   * After a restart: the row to the next hop settles this packet. If that row is already closed (in a restored store), its answer is used
   * now.
   */
  async #linkedBefore(row: IncomingPacketRow): Promise<Effect | "later"> {
    const next = await this.deps.store.outgoing(row.next!.channelId, row.next!.nonce);
    if (next === null || next.state === "open" || next.answer === null) return "later";
    const answer = innerPackets.decodePacket(next.answer);
    if (answer.type === "fulfill") return { fulfilment: answer.fulfilment, data: answer.data };
    return answer.type === "reject" ? { reject: answer } : "later";
  }

  #peerOf(prepare: Prepare): NextHop | null {
    const route = this.options.routes.find(prepare.destination);
    if (route === null || !("peer" in route.to)) return null;
    return this.deps.peers().get(route.to.peer) ?? null;
  }

  #nextExpiry(prepare: Prepare): number {
    return prepare.expiresAtMs - this.options.expiryMarginMs;
  }

  #local(outcome: Refused): Uint8Array {
    const [code, words] = LOCAL_REFUSALS[outcome.code] ?? ["T00", "Not forwarded"];
    return this.#reject(code, words);
  }

  #reject(code: string, message: string): Uint8Array {
    return this.deps.held().refusals.reject(code, message);
  }
}

/** Refusals of our own payer that a deposit or another channel can resolve. */
const LACKS: ReadonlySet<string> = new Set([
  "no_channel",
  "deposit_exhausted",
  "channel_closed",
  "halted",
]);
/**
 * The most deposits that one packet waits for. Each deposit is at least one window, and is made for packets that their senders' credit
 * covers. If many packets come at the same time, others may use up a deposit first. The wait also ends when the packet's time is over.
 */
const MAX_DEPOSITS = 64;

/** The REJECT to the sender for a packet that was not forwarded, by the code of our payer's refusal. */
const LOCAL_REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  cancelled: ["R00", "Expired before it could be forwarded"],
  expired: ["R00", "Expired before it could be forwarded"],
  window: ["T04", "No liquidity toward the next hop"],
  no_channel: ["T01", "No channel to the next hop"],
  deposit_exhausted: ["T04", "No liquidity toward the next hop"],
  ceiling: ["T04", "No liquidity toward the next hop"],
  channel_closed: ["T01", "The channel to the next hop is not open"],
  halted: ["T01", "The channel to the next hop is halted"],
  max_forfeit: ["T01", "The next hop is not used again today"],
  queue_full: ["T02", "Too many packets wait for the next hop"],
  amount: ["F03", "Nothing is left to forward"],
  packet: ["F01", "Cannot be forwarded"],
};

function refuse(code: string, message: string) {
  return { reject: { code, message } } as const;
}

/** F08. Its data holds the received and the largest amount, as the RFC requires; both are amounts before our fee. */
function tooLarge(received: bigint, maximum: bigint, fee: Fee) {
  const data = new Uint8Array(16);
  const view = new DataView(data.buffer);
  view.setBigUint64(0, received);
  view.setBigUint64(8, grossFor(maximum, [fee]));
  return { reject: { code: "F08", message: "The amount is too large for the next hop", data } };
}
