/**
 * A pool of connections before their request, or of sessions before their sign-in. The pool is small, and each member has a time limit.
 * When the pool is full, a new member replaces the oldest. So a client that completes its request at once is served, even if many others
 * never complete theirs.
 *
 * Held: `maxPending` members, of them `maxPendingPerAddress` of one address, and one timer.
 *
 * @module
 */
import type { Timers } from "../../base/timers.ts";
import { steadyClock } from "../../base/steady_clock.ts";

/** The bounds of a pool. */
export interface PendingLimits {
  /** The most members. */
  readonly maxPending: number;
  /** The most members of one address. */
  readonly maxPendingPerAddress: number;
  /** How long a member may stay. */
  readonly pendingMs: number;
}

/** Why a member is removed: its time is over, or a newer one needs its place. */
export type Expelled = "late" | "crowded";

interface Stay {
  readonly address: string;
  readonly untilMs: number;
}

/** A pool of members, the oldest first. */
export class PendingPool<T> {
  readonly #limits: PendingLimits;
  readonly #timers: Timers;
  /** Setting the wall clock back gives no member more time. */
  readonly #now: () => number;
  readonly #expel: (member: T, why: Expelled) => void;
  readonly #stays = new Map<T, Stay>();
  readonly #byAddress = new Map<string, Set<T>>();
  #cancel: (() => void) | null = null;

  /** `expel` is called for each member that the pool removes, after its removal. */
  constructor(
    limits: PendingLimits,
    timers: Timers,
    expel: (member: T, why: Expelled) => void,
  ) {
    this.#limits = limits;
    this.#timers = timers;
    this.#now = steadyClock(() => timers.now());
    this.#expel = expel;
  }

  /** The number of members. */
  get size(): number {
    return this.#stays.size;
  }

  /** Adds a member. */
  add(member: T, address: string): void {
    const { maxPending, maxPendingPerAddress, pendingMs } = this.#limits;
    const neighbours = this.#byAddress.get(address) ?? new Set<T>();
    if (neighbours.size >= maxPendingPerAddress) this.#remove(first(neighbours), "crowded");
    else if (this.#stays.size >= maxPending) this.#remove(first(this.#stays.keys()), "crowded");
    neighbours.add(member);
    this.#byAddress.set(address, neighbours);
    this.#stays.set(member, { address, untilMs: this.#now() + pendingMs });
    this.#watch();
  }

  /** Removes a member that completed its request or sign-in, or closed. False if it was not in the pool. */
  leave(member: T): boolean {
    const stay = this.#stays.get(member);
    if (stay === undefined) return false;
    this.#stays.delete(member);
    const neighbours = this.#byAddress.get(stay.address)!;
    neighbours.delete(member);
    if (neighbours.size === 0) this.#byAddress.delete(stay.address);
    return true;
  }

  /** Removes all members, without a call of `expel`, and stops the timer. */
  close(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#stays.clear();
    this.#byAddress.clear();
  }

  #remove(member: T, why: Expelled): void {
    if (this.leave(member)) this.#expel(member, why);
  }

  /** All members have the same time limit, so the time of the oldest ends first. */
  #watch(): void {
    if (this.#cancel !== null || this.#stays.size === 0) return;
    const { untilMs } = first(this.#stays.values());
    this.#cancel = this.#timers.after(Math.max(0, untilMs - this.#now()), () => {
      this.#cancel = null;
      this.#expelLate();
      this.#watch();
    });
  }

  #expelLate(): void {
    const nowMs = this.#now();
    for (const [member, { untilMs }] of this.#stays) {
      if (untilMs > nowMs) return;
      this.#remove(member, "late");
    }
  }
}

function first<T>(all: Iterable<T>): T {
  const [one] = all;
  return one;
}
