/**
 * What the relay lets go of by itself: what expired, and what its operator's rules no longer keep, by kind, age and number.
 *
 * Works in the background, a few hundred events at a time, so that readers and writers wait for none of it; freed pages are given back
 * in steps.
 *
 * @module
 */
import type { EventStore } from "./event_store.ts";
import { afterOthers } from "./turns.ts";

/** One rule, as NIP-11 tells it. What no rule names is kept for ever. */
export interface RetentionRule {
  /** Kinds it is about; every kind unless told. */
  readonly kinds?: readonly number[];
  /** Events whose `created_at` is older go. */
  readonly maxAgeS?: number;
  /** Of more events than these, the oldest go. */
  readonly maxCount?: number;
}

/** Events removed in one transaction. */
const AT_ONCE = 200;
/** Pages given back at once. */
const PAGES_AT_ONCE = 256;
/** How long it is remembered that a removed event was taken in once: longer than any payment for it may be open. */
const REMEMBERED_S = 60 * 86_400;

/** The sweeping of one relay. */
export class Sweeper {
  readonly #store: EventStore;
  readonly #rules: readonly RetentionRule[];
  readonly #clock: () => number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #sweeping: Promise<number> | null = null;
  #stopped = false;

  /** Over one store; the clock tells milliseconds. */
  constructor(store: EventStore, rules: readonly RetentionRule[], clock: () => number) {
    this.#store = store;
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Sweeps every so often until it is stopped. */
  start(everyMs: number, failed: (error: unknown) => void): void {
    this.#timer = setInterval(() => this.sweep().catch(failed), everyMs);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Removes all that is due, others running in between; gives how many events went. One sweep runs at a time. */
  sweep(): Promise<number> {
    this.#sweeping ??= this.#run().finally(() => this.#sweeping = null);
    return this.#sweeping;
  }

  /** Sweeps no more; the store may be closed when this resolves. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearInterval(this.#timer);
    await this.#sweeping?.catch(() => undefined);
  }

  async #run(): Promise<number> {
    let removed = 0;
    for (const step of this.#steps()) {
      while (!this.#stopped) {
        const count = step();
        removed += count;
        if (count < AT_ONCE) break;
        await new Promise<void>(afterOthers);
      }
    }
    while (!this.#stopped && this.#store.shrink(PAGES_AT_ONCE)) {
      await new Promise<void>(afterOthers);
    }
    return removed;
  }

  *#steps(): Generator<() => number> {
    const nowS = Math.floor(this.#clock() / 1_000);
    yield () => this.#store.removeSelected(EXPIRED, [nowS, AT_ONCE], nowS);
    for (const { kinds, maxAgeS, maxCount } of this.#rules) {
      const of = kinds === undefined ? "1" : "kind IN (SELECT value FROM json_each(?))";
      const list = kinds === undefined ? [] : [JSON.stringify(kinds)];
      if (maxAgeS !== undefined) {
        const sql = `SELECT seq, id FROM events WHERE ${of} AND created_at < ? LIMIT ?`;
        yield () => this.#store.removeSelected(sql, [...list, nowS - maxAgeS, AT_ONCE], nowS);
      }
      if (maxCount !== undefined) {
        const sql =
          `SELECT seq, id FROM events WHERE ${of} ORDER BY created_at DESC, id LIMIT ? OFFSET ?`;
        yield () => this.#store.removeSelected(sql, [...list, AT_ONCE, maxCount], nowS);
      }
    }
    this.#store.forgetRemoved(nowS - REMEMBERED_S, AT_ONCE);
  }
}

const EXPIRED = "SELECT seq, id FROM events WHERE expires_at <= ? LIMIT ?";
