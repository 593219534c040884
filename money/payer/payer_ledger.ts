/**
 * The payer's figures of one channel in memory, and their rules (docs/money.md#packets P1, P2). Synchronous and without effects. The caller
 * commits the returned rows in the order of the calls, so the figures in the store never decrease.
 *
 * @module
 */
import { larger } from "../../base/amount.ts";
import type { PacketOutcomeState } from "../../protocols/ilp/packet_state.ts";
import type { OutgoingPacketRow, PayerChannelRow } from "../../store/store.ts";

/** The limits of the next signature. */
export interface PayerLimits {
  /** The most open packets. */
  readonly windowPackets: number;
  /** The window: `cumulative - spent` is at most this. */
  readonly windowUnits: bigint;
}

/** Whether a packet may be signed now, later (after an open one is closed), or never with the present figures. */
type Fit =
  | { readonly fit: "now"; readonly cumulative: bigint }
  | { readonly fit: "later" }
  | { readonly fit: "never"; readonly code: "window" | "deposit_exhausted" };

/** The packets that will be signed together, in addition to the figures. */
export interface Ahead {
  readonly packets: number;
  /** The sum of their amounts. */
  readonly units: bigint;
  /** The cumulative amount of the last one. 0 if there is none. */
  readonly signed: bigint;
}

/** The sum of a channel's packets that were written off on one day. */
interface WrittenOff {
  /** The day, in whole days since the epoch, UTC. */
  readonly day: number;
  readonly units: bigint;
}

const DAY_MS = 86_400_000;
const NOTHING_AHEAD: Ahead = { packets: 0, units: 0n, signed: 0n };

/** The payer's figures of one channel. */
export class PayerLedger {
  readonly channelId: string;
  readonly peer: string;
  #signed: bigint;
  #nonce: number;
  #spent: bigint;
  #forfeit: bigint;
  #held = 0n;
  #writtenOff: WrittenOff;
  /** The cumulative amount that the signer signed without a row of ours. 0 if there is no such claim. */
  #floor = 0n;
  readonly #open = new Map<number, OutgoingPacketRow>();

  /** Loads a channel from its stored rows. `row` is null for a new channel. */
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

  /** The highest issued nonce. */
  get nonce(): number {
    return this.#nonce;
  }

  /** The sum of the open packets. */
  get held(): bigint {
    return this.#held;
  }

  /** The open packets, in the order of their nonces. */
  get open(): ReadonlyMap<number, OutgoingPacketRow> {
    return this.#open;
  }

  /** The sum of open packets that were written off. They stay in the window until the next hop answers. */
  get inDoubt(): bigint {
    let units = 0n;
    for (const { writtenOffAtMs, amount } of this.#open.values()) {
      if (writtenOffAtMs !== null) units += amount;
    }
    return units;
  }

  /** The amount that was written off on the day of `nowMs` and not refused since. A clock that was set back does not start a new day. */
  writtenOffToday(nowMs: number): bigint {
    const day = dayOf(nowMs);
    if (day > this.#writtenOff.day) this.#writtenOff = { day, units: 0n };
    return this.#writtenOff.units;
  }

  /** The channel's row for the store. */
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
   * P1: `cumulative = max(signed, spent + forfeit + held + amount)`, within window and deposit (null: no deposit limits it). A claim that
   * only the signer knows counts as signed. It may have been signed after outcomes that were not durable, so it counts against the window
   * only after the packets are closed that it counted as spent. `ahead` already counts as signed and held.
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

  /** Skips a nonce that may have been signed, although its signature was never received. */
  skipNonce(): void {
    this.#nonce += 1;
  }

  /**
   * Continues above a claim that only the signer knows. A crash came before its row was durable, so it was never sent. The figures never
   * decrease. Nothing of this is stored, because the signer is asked again at each start.
   */
  goAbove(nonce: number, cumulative: bigint): void {
    this.#nonce = Math.max(this.#nonce, nonce);
    this.#floor = larger(this.#floor, cumulative);
  }

  /** Adds a signed packet. */
  issue(packet: OutgoingPacketRow): void {
    if (packet.nonce <= this.#nonce || packet.cumulative < this.#signed) {
      throw new RangeError(`packet ${packet.nonce} of ${this.channelId} does not advance`);
    }
    this.#nonce = packet.nonce;
    this.#signed = packet.cumulative;
    this.#open.set(packet.nonce, packet);
    this.#held += packet.amount;
  }

  /** Marks an open row as written off. Null if it is closed or already marked. The row stays open and in the window. */
  writeOff(nonce: number, nowMs: number): OutgoingPacketRow | null {
    const packet = this.#open.get(nonce);
    if (packet === undefined || packet.writtenOffAtMs !== null) return null;
    const marked = { ...packet, writtenOffAtMs: nowMs };
    this.#open.set(nonce, marked);
    const units = this.writtenOffToday(nowMs) + packet.amount;
    this.#writtenOff = { ...this.#writtenOff, units };
    return marked;
  }

  /** P2: closes an open row. Returns the row for the store. Null if it was closed before, because the first outcome is final. */
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
    // A late FULFILL makes the loss final, so it counts until the end of the day. A late REJECT cancels it.
    const { writtenOffAtMs, amount } = packet;
    const { day, units } = this.#writtenOff;
    if (state === "refused" && writtenOffAtMs !== null && dayOf(writtenOffAtMs) >= day) {
      this.#writtenOff = { day, units: units > amount ? units - amount : 0n };
    }
    return { ...packet, state, answer };
  }
}

/** The UTC day of a time, in whole days since the epoch. */
export function dayOf(atMs: number): number {
  return Math.floor(atMs / DAY_MS);
}

/** The start of a day, in milliseconds since the epoch. */
export function startOfDayMs(day: number): number {
  return day * DAY_MS;
}
