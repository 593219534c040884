/**
 * The connector's decision on packets (docs/money.md#forwarding): local delivery, or a packet of its own on the next channel, whose row is
 * committed together with the link from the incoming one. Upstream hears REJECT only when the next row is refused or was never
 * made, or when the packet was written off (write_off_watch.ts); while the next hop's outcome is unknown, nothing is said.
 *
 * @module
 */
import { innerPackets } from "../../protocols/ilp/inner_packets.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { Delivery, IncomingRef } from "../../money/receiver/delivery.ts";
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
import type { RoutingTable } from "./routing_table.ts";

/** What the forwarder needs to know. */
interface ForwarderOptions {
  readonly routes: RoutingTable;
  readonly terminals: Readonly<Record<string, Terminal>>;
  readonly fee: Fee;
  readonly expiryMarginMs: number;
}

/** A peer as the forwarder sees it. */
export interface NextHop {
  /** The proven session, which packets go to; null when there is none. */
  readonly receiving: BtpSession | null;
  /** Of the channel that new packets go through; null while none is known. */
  readonly payer: Payer | null;
  /** The largest packet that goes there; null for no limit. */
  readonly maxPacketUnits: bigint | null;
  /** Whether this channel, or any that `payer` pays us through, is the peer's own: a route must not lead back. */
  pays(channelId: string, payer: string): boolean;
  /** Its losses of today: a packet that could not be written off is not taken. */
  readonly writeOffs: WriteOffs;
  /** The payer of a channel to it that is in use, also of an older one. */
  payerOf(channelId: string): Payer | null;
  /** Whether a deposit may be made that pays this amount. Its packet is held first, so the payer's credit covers it. */
  mayFund(amount: bigint): boolean;
  /** Finds or opens a channel, or raises its deposit, to a window above what is used; resolves when it was tried. */
  fund(): Promise<void>;
}

/** What it works on; `peers` and `held` are there once the connector is open. */
interface ForwarderDeps {
  readonly store: Store;
  readonly timers: Timers;
  readonly log: Log;
  readonly peers: () => ReadonlyMap<string, NextHop>;
  readonly held: () => HeldPackets;
}

/** Decides and forwards. */
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
      const refused = refuse("T01", "The next hop is not connected and proven");
      // It may wait for a channel whose key it can prove. A packet that would bring it nothing is worth no deposit.
      const brings = (afterFee(prepare.amount, this.options.fee) ?? 0n) > 0n;
      const lacksChannel = peer.payer === null && from !== null && brings &&
        peer.mayFund(prepare.amount);
      return lacksChannel ? { ...refused, ifCovered: () => void peer.fund() } : refused;
    }
    const limit = peer.receiving.wire?.maxPrepareDataBytes;
    if (limit !== undefined && prepare.data.length > limit) {
      return refuse("F08", `The next hop takes at most ${limit} bytes of data`);
    }
    if (from !== null) {
      const account = await this.deps.held().existing(from.channelId);
      if (peer.pays(from.channelId, account?.peer ?? "")) {
        return refuse("F02", "The route leads back");
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
    return { obligation: from === null ? "" : `forward:${from.channelId}:${from.nonce}` };
  }

  /** See {@link Delivery.deliver}. */
  async deliver(row: IncomingPacketRow, prepare: Prepare): Promise<Effect | "later"> {
    const route = this.options.routes.find(prepare.destination);
    if (route !== null && "terminal" in route.to) {
      const terminal = this.options.terminals[route.to.terminal];
      if (terminal !== undefined) return await terminal.effect(prepare, row.obligation ?? "");
    }
    if (row.next !== null) return await this.#linkedBefore(row);
    const peer = this.#peerOf(prepare);
    if (peer === null) return refuse("F02", "The route was removed");
    void this.#forward(peer, row, prepare);
    return "later";
  }

  /** See {@link Delivery.pass}: an amount-0 packet goes on as it is. */
  async pass(prepare: Prepare, obligation: string): Promise<Effect> {
    const route = this.options.routes.find(prepare.destination);
    if (route !== null && "terminal" in route.to) {
      return await this.options.terminals[route.to.terminal].effect(prepare, obligation);
    }
    const session = this.#peerOf(prepare)?.receiving ?? null;
    if (session === null) return refuse("T01", "The next hop is not connected and proven");
    // It costs its sender nothing, so it waits for nobody: what a next hop does not read would pile up here.
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
    // A packet that was not signed in time could not arrive in time: it is taken back. One that was signed goes on.
    const late = new AbortController();
    const leftMs = Math.max(0, this.#nextExpiry(prepare) - this.deps.timers.now());
    const cancel = this.deps.timers.after(leftMs, () => late.abort());
    reached("connector.before_forward");
    const outcome = await this.#payOn(peer, {
      amount: afterFee(prepare.amount, this.options.fee) ?? 0n,
      obligation: row.obligation ?? `forward:${row.channelId}:${row.nonce}`,
      destination: prepare.destination,
      data: prepare.data,
      condition: prepare.condition,
      expiresAtMs: this.#nextExpiry(prepare),
      incoming: { channelId: row.channelId, nonce: row.nonce },
    }, late.signal);
    cancel();
    // Otherwise the outcome was committed with the next hop's row, or is not known yet.
    if (outcome.state !== "refused" || !outcome.local) return;
    this.deps.held().settle(row, "refused", this.#local(outcome));
  }

  /** Pays it on. Where the deposit toward the next hop is used up it waits, as long as it has time, until more is deposited. */
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
      await Promise.race([peer.fund(), aborted]);
    }
  }

  /** After a restart: the next hop's row settles this one, unless it was closed while this one was not (a restored store). */
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

/** Refusals of our own payer that a deposit or another channel lifts. */
const LACKS: ReadonlySet<string> = new Set([
  "no_channel",
  "deposit_exhausted",
  "channel_closed",
  "halted",
]);
/**
 * How many deposits one packet waits for at most. Each is a window and made for packets that their payers' credit covers; when many
 * packets come at once, others may take what a deposit brought. The packet's own time ends the wait.
 */
const MAX_DEPOSITS = 64;

/** What upstream hears of a packet that never went on. */
const LOCAL_REFUSALS: Readonly<Record<string, readonly [string, string]>> = {
  cancelled: ["R00", "Expired before it could be sent on"],
  expired: ["R00", "Expired before it could be sent on"],
  window: ["T04", "No liquidity toward the next hop"],
  no_channel: ["T01", "No channel to the next hop"],
  deposit_exhausted: ["T04", "No liquidity toward the next hop"],
  ceiling: ["T04", "No liquidity toward the next hop"],
  channel_closed: ["T01", "The channel to the next hop is not open"],
  halted: ["T01", "The channel to the next hop is halted"],
  max_forfeit: ["T01", "The next hop is not used any more today"],
  queue_full: ["T02", "Too many packets wait for the next hop"],
  amount: ["F03", "Nothing is left to forward"],
  packet: ["F01", "Cannot be sent on"],
};

function refuse(code: string, message: string) {
  return { reject: { code, message } } as const;
}

/** F08 with the two amounts that the RFC puts into its data, both as they stand here, before our fee. */
function tooLarge(received: bigint, maximum: bigint, fee: Fee) {
  const data = new Uint8Array(16);
  const view = new DataView(data.buffer);
  view.setBigUint64(0, received);
  view.setBigUint64(8, grossFor(maximum, [fee]));
  return { reject: { code: "F08", message: "The amount is too large for the next hop", data } };
}
