/**
 * Signatures are checked in batches, beside the reading and writing of others.
 *
 * Holds the events that wait; whoever asks bounds them (a connector by its window, a connection by `maxPendingEvents`).
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import type { EventVerifier, Verdict } from "../../protocols/nostr/verifier.ts";

/** Checks events; the verdicts stand in their order. */
export type VerifyEvents = (events: readonly NostrEvent[]) => Promise<Verdict[]>;

/** How many are checked before others may run. */
const AT_ONCE = 16;

/** One verifier on this thread: `AT_ONCE` at a time, then whatever else waits. For relays that were given no pool. */
export function verifyHere(verifier: EventVerifier): VerifyEvents {
  return async (events) => {
    const verdicts: Verdict[] = [];
    for (let at = 0; at < events.length; at += AT_ONCE) {
      if (at > 0) await new Promise<void>((resolve) => setImmediate(resolve));
      verdicts.push(...verifier.verifyAll(events.slice(at, at + AT_ONCE)));
    }
    return verdicts;
  };
}

interface Waiting {
  readonly event: NostrEvent;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

/** Gathers the events of one turn into one batch, and those that come while a batch is out into the next ones. */
export class VerifyLane {
  readonly #verify: VerifyEvents;
  readonly #maxBatch: number;
  #waiting: Waiting[] = [];
  #scheduled = false;
  #checked = 0;

  /** Batches have at most `maxBatch` events. */
  constructor(verify: VerifyEvents, maxBatch = 64) {
    this.#verify = verify;
    this.#maxBatch = maxBatch;
  }

  /** How many signatures were checked. */
  get checked(): number {
    return this.#checked;
  }

  /** The verdict on one event. Rejects when the verifier failed: then nothing is known of it. */
  verdict(event: NostrEvent): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      // What came in one read of a socket is asked for in one turn of the event loop, though not in one of its microtasks: packets
      // take their turns in between. Nothing is waited for beyond that.
      setImmediate(() => {
        this.#scheduled = false;
        const waiting = this.#waiting;
        this.#waiting = [];
        for (let at = 0; at < waiting.length; at += this.#maxBatch) {
          void this.#send(waiting.slice(at, at + this.#maxBatch));
        }
      });
    });
  }

  async #send(batch: readonly Waiting[]): Promise<void> {
    try {
      const verdicts = await this.#verify(batch.map(({ event }) => event));
      this.#checked += batch.length;
      batch.forEach(({ resolve }, at) => resolve(verdicts[at]!));
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  }
}
