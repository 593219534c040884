/**
 * Holds what a subscription has received and its reader has not taken yet. The bounds are a count and a number of bytes.
 *
 * The queue does not enforce its bounds, because one read of a socket may bring more than fits. The owner pauses the socket when the queue
 * is
 * `full`. At `overfull`, pausing did not help.
 *
 * @module
 */
import type { RelayDelivery } from "./relay_subscription.ts";

/** The most events and bytes of one batch. */
const BATCH_EVENTS = 256;
const BATCH_BYTES = 196_608;

/** The queue, and the stream that empties it. */
export class DeliveryQueue {
  /** Nothing leaves the queue before the reader pulls it. */
  readonly stream: ReadableStream<readonly RelayDelivery[]>;
  readonly #maxEvents: number;
  readonly #maxBytes: number;
  #waiting: RelayDelivery[] = [];
  #bytes = 0;
  #ended = false;
  #failure: Error | null = null;
  #wake: (() => void) | null = null;

  /** `taken` is called after every batch, `cancelled` when the reader cancels the stream. */
  constructor(
    bounds: { readonly maxEvents: number; readonly maxBytes: number },
    events: { readonly taken: () => void; readonly cancelled: () => void },
  ) {
    this.#maxEvents = bounds.maxEvents;
    this.#maxBytes = bounds.maxBytes;
    this.stream = new ReadableStream({
      pull: async (controller) => {
        while (this.#waiting.length === 0 && !this.#ended) {
          await new Promise<void>((resolve) => this.#wake = resolve);
        }
        if (this.#waiting.length > 0) {
          controller.enqueue(this.#batch());
          events.taken();
        } else if (this.#failure !== null) controller.error(this.#failure);
        else controller.close();
      },
      cancel: events.cancelled,
    }, { highWaterMark: 0 });
  }

  /** How many deliveries wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Whether the queue has reached a bound. */
  get full(): boolean {
    return this.#waiting.length >= this.#maxEvents || this.#bytes >= this.#maxBytes;
  }

  /** Whether the queue has reached twice a bound. */
  get overfull(): boolean {
    return this.#waiting.length >= 2 * this.#maxEvents || this.#bytes >= 2 * this.#maxBytes;
  }

  /** Whether the queue is at or below half of both bounds. */
  get roomy(): boolean {
    return this.#waiting.length <= this.#maxEvents / 2 && this.#bytes <= this.#maxBytes / 2;
  }

  /** Adds a delivery at the end. */
  push(delivery: RelayDelivery): void {
    this.#waiting.push(delivery);
    if (delivery.type === "document") this.#bytes += delivery.bytes.byteLength;
    this.#rouse();
  }

  /** Ends the stream after the waiting deliveries, with an error if one is given. */
  end(failure: Error | null): void {
    this.#ended = true;
    this.#failure = failure;
    this.#rouse();
  }

  #batch(): RelayDelivery[] {
    let taken = 0;
    let bytes = 0;
    while (taken < this.#waiting.length && taken < BATCH_EVENTS && bytes < BATCH_BYTES) {
      const delivery = this.#waiting[taken++]!;
      if (delivery.type === "document") bytes += delivery.bytes.byteLength;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, taken);
  }

  #rouse(): void {
    this.#wake?.();
    this.#wake = null;
  }
}
