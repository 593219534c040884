/**
 * Verifies events for other services. While few signatures wait, the queue checks them on its own thread. When many wait, it gives batches
 * to helpers in other workers that ask for work. It also says when one more helper would be useful, or when one was idle for a while. So a
 * supervisor, which can start workers, follows the load without seeing an event.
 *
 * The id is recomputed here, unless the caller has done so and sends only signatures. A helper gets 128 bytes for each signature and nothing
 * else. A helper is trusted, because it is a worker of the same program: code that could lie there could lie in the verifier as well.
 *
 * Held: at most `maxWaiting` signatures, including those in progress (a call that would exceed it is refused as `busy`, and nothing of it
 * is queued); two requests for work from each helper; `remember` valid signatures of events that may come again.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { packSignatures, type SignaturesCheck } from "../protocols/nostr/signature_batch.ts";
import { SCHNORR_BYTES } from "../protocols/secp256k1/curve.ts";
import { verifiedCache } from "../protocols/nostr/verified_cache.ts";
import { checkIdentity, type Verdict } from "../protocols/nostr/verifier.ts";

/** Options of a queue. They survive a structured clone. */
export interface VerifierQueueOptions {
  /** The most helpers that it asks for; default none. */
  readonly maxHelpers?: number;
  /** How long the helpers must be idle before one is released; default 10 s. */
  readonly idleMs?: number;
  /** The most signatures that wait or are in progress; default 16,384. */
  readonly maxWaiting?: number;
  /** The most valid signatures that are remembered; default 8,192. */
  readonly remember?: number;
}

/** A batch for a helper. */
export interface Work {
  readonly batch: number;
  /** See `packSignatures`. */
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The outcome of a batch: one byte for each signature, 1 if it is valid. */
export interface WorkDone {
  readonly batch: number;
  readonly good: Uint8Array;
}

/** A change that fits the load: start a helper with this number, or release it. */
export interface Wish {
  readonly change: "more" | "less";
  readonly helper: number;
}

/** Figures of a queue. */
export interface VerifierQueueStatus {
  /** Number of helpers that ask for work. */
  readonly helpers: number;
  /** Signatures that wait or are in progress. */
  readonly waiting: number;
  /** Signatures that this thread checked. */
  readonly checkedHere: number;
  /** Signatures that helpers checked. */
  readonly checkedByHelpers: number;
}

interface Check {
  /** The signature, packed. */
  readonly bytes: Uint8Array;
  settle(good: boolean): void;
}

/** Signatures that this thread checks together, before it yields: one to two milliseconds of work. */
const AT_ONCE = 32;
/** The most signatures in a helper's batch. */
const MAX_BATCH = 64;
/** If more signatures wait, there is work for another helper: about three milliseconds. */
const MUCH = 64;

/** The queue of events to verify. See the module. */
export class VerifierQueue {
  readonly #check: SignaturesCheck;
  readonly #known: ReturnType<typeof verifiedCache>;
  readonly #maxHelpers: number;
  readonly #idleMs: number;
  readonly #maxWaiting: number;
  readonly #queue: Check[] = [];
  /** Requests for work, by helper. */
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

  /** Makes a queue with this check. */
  constructor(check: SignaturesCheck, options: VerifierQueueOptions = {}) {
    this.#check = check;
    this.#known = verifiedCache(options.remember ?? 8_192);
    this.#maxHelpers = options.maxHelpers ?? 0;
    this.#idleMs = options.idleMs ?? 10_000;
    this.#maxWaiting = options.maxWaiting ?? 16_384;
  }

  /** Returns verdicts in the order of the events. If it throws VerifierBusyError, none was checked. */
  async verify(events: readonly NostrEvent[]): Promise<Verdict[]> {
    this.#refuseAbove(events.length);
    const verdicts = events.map((event): Verdict | Promise<Verdict> => {
      const identity = checkIdentity(event);
      if (identity !== "ok" || this.#known.has(event.id, proofOf(event))) return identity;
      return new Promise((resolve) =>
        this.#queue.push(this.#checkOf(
          packSignatures([event]),
          event.id,
          proofOf(event),
          (good) => resolve(good ? "ok" : "bad_signature"),
        ))
      );
    });
    this.#start();
    return await Promise.all(verdicts);
  }

