/**
 * Checks signatures in batches, and lets other work run in between.
 *
 * Holds the waiting events. The callers limit their number (a connector by its window, a connection by `maxPendingEvents`).
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { packSignatures } from "../../protocols/nostr/signature_batch.ts";
import type { EventVerifier, Verdict } from "../../protocols/nostr/verifier.ts";
import type { RemoteVerifier } from "../../verifier/verifier_service.ts";

/** Checks events whose ids the relay has recomputed. Returns their verdicts in the same order. */
export type VerifyEvents = (events: readonly NostrEvent[]) => Promise<Verdict[]>;

/** How many events are checked before other work may run. */
const AT_ONCE = 32;

/**
 * Checks with one verifier on this thread, `AT_ONCE` events at a time, with other work in between. For relays without a verifier service.
 */
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

/**
 * Checks with a verifier service. It gets 128 bytes for each event: cloning whole events, and recomputing their ids there, costs as much as
 * half the signature.
 */
export function verifyAt(verifier: Pick<RemoteVerifier, "verifySignatures">): VerifyEvents {
  return async (events) => {
    const good = await verifier.verifySignatures(packSignatures(events));
    // Only 1 means valid. Any other byte from a broken worker must not pass.
    return events.map((_, at) => good[at] === 1 ? "ok" : "bad_signature");
  };
}

interface Waiting {
  readonly event: NostrEvent;
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: unknown) => void;
}

/** Collects the events of one turn of the event loop into batches. */
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

  /** The number of checked signatures. */
  get checked(): number {
    return this.#checked;
  }

  /** The verdict on one event. Rejects if the verifier failed: then the event is neither valid nor invalid. */
  verdict(event: NostrEvent): Promise<Verdict> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ event, resolve, reject });
      if (this.#scheduled) return;
      this.#scheduled = true;
      // The events of one read of a socket arrive here in one turn of the event loop, but not in one microtask, because packets are handled
      // in turns. So the batch is sent at the end of the turn, without a longer wait.
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
