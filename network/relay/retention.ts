/**
 * Removes events automatically: expired ones, and those that the operator's rules exclude by kind, age or number.
 *
 * It works in the background, at most 200 events at a time, so that readers and writers do not wait long. Free pages are returned to the
 * file system in steps.
 *
 * @module
 */
import type { EventStore } from "./event_store.ts";
import { EVENT_KEY } from "./event_tables.ts";
import { afterOthers } from "./turns.ts";

/** A rule, as the NIP-11 document states it. Events without a matching rule are never removed by age or number. */
export interface RetentionRule {
  /** The kinds of the rule. Default: every kind. */
  readonly kinds?: readonly number[];
  /** Older events, by their `created_at`, are removed. */
  readonly maxAgeS?: number;
  /** If there are more events, the oldest are removed. */
  readonly maxCount?: number;
}

/** The most events removed in one transaction. */
const AT_ONCE = 200;
/** The most pages returned in one step. */
const PAGES_AT_ONCE = 256;
/** How long the ids of removed events are kept: longer than a payment for such an event can be open. */
const REMEMBERED_S = 60 * 86_400;

/** The automatic removal of one relay. */
export class Sweeper {
  readonly #store: EventStore;
  readonly #rules: readonly RetentionRule[];
  readonly #clock: () => number;
  #timer: ReturnType<typeof setInterval> | undefined;
  #sweeping: Promise<number> | null = null;
  #stopped = false;

  /** Works on one store. The clock returns milliseconds. */
  constructor(store: EventStore, rules: readonly RetentionRule[], clock: () => number) {
    this.#store = store;
    this.#rules = rules;
    this.#clock = clock;
  }

  /** Sweeps every `everyMs` until it is stopped. */
  start(everyMs: number, failed: (error: unknown) => void): void {
    this.#timer = setInterval(() => this.sweep().catch(failed), everyMs);
    Deno.unrefTimer(this.#timer as unknown as number);
  }

  /** Removes all due events, and lets other work run in between. Returns their number. Only one sweep runs at a time. */
  sweep(): Promise<number> {
    this.#sweeping ??= this.#run().finally(() => this.#sweeping = null);
    return this.#sweeping;
  }

  /** Stops sweeping. The store may be closed when this resolves. */
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
        const sql = `SELECT ${EVENT_KEY.sql} FROM events WHERE ${of} AND created_at < ? LIMIT ?`;
        yield () => this.#store.removeSelected(sql, [...list, nowS - maxAgeS, AT_ONCE], nowS);
      }
      if (maxCount !== undefined) {
        const sql =
          `SELECT ${EVENT_KEY.sql} FROM events WHERE ${of} ORDER BY created_at DESC, id LIMIT ? OFFSET ?`;
        yield () => this.#store.removeSelected(sql, [...list, AT_ONCE, maxCount], nowS);
      }
    }
    this.#store.forgetRemoved(nowS - REMEMBERED_S, AT_ONCE);
  }
}

const EXPIRED = `SELECT ${EVENT_KEY.sql} FROM events WHERE expires_at <= ? LIMIT ?`;
