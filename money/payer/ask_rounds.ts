/**
 * Decides which open packets are sent again, and when (docs/money.md#packets P4). Only durable packets are sent, each by its own schedule,
 * in rounds. A strict peer gets a packet only once on each link, because it may refuse a repetition while it still works on the first.
 *
 * Held: the nonces of a channel's open packets, which the window limits.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";
import type { OutgoingPacketRow } from "../../store/store.ts";
import { AskAgain } from "./ask_again.ts";

/** How often the rounds check whether the channel manager has closed packets in the store after a settlement, in milliseconds. */
const LOOK_MS = 30_000;

/** The actions of a round. */
interface AskWork {
  /** The open packets, in nonce order. */
  open(): Iterable<OutgoingPacketRow>;
  /** Whether this packet must not be sent again, because the peer is strict and it has expired. */
  isOver(packet: OutgoingPacketRow): boolean;
  send(packet: OutgoingPacketRow): void;
  readBack(packet: OutgoingPacketRow): void;
  /** Checks the store for packets that were closed there. */
  look(): void;
}

/** The rounds of one channel. */
export class AskRounds {
  readonly #ask: AskAgain;
  readonly #everyMs: number;
  readonly #durable = new Set<number>();
  /** The packets that were sent on this link. */
  readonly #asked = new Set<number>();
  #stopped = false;
  #cancel: (() => void) | null = null;
  #lookedAtMs: number | null = null;

  /** `firstMs` and `maxMs` are the first and the longest wait of a packet. */
  constructor(
    readonly timers: Timers,
    [firstMs, maxMs]: readonly [number, number],
    readonly work: AskWork,
  ) {
    this.#ask = new AskAgain(firstMs, maxMs);
    this.#everyMs = firstMs;
  }

  /** Replaces the durable packets by these, which were read from the store. */
  load(open: readonly OutgoingPacketRow[]): void {
    this.#durable.clear();
    for (const { nonce } of open) this.#durable.add(nonce);
  }

  /** The packet's row was committed, so it may be sent. */
  committed(nonce: number): void {
    this.#durable.add(nonce);
  }

  /** Whether the packet's row was committed. */
  isDurable(nonce: number): boolean {
    return this.#durable.has(nonce);
  }

  /** Whether the packet was sent on this link. */
  wasAsked(nonce: number): boolean {
    return this.#asked.has(nonce);
  }

  /** Records that the packet is sent now. */
  sent(nonce: number): void {
    this.#asked.add(nonce);
    this.#ask.sent(nonce, this.timers.now());
  }

  /** Removes a closed packet. */
  forget(nonce: number): void {
    this.#ask.forget(nonce);
    this.#durable.delete(nonce);
    this.#asked.delete(nonce);
  }

  /** Starts a new link, on which nothing was sent yet. */
  newLink(): void {
    this.#asked.clear();
  }

  /** Makes all open packets due and runs a round. */
  askAll(): void {
    this.#ask.reset();
    this.#round();
  }

  /** Schedules the next round if a packet is open. */
  later(): void {
    if (this.#cancel !== null || this.#stopped) return;
    const [first] = this.work.open();
    if (first === undefined) return;
    this.#cancel = this.timers.after(this.#everyMs, () => {
      this.#cancel = null;
      this.#round();
    });
  }

  /** Stops the rounds. */
  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #round(): void {
    const now = this.timers.now();
    this.#lookedAtMs ??= now;
    if (Math.abs(now - this.#lookedAtMs) >= LOOK_MS) {
      this.#lookedAtMs = now;
      this.work.look();
    }
    for (const packet of this.work.open()) {
      if (!this.#durable.has(packet.nonce)) continue;
      if (this.work.isOver(packet)) this.work.readBack(packet);
      else if (this.#ask.due(packet.nonce, now)) this.work.send(packet);
    }
    this.later();
  }
}
