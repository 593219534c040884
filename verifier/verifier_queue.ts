/**
 * Verifies events for others, and lets helpers in other workers take part of the work: it checks on its own thread while little
 * waits, hands batches to helpers that ask for one while much does, and says when one more helper would have something to do, or
 * one has had nothing for a while. So that whoever may start workers (a supervisor) follows the load without seeing an event.
 *
 * The id is recomputed here; a helper sees 128 bytes a signature and nothing else. A helper is believed, as a worker of the same
 * program: who could lie here could as well lie as the verifier.
 *
 * Held: at most `maxWaiting` signatures, those under way included (a call that would exceed it is refused as `busy`, nothing of it
 * is queued); two questions for work a helper; `remember` good signatures for events that come again.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import {
  packSignatures,
  type SignatureParts,
  type SignaturesCheck,
} from "../protocols/nostr/signature_batch.ts";
import { verifiedCache } from "../protocols/nostr/verified_cache.ts";
import { checkIdentity, type Verdict } from "../protocols/nostr/verifier.ts";

/** How a queue works. Everything survives a structured clone. */
export interface VerifierQueueOptions {
  /** The most helpers that are wished for; none unless told. */
  readonly maxHelpers?: number;
  /** How long there must have been nothing for the helpers before one is let go, 10 s unless told. */
  readonly idleMs?: number;
  /** Signatures that wait or are under way, 16,384 unless told. */
  readonly maxWaiting?: number;
  /** Good signatures that are remembered, 8,192 unless told. */
  readonly remember?: number;
}

/** A batch for a helper. */
export interface Work {
  readonly batch: number;
  /** See `packSignatures`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** What came of a batch: one byte a signature, 1 for a good one. */
export interface WorkDone {
  readonly batch: number;
  readonly good: Uint8Array;
}

/** What would suit the load: one more helper under this number, or this one less. */
export interface Wish {
  readonly change: "more" | "less";
  readonly helper: number;
}

/** Figures of a queue. */
export interface VerifierQueueStatus {
  /** Who ask for work. */
  readonly helpers: number;
  /** Signatures that wait or are under way. */
  readonly waiting: number;
  /** Signatures that were checked here. */
  readonly checkedHere: number;
  /** Signatures that helpers checked. */
  readonly checkedByHelpers: number;
}

interface Check extends SignatureParts {
  settle(good: boolean): void;
}

/** Checked here before others may run, as one sum: a millisecond of work. */
const AT_ONCE = 16;
/** The most that a helper is given at once. */
const MAX_BATCH = 64;
/** More than this waiting for somebody to be free is work for one more: some ten milliseconds of it. */
const MUCH = 64;

/** The events that wait to be verified, and who takes them. */
export class VerifierQueue {
  readonly #check: SignaturesCheck;
  readonly #known: ReturnType<typeof verifiedCache>;
  readonly #maxHelpers: number;
  readonly #idleMs: number;
  readonly #maxWaiting: number;
  readonly #queue: Check[] = [];
  /** Questions for work, by helper. */
  readonly #asking = new Map<number, ((work: Work | null) => void)[]>();
  readonly #out = new Map<number, readonly Check[]>();
  readonly #wishes: ((wish: Wish) => void)[] = [];
  #helpers = 0;
  #batches = 0;
  #waiting = 0;
  #checkedHere = 0;
  #checkedByHelpers = 0;
  #atWork = false;
  #idle: ReturnType<typeof setTimeout> | undefined;

  /** Works with this check. */
  constructor(check: SignaturesCheck, options: VerifierQueueOptions = {}) {
    this.#check = check;
    this.#known = verifiedCache(options.remember ?? 8_192);
    this.#maxHelpers = options.maxHelpers ?? 0;
    this.#idleMs = options.idleMs ?? 10_000;
    this.#maxWaiting = options.maxWaiting ?? 16_384;
  }

