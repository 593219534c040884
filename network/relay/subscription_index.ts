/**
 * An index of live subscriptions by the values of their filters, so that an event is compared only with subscriptions that can match it.
 *
 * Each filter is indexed by the values of its most selective list: ids, otherwise a tag, otherwise authors, otherwise kinds. A filter
 * without lists is indexed under a key for all events. Each found filter is then compared completely. Holds at most one entry for each
 * value of the filters; `maxFilterValues` limits them for each connection.
 *
 * @module
 */
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { type Filter, matchesAny } from "../../protocols/nostr/filter.ts";
import { indexedTags } from "./event_class.ts";

/** What the index stores. */
export interface Indexed {
  readonly filters: readonly Filter[];
}

const EVERYTHING = "*";

/** The index of one relay. */
export class SubscriptionIndex<S extends Indexed> {
  readonly #entries = new Map<string, Set<S>>();
  #size = 0;

  /** The number of subscriptions. */
  get size(): number {
    return this.#size;
  }

  /** Adds a subscription. Its filters must not change until it is removed. */
  add(subscription: S): void {
    this.#size++;
    for (const key of keysOf(subscription.filters)) {
      const entry = this.#entries.get(key);
      if (entry === undefined) this.#entries.set(key, new Set([subscription]));
      else entry.add(subscription);
    }
  }

  /** Removes a subscription that was added. */
  remove(subscription: S): void {
    this.#size--;
    for (const key of keysOf(subscription.filters)) {
      const entry = this.#entries.get(key);
      if (entry?.delete(subscription) && entry.size === 0) this.#entries.delete(key);
    }
  }

  /** The subscriptions with a filter that matches the event, each once. */
  matching(event: NostrEvent): Set<S> {
    const found = new Set<S>();
    for (const key of keysOfEvent(event)) {
      for (const subscription of this.#entries.get(key) ?? []) {
        if (!found.has(subscription) && matchesAny(subscription.filters, event)) {
          found.add(subscription);
        }
      }
    }
    return found;
  }
}

/** The number of values in all lists of these filters. */
export function valuesOf(filters: readonly Filter[]): number {
  let count = 0;
  for (const filter of filters) {
    for (const list of Object.values(filter)) if (Array.isArray(list)) count += list.length;
  }
  return count;
}

function keysOf(filters: readonly Filter[]): Set<string> {
  const keys = new Set<string>();
  for (const filter of filters) {
    if (Object.values(filter).some((list) => Array.isArray(list) && list.length === 0)) continue;
    for (const key of keysOfFilter(filter)) keys.add(key);
  }
  return keys;
}

function keysOfFilter(filter: Filter): readonly string[] {
  if (filter.ids !== undefined) return filter.ids.map((id) => `i${id}`);
  const tag = Object.keys(filter).find((name) => name.startsWith("#")) as `#${string}` | undefined;
  if (tag !== undefined) return filter[tag]!.map((value) => `t${tag[1]}${value}`);
  if (filter.authors !== undefined) return filter.authors.map((pubkey) => `a${pubkey}`);
  if (filter.kinds !== undefined) return filter.kinds.map((kind) => `k${kind}`);
  return [EVERYTHING];
}

function* keysOfEvent(event: NostrEvent): Generator<string> {
  yield `i${event.id}`;
  yield `a${event.pubkey}`;
  yield `k${event.kind}`;
  yield EVERYTHING;
  for (const [name, value] of indexedTags(event)) yield `t${name}${value}`;
}
