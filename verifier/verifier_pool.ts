/**
 * Verifies events on every core. The id is recomputed here, which costs a hundredth of a signature; signatures go in batches to
 * workers without permissions. The pool grows by one worker whenever checks wait and all workers are busy, up to the cores, and
 * shrinks when one had nothing to do for a while. A worker that dies or hangs is replaced and its batches are checked again; a
 * signature that two workers died of is not tried on a third.
 *
 * Held: at most `maxWaiting` signatures, those under way included (a call that would exceed it is refused as `busy`, nothing of
 * it is queued), and `remember` good signatures for events that come again.
 *
 * @module
 */
import { availableParallelism } from "node:os";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { verifiedCache } from "../protocols/nostr/verified_cache.ts";
import { checkIdentity, type Verdict } from "../protocols/nostr/verifier.ts";
import { type Check, PoolMember, type VerifierWorker } from "./pool_member.ts";

/** Checks events; the verdicts stand in their order. */
export type VerifyEvents = (events: readonly NostrEvent[]) => Promise<Verdict[]>;

/** How a pool works. */
export interface VerifierPoolOptions {
  /** The cores unless told. */
  readonly maxWorkers?: number;
  /** Kept even when idle, and started at once; 0 unless told. */
  readonly minWorkers?: number;
  /** How long a worker may have nothing to do, 10 s unless told. */
  readonly idleMs?: number;
  /** How long a worker may keep an answer back, 5 s unless told. */
  readonly hungMs?: number;
  /** Signatures that wait or are under way, 16,384 unless told. */
  readonly maxWaiting?: number;
  /** Good signatures that are remembered, 8,192 unless told. */
  readonly remember?: number;
  /** Starts a worker; for tests. */
  readonly spawn?: () => VerifierWorker;
  /** Told of workers that were replaced. */
  readonly log?: (words: string, fields: Readonly<Record<string, unknown>>) => void;
}

/** What a pool did and does. */
export interface VerifierStatus {
  /** Running now. */
  readonly workers: number;
  /** Signatures that wait or are under way. */
  readonly waiting: number;
  /** Signatures that were checked. */
  readonly checked: number;
  /** Events that were known already. */
  readonly remembered: number;
  /** Workers that failed. */
  readonly replaced: number;
}

/** The pool. */
export interface VerifierPool {
  /** See {@link VerifyEvents}. Throws VerifierPoolError; then nothing is known of these events. */
  readonly verify: VerifyEvents;
  /** Its figures. */
  status(): VerifierStatus;
  /** Ends the workers; calls under way are rejected as `closed`. */
  close(): void;
  /** As `close`. */
  [Symbol.dispose](): void;
}

/** Signatures of one message: some ten milliseconds of work. */
const MAX_BATCH = 64;

/**
 * Makes a pool; workers start with the first events.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { publicKeyOf, signEvent } from "../protocols/nostr/sign.ts";
 * import { createVerifierPool } from "./verifier_pool.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const unsigned = { kind: 1, created_at: 1, tags: [], content: "gm", pubkey: publicKeyOf(key) };
 * const event = signEvent(unsigned, key, new Uint8Array(32));
 * using pool = createVerifierPool();
 * assert.deepEqual(await pool.verify([event, { ...event, content: "gn" }]), ["ok", "bad_id"]);
 * ```
 */