  /** Verdicts in the order of the events. Throws VerifierBusyError; then nothing is known of them. */
  async verify(events: readonly NostrEvent[]): Promise<Verdict[]> {
    if (this.#waiting + events.length > this.#maxWaiting) {
      const words = `${this.#waiting} signatures wait already`;
      throw new VerifierBusyError(`Cannot verify ${events.length} events: ${words}`);
    }
    const verdicts = events.map((event): Verdict | Promise<Verdict> => {
      const identity = checkIdentity(event);
      if (identity !== "ok" || this.#known.has(event.id, event.sig)) return identity;
      return this.#queued(event);
    });
    this.#hand();
    void this.#work();
    return await Promise.all(verdicts);
  }

  /** A helper's question: what came of its last batch, and the next one; null when it shall end. */
  work(helper: number, done: WorkDone | null): Promise<Work | null> {
    if (done !== null) this.#settle(done);
    if (!(helper >= 0 && helper < this.#helpers)) return Promise.resolve(null);
    return new Promise((resolve) => {
      const asking = this.#asking.get(helper) ?? [];
      this.#asking.set(helper, [...asking, resolve]);
      this.#hand();
    });
  }

  /** The next change that would suit the load; one waits at a time, and a wish is made once. */
  wish(): Promise<Wish> {
    return new Promise((resolve) => {
      this.#wishes.push(resolve);
      this.#hand();
    });
  }

  /** Figures now. */
  status(): VerifierQueueStatus {
    return {
      helpers: this.#asking.size,
      waiting: this.#waiting,
      checkedHere: this.#checkedHere,
      checkedByHelpers: this.#checkedByHelpers,
    };
  }

  #queued(event: NostrEvent): Promise<Verdict> {
    const { id, pubkey, sig } = event;
    this.#waiting++;
    return new Promise((resolve) =>
      this.#queue.push({
        id,
        pubkey,
        sig,
        settle: (good) => {
          this.#waiting--;
          if (good) this.#known.add(id, sig);
          resolve(good ? "ok" : "bad_signature");
        },
      })
    );
  }

  /** Gives waiting signatures to helpers that ask, all but what this thread takes next. */
  #hand(): void {
    // Evenly, so that nobody waits for the last batch of another.
    const share = Math.ceil(this.#queue.length / (this.#asking.size + 1));
    for (const asking of this.#asking.values()) {
      while (asking.length > 0 && this.#queue.length > AT_ONCE) {
        const checks = this.#queue.splice(AT_ONCE, Math.min(MAX_BATCH, share));
        const batch = this.#batches++;
        this.#out.set(batch, checks);
        clearTimeout(this.#idle);
        this.#idle = undefined;
        asking.shift()!({ batch, bytes: packSignatures(checks) });
      }
    }
    if (this.#queue.length > MUCH && this.#helpers < this.#maxHelpers) {
      // Made once: the helper counts as there until it is let go.
      this.#wishes.shift()?.({ change: "more", helper: this.#helpers++ });
    }
    this.#watchIdle();
  }

  async #work(): Promise<void> {
    if (this.#atWork) return;
    this.#atWork = true;
    while (this.#queue.length > 0) {
      const checks = this.#queue.splice(0, AT_ONCE);
      const good = this.#check(packSignatures(checks));
      this.#checkedHere += checks.length;
      checks.forEach((check, at) => check.settle(good[at] === 1));
      // Questions for work, and more events, come in between.
      if (this.#queue.length > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#atWork = false;
  }

  #settle({ batch, good }: WorkDone): void {
    const checks = this.#out.get(batch);
    // What cannot be an answer leaves the batch to this thread.
    if (checks === undefined) return;
    this.#out.delete(batch);
    if (!(good instanceof Uint8Array) || good.length !== checks.length) {
      this.#queue.unshift(...checks);
      return void this.#work();
    }
    this.#checkedByHelpers += checks.length;
    // Only 1 is good: whatever else a broken worker writes must never pass.
    checks.forEach((check, at) => check.settle(good[at] === 1));
  }

  /** The newest helper goes when no batch was out for a while and it asks for work, so that none is lost with it. */
  #watchIdle(): void {
    if (this.#idle !== undefined || this.#helpers === 0 || this.#out.size > 0) return;
    this.#idle = setTimeout(() => {
      this.#idle = undefined;
      const helper = this.#helpers - 1;
      const asking = this.#asking.get(helper);
      if (this.#out.size > 0 || asking === undefined || this.#wishes.length === 0) {
        return this.#watchIdle();
      }
      this.#helpers--;
      this.#asking.delete(helper);
      for (const answer of asking) answer(null);
      this.#wishes.shift()!({ change: "less", helper });
      this.#watchIdle();
    }, this.#idleMs);
    Deno.unrefTimer(this.#idle as unknown as number);
  }
}

/** A verification that did not take place: too many signatures wait. */
class VerifierBusyError extends Error {
  /** Always `VerifierBusyError`. */
  override readonly name = "VerifierBusyError";
  /** Always `busy`. */
  readonly code = "busy";
}
