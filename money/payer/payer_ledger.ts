/**
 * The payer's figures of one channel in memory, and the rules on them (docs/money.md#packets P1, P2). Synchronous and without effects: the
 * caller commits the returned rows in call order, so the figures in the store never decrease.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import type { PacketOutcomeState } from "../../protocols/ilp/packet_state.ts";
import type { OutgoingPacketRow, PayerChannelRow } from "../../store/store.ts";

/** What bounds the next signature. */
export interface PayerLimits {
  /** Most open packets. */
  readonly windowPackets: number;
  /** W: `cumulative - spent` stays at or below it. */
  readonly windowUnits: bigint;
}

/** Whether a packet may be signed now, later (an open one must close first), or never as things stand. */
type Fit =
  | { readonly fit: "now"; readonly cumulative: bigint }
  | { readonly fit: "later" }
  | { readonly fit: "never"; readonly code: "window" | "deposit_exhausted" };

/** What is about to be signed on top of the figures, in one go. */
export interface Ahead {
  readonly packets: number;
  /** Sum of their amounts. */
  readonly units: bigint;
  /** Cumulative of the last one; 0 where there is none. */
  readonly signed: bigint;
}

/** What a channel's packets that were written off on one day come to. */
interface WrittenOff {
  /** Whole days since the epoch, UTC. */
  readonly day: number;
  readonly units: bigint;
}

const DAY_MS = 86_400_000;
const NOTHING_AHEAD: Ahead = { packets: 0, units: 0n, signed: 0n };

/** One channel's payer figures. */
export class PayerLedger {
  readonly channelId: string;
  readonly peer: string;
  #signed: bigint;
  #nonce: number;
  #spent: bigint;
  #forfeit: bigint;
  #held = 0n;
  #writtenOff: WrittenOff;
  /** What the signer signed although no row of ours knows of it; 0 where there is no such claim. */
  #floor = 0n;
  readonly #open = new Map<number, OutgoingPacketRow>();

  /** Takes up a channel as stored; `row` is null for a new one. */
  constructor(
    channelId: string,
    peer: string,
    row: PayerChannelRow | null,
    open: readonly OutgoingPacketRow[],
    writtenOff: WrittenOff = { day: 0, units: 0n },
  ) {
    this.channelId = channelId;
    this.peer = row?.peer ?? peer;
    this.#writtenOff = writtenOff;
    this.#signed = row?.signed ?? 0n;
    this.#nonce = row?.nonce ?? 0;
    this.#spent = row?.spent ?? 0n;
    this.#forfeit = row?.forfeit ?? 0n;
    for (const packet of [...open].sort((a, b) => a.nonce - b.nonce)) {
      this.#open.set(packet.nonce, packet);
      this.#held += packet.amount;
    }
  }

  /** The highest nonce issued. */
  get nonce(): number {
    return this.#nonce;
  }

  /** Sum of open rows. */
  get held(): bigint {
    return this.#held;
  }

  /** Open rows, in nonce order. */
  get open(): ReadonlyMap<number, OutgoingPacketRow> {
    return this.#open;
  }

  /** Sum of open rows whose sender was told that they are lost. They stay in the window until the next hop's answer. */
  get inDoubt(): bigint {
    let units = 0n;
    for (const { writtenOffAtMs, amount } of this.#open.values()) {
      if (writtenOffAtMs !== null) units += amount;
    }
    return units;
  }