export function createVerifierPool(options: VerifierPoolOptions = {}): VerifierPool {
  const {
    maxWorkers = availableParallelism(),
    minWorkers = 0,
    idleMs = 10_000,
    hungMs = 5_000,
    maxWaiting = 16_384,
    spawn = spawnVerifier,
    log = () => {},
  } = options;
  const known = verifiedCache(options.remember ?? 8_192);
  const members = new Set<PoolMember>();
  const queue: Check[] = [];
  const idleTimers = new Map<PoolMember, ReturnType<typeof setTimeout>>();
  let underWay = 0;
  let checked = 0;
  let remembered = 0;
  let replaced = 0;
  let closed = false;

  const grow = (): PoolMember | undefined => {
    try {
      const member = new PoolMember(spawn(), { onRoom, onFailed }, hungMs);
      members.add(member);
      return member;
    } catch (error) {
      // With other workers the load is theirs; without one nobody would ever answer.
      log("verifier worker not started", { why: String(error) });
      if (members.size > 0) return undefined;
      const cause = { cause: error };
      const failure = new VerifierPoolError("failed", "Cannot verify: no worker starts", cause);
      for (const check of queue.splice(0)) check.fail(failure);
    }
  };
  const dispatch = () => {
    while (queue.length > 0) {
      const free = [...members].filter(({ room }) => room > 0);
      // An idle worker first: the second place of a busy one is only there to keep it busy.
      const member = free.find(({ idle }) => idle) ??
        (members.size < maxWorkers ? grow() : undefined) ?? free[0];
      if (member === undefined) return;
      clearTimeout(idleTimers.get(member));
      idleTimers.delete(member);
      // Small batches while little waits, so that every worker has some.
      const share = Math.ceil(queue.length / maxWorkers);
      member.send(queue.splice(0, Math.min(MAX_BATCH, share)));
    }
  };
  const onRoom = (member: PoolMember) => {
    dispatch();
    if (!member.idle || members.size <= minWorkers || idleTimers.has(member)) return;
    const timer = setTimeout(() => {
      idleTimers.delete(member);
      if (!member.idle || members.size <= minWorkers) return;
      members.delete(member);
      member.end();
    }, idleMs);
    Deno.unrefTimer(timer as unknown as number);
    idleTimers.set(member, timer);
  };
  const onFailed = (member: PoolMember, unanswered: readonly Check[], why: string) => {
    members.delete(member);
    replaced++;
    log("verifier worker replaced", { why, unanswered: unanswered.length });
    const again: Check[] = [];
    for (const check of unanswered) {
      if (++check.deaths < 2) again.push(check);
      else {check.fail(
          new VerifierPoolError("failed", `Cannot verify: two workers failed (${why})`),
        );}
    }
    queue.unshift(...again);
    dispatch();
  };
  const checkOne = (event: NostrEvent): Promise<Verdict> =>
    new Promise((resolve, reject) => {
      const { id, pubkey, sig } = event;
      underWay++;
      queue.push({
        id,
        pubkey,
        sig,
        deaths: 0,
        settle(good) {
          underWay--;
          checked++;
          if (good) known.add(id, sig);
          resolve(good ? "ok" : "bad_signature");
        },
        fail(error) {
          underWay--;
          reject(error);
        },
      });
    });
  const close = () => {
    closed = true;
    const error = new VerifierPoolError("closed", "Cannot verify: the pool was closed");
    for (const timer of idleTimers.values()) clearTimeout(timer);
    const unanswered = [...members].flatMap((member) => member.end());
    members.clear();
    for (const check of [...unanswered, ...queue.splice(0)]) check.fail(error);
  };

  for (let count = 0; count < Math.min(minWorkers, maxWorkers); count++) grow();
  return {
    async verify(events) {
      if (closed) throw new VerifierPoolError("closed", "Cannot verify: the pool was closed");
      if (underWay + events.length > maxWaiting) {
        const words = `Cannot verify ${events.length} events: ${underWay} signatures wait already`;
        throw new VerifierPoolError("busy", words);
      }
      const verdicts = events.map((event): Verdict | Promise<Verdict> => {
        const identity = checkIdentity(event);
        if (identity !== "ok") return identity;
        if (!known.has(event.id, event.sig)) return checkOne(event);
        remembered++;
        return "ok";
      });
      dispatch();
      return await Promise.all(verdicts);
    },
    status: () => ({ workers: members.size, waiting: underWay, checked, remembered, replaced }),
    close,
    [Symbol.dispose]: close,
  };
}

function spawnVerifier(): VerifierWorker {
  return new Worker(new URL("./verifier_worker.ts", import.meta.url), {
    type: "module",
    name: "verifier",
    deno: { permissions: "none" },
  });
}

/** A verification that did not take place. */
export class VerifierPoolError extends Error {
  /** Always `VerifierPoolError`. */
  override readonly name = "VerifierPoolError";
  /** `busy`: too many wait. `closed`. `failed`: two workers died of it. */
  readonly code: "busy" | "closed" | "failed";
  /** Makes a refusal with its code. */
  constructor(code: VerifierPoolError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
