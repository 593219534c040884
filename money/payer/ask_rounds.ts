/**
 * Which open packets are sent again, and when (docs/money.md#packets P4): only durable ones, each by its own schedule, in rounds; to a
 * strict peer once a link, since it may refuse a repetition while it still works on the first.
 *
 * Held: the nonces of a channel's open packets, bounded by the window.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";
import type { OutgoingPacketRow } from "../../store/store.ts";
import { AskAgain } from "./ask_again.ts";

/** How often it is looked whether the store has closed packets without us: the channel manager, by what the contract paid. */
const LOOK_MS = 30_000;

/** What a round does. */
interface AskWork {
  /** The open packets, in nonce order. */
  open(): Iterable<OutgoingPacketRow>;
  /** A strict peer's packet that must not be sent again. */
  isOver(packet: OutgoingPacketRow): boolean;
  send(packet: OutgoingPacketRow): void;
  readBack(packet: OutgoingPacketRow): void;
  /** It is time to look into the store. */
  look(): void;
}

/** The rounds of one channel. */
export class AskRounds {
  readonly #ask: AskAgain;
  readonly #everyMs: number;
  readonly #durable = new Set<number>();
  /** Packets that went out on this link. */
  readonly #asked = new Set<number>();
  #stopped = false;
  #cancel: (() => void) | null = null;
  #lookedAtMs: number | null = null;

  /** `askAgainMs`: the first and the longest wait of a packet. */
  constructor(
    readonly timers: Timers,
    [firstMs, maxMs]: readonly [number, number],
    readonly work: AskWork,
  ) {
    this.#ask = new AskAgain(firstMs, maxMs);
    this.#everyMs = firstMs;
  }

  /** These packets, as they were read from the store, and no others. */
  load(open: readonly OutgoingPacketRow[]): void {
    this.#durable.clear();
    for (const { nonce } of open) this.#durable.add(nonce);
  }

  /** The packet's row was committed: it may be sent. */
  committed(nonce: number): void {
    this.#durable.add(nonce);
  }

  /** Whether its row was committed. */
  isDurable(nonce: number): boolean {
    return this.#durable.has(nonce);
  }

  /** Whether it went out on this link. */
  wasAsked(nonce: number): boolean {
    return this.#asked.has(nonce);
  }

  /** It goes out now. */
  sent(nonce: number): void {
    this.#asked.add(nonce);
    this.#ask.sent(nonce, this.timers.now());
  }

  /** It is closed. */
  forget(nonce: number): void {
    this.#ask.forget(nonce);
    this.#durable.delete(nonce);
    this.#asked.delete(nonce);
  }

  /** Nothing went out on this link yet. */
  newLink(): void {
    this.#asked.clear();
  }

  /** Everything open is due now. */
  askAll(): void {
    this.#ask.reset();
    this.#round();
  }

  /** A next round comes while anything is open. */
  later(): void {
    if (this.#cancel !== null || this.#stopped) return;
    const [first] = this.work.open();
    if (first === undefined) return;
    this.#cancel = this.timers.after(this.#everyMs, () => {
      this.#cancel = null;
      this.#round();
    });
  }

  /** No further round. */
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