  /** What was written off on the day of `nowMs` and not refused since. A clock that was set back does not open a new day. */
  writtenOffToday(nowMs: number): bigint {
    const day = dayOf(nowMs);
    if (day > this.#writtenOff.day) this.#writtenOff = { day, units: 0n };
    return this.#writtenOff.units;
  }

  /** The channel as the store keeps it. */
  get row(): PayerChannelRow {
    return {
      channelId: this.channelId,
      peer: this.peer,
      signed: this.#signed,
      nonce: this.#nonce,
      spent: this.#spent,
      forfeit: this.#forfeit,
    };
  }

  /**
   * P1: `cumulative = max(signed, spent + forfeit + held + amount)`, within window and deposit (null: no deposit to keep to). A claim
   * that only the signer knows counts as signed; as it may have been signed on top of outcomes that are not durable, it is held
   * against the window only once the packets are closed that it counted as spent. `ahead` counts as signed and held already.
   */
  fit(
    amount: bigint,
    depositUnits: bigint | null,
    limits: PayerLimits,
    ahead: Ahead = NOTHING_AHEAD,
  ): Fit {
    const held = this.#held + ahead.units;
    const signed = larger(this.#signed, ahead.signed);
    const base = this.#spent + this.#forfeit + amount;
    const least = larger(larger(base, signed), this.#floor - held);
    if (least - this.#spent > limits.windowUnits) return { fit: "never", code: "window" };
    if (depositUnits !== null && least > depositUnits) {
      return { fit: "never", code: "deposit_exhausted" };
    }
    if (this.#open.size + ahead.packets >= limits.windowPackets) return { fit: "later" };
    const wanted = base + held;
    const cumulative = larger(larger(wanted, signed), this.#floor);
    const fits = cumulative - this.#spent <= limits.windowUnits &&
      (depositUnits === null || cumulative <= depositUnits);
    return fits ? { fit: "now", cumulative } : { fit: "later" };
  }

  /** Skips a nonce that may have been signed although we never saw the signature. */
  skipNonce(): void {
    this.#nonce += 1;
  }

  /**
   * Goes on above a claim that the signer knows and we do not: a crash came before its row was durable, so it never left. Never down.
   * Nothing of it is stored: the signer keeps it, and is asked again at each start.
   */
  goAbove(nonce: number, cumulative: bigint): void {
    this.#nonce = Math.max(this.#nonce, nonce);
    this.#floor = larger(this.#floor, cumulative);
  }

  /** Takes in a signed packet. */
  issue(packet: OutgoingPacketRow): void {
    if (packet.nonce <= this.#nonce || packet.cumulative < this.#signed) {
      throw new RangeError(`packet ${packet.nonce} of ${this.channelId} does not advance`);
    }
    this.#nonce = packet.nonce;
    this.#signed = packet.cumulative;
    this.#open.set(packet.nonce, packet);
    this.#held += packet.amount;
  }

  /** Marks an open row as written off; null where it is closed or marked already. It stays open, and in the window. */
  writeOff(nonce: number, nowMs: number): OutgoingPacketRow | null {
    const packet = this.#open.get(nonce);
    if (packet === undefined || packet.writtenOffAtMs !== null) return null;
    const marked = { ...packet, writtenOffAtMs: nowMs };
    this.#open.set(nonce, marked);
    const units = this.writtenOffToday(nowMs) + packet.amount;
    this.#writtenOff = { ...this.#writtenOff, units };
    return marked;
  }

  /** P2: closes an open row; the row as it is to be stored, or null when it is closed already (the first outcome wins). */
  close(
    nonce: number,
    state: PacketOutcomeState,
    answer: Uint8Array | null,
    forfeit: boolean,
  ): OutgoingPacketRow | null {
    const packet = this.#open.get(nonce);
    if (packet === undefined) return null;
    this.#open.delete(nonce);
    this.#held -= packet.amount;
    if (state === "fulfilled") this.#spent += packet.amount;
    else if (forfeit) this.#forfeit += packet.amount;
    // A late FULFILL makes the loss real: it counts until the day is over. A late REJECT takes it back.
    const { writtenOffAtMs, amount } = packet;
    const { day, units } = this.#writtenOff;
    if (state === "refused" && writtenOffAtMs !== null && dayOf(writtenOffAtMs) >= day) {
      this.#writtenOff = { day, units: units > amount ? units - amount : 0n };
    }
    return { ...packet, state, answer };
  }
}

/** The UTC day of a moment, in whole days since the epoch. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

/** When a day began. */
export function startOfDayMs(day: number): number {
  return day * DAY_MS;
}