  /**
   * The same for signatures as `packSignatures` packs them: a byte for each, 1 if it is valid. The caller has recomputed the ids. Throws
   * RangeError for another form.
   */
  async verifySignatures(packed: Uint8Array): Promise<Uint8Array> {
    if (!(packed instanceof Uint8Array) || packed.length % SCHNORR_BYTES !== 0) {
      throw new RangeError(`signatures are ${SCHNORR_BYTES} bytes each`);
    }
    const good = new Uint8Array(packed.length / SCHNORR_BYTES);
    this.#refuseAbove(good.length);
    let left = 0;
    const { promise, resolve } = Promise.withResolvers<void>();
    for (let at = 0; at < good.length; at++) {
      const bytes = packed.subarray(at * SCHNORR_BYTES, (at + 1) * SCHNORR_BYTES);
      // The id may be of another key's event, so a signature is remembered with its key.
      const [id, proof] = [bytes.subarray(0, 32).toHex(), bytes.subarray(32).toHex()];
      if (this.#known.has(id, proof)) good[at] = 1;
      else {
        left++;
        this.#queue.push(this.#checkOf(bytes, id, proof, (isGood) => {
          good[at] = isGood ? 1 : 0;
          if (--left === 0) resolve();
        }));
      }
    }
    if (left === 0) return good;
    this.#start();
    await promise;
    return good;
  }

  /** A helper's request: it brings the outcome of its last batch and resolves with the next one, or with null if the helper should end. */
  work(helper: number, done: WorkDone | null): Promise<Work | null> {
    if (done !== null) this.#settle(done);
    if (!(helper >= 0 && helper < this.#helpers)) return Promise.resolve(null);
    return new Promise((resolve) => {
      const asking = this.#asking.get(helper) ?? [];
      this.#asking.set(helper, [...asking, resolve]);
      this.#hand();
    });
  }

  /** Resolves with the next change that fits the load. Only one call may wait at a time, and each change is returned once. */
  wish(): Promise<Wish> {
    return new Promise((resolve) => {
      this.#wishes.push(resolve);
      this.#hand();
    });
  }

  /** The figures now. */
  status(): VerifierQueueStatus {
    return {
      helpers: this.#asking.size,
      waiting: this.#waiting,
      checkedHere: this.#checkedHere,
      checkedByHelpers: this.#checkedByHelpers,
    };
  }

  #refuseAbove(events: number): void {
    if (this.#waiting + events <= this.#maxWaiting) return;
    const words = `${this.#waiting} signatures wait already`;
    throw new VerifierBusyError(`Cannot verify ${events} events: ${words}`);
  }

  #start(): void {
    this.#hand();
    void this.#work();
  }

  #checkOf(bytes: Uint8Array, id: string, proof: string, done: (good: boolean) => void): Check {
    this.#waiting++;
    return {
      bytes,
      settle: (good) => {
        this.#waiting--;
        if (good) this.#known.add(id, proof);
        done(good);
      },
    };
  }

  /** Gives waiting signatures to helpers that ask, except those that this thread checks next. */
  #hand(): void {
    // Equal shares, so that all finish at the same time.
    const share = Math.ceil(this.#queue.length / (this.#asking.size + 1));
    for (const asking of this.#asking.values()) {
      while (asking.length > 0 && this.#queue.length > AT_ONCE) {
        const checks = this.#queue.splice(AT_ONCE, Math.min(MAX_BATCH, share));
        const batch = this.#batches++;
        this.#out.set(batch, checks);
        clearTimeout(this.#idle);
        this.#idle = undefined;
        asking.shift()!({ batch, bytes: joined(checks) });
      }
    }
    if (this.#queue.length > MUCH && this.#helpers < this.#maxHelpers) {
      // Asked only once: the helper counts from now until it is released.
      this.#wishes.shift()?.({ change: "more", helper: this.#helpers++ });
    }
    this.#watchIdle();
  }

  async #work(): Promise<void> {
    if (this.#atWork) return;
    this.#atWork = true;
    while (this.#queue.length > 0) {
      const checks = this.#queue.splice(0, AT_ONCE);
      const good = this.#check(joined(checks));
      this.#checkedHere += checks.length;
      checks.forEach((check, at) => check.settle(good[at] === 1));
      // Lets requests for work and new events in.
      if (this.#queue.length > 0) await new Promise<void>((resolve) => setImmediate(resolve));
    }
    this.#atWork = false;
  }

  #settle({ batch, good }: WorkDone): void {
    const checks = this.#out.get(batch);
    // A malformed answer leaves the batch to this thread.
    if (checks === undefined) return;
    this.#out.delete(batch);
    if (!(good instanceof Uint8Array) || good.length !== checks.length) {
      this.#queue.unshift(...checks);
      return void this.#work();
    }
    this.#checkedByHelpers += checks.length;
    // Only 1 means valid. Any other byte from a broken worker must not pass.
    checks.forEach((check, at) => check.settle(good[at] === 1));
  }

  /** Releases the newest helper when no batch was in progress for a while and the helper asks for work, so that no batch is lost. */
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

/** The packed signatures of all checks. */
function joined(checks: readonly Check[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(checks.length * SCHNORR_BYTES);
  checks.forEach(({ bytes }, at) => all.set(bytes, at * SCHNORR_BYTES));
  return all;
}

/** The events were not verified, because too many signatures wait. */
class VerifierBusyError extends Error {
  /** Always `VerifierBusyError`. */
  override readonly name = "VerifierBusyError";
  /** Always `busy`. */
  readonly code = "busy";
}

/** The public key and the signature, as {@link packSignatures} packs them. */
function proofOf({ pubkey, sig }: NostrEvent): string {
  return pubkey + sig;
}
