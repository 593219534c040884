/**
 * Packets that carry events for a relay, and a subscriber that counts the events that the relay sends.
 *
 * @module
 */
import WebSocket from "ws";
import { conditionOf, contentFulfilment } from "../../protocols/ilp/condition.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { PayRequest } from "../../money/payer/payment_entry.ts";

const KEY = new Uint8Array(32).fill(21);
const CONTENT = "x".repeat(1_300);
let serial = 0;

/** Payments of new events of about 1.7 KB, signed beforehand, because the author's signature is not measured. */
export function eventPayments(count: number, destination: string, amount: bigint): PayRequest[] {
  const pubkey = publicKeyOf(KEY);
  const created_at = Math.floor(Date.now() / 1_000);
  return Array.from({ length: count }, () => {
    const tags = [["t", "bench"], ["n", String(++serial)]];
    const unsigned = { kind: 5050, created_at, tags, content: CONTENT, pubkey };
    const event = signEvent(unsigned, KEY, new Uint8Array(32));
    const data = encodeToon(event, "1.4");
    const condition = conditionOf(contentFulfilment(data));
    return { destination, amount, data, condition, obligation: `write:${event.id}` };
  });
}

/** One subscription to everything, live. */
export class LiveReader {
  #count = 0;
  #wanted = 0;
  #tell: () => void = () => {};

  private constructor(readonly socket: WebSocket) {
    socket.on("message", () => {
      if (++this.#count === this.#wanted) this.#tell();
    });
  }

  /** Subscribes; resolves when the relay has sent the stored events. */
  static async open(url: string): Promise<LiveReader> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
    socket.send(JSON.stringify(["REQ", "bench", { kinds: [5050], limit: 0 }]));
    await new Promise((resolve) => socket.once("message", resolve));
    return new LiveReader(socket);
  }

  /** Resolves when `more` further events have arrived. */
  seen(more: number): Promise<void> {
    this.#wanted = this.#count + more;
    return new Promise((resolve) => this.#tell = resolve);
  }

  /** Closes the connection. */
  close(): void {
    this.socket.terminate();
  }
}
