/**
 * An index of live subscriptions by the values of their filters, so that an event is compared only with subscriptions that can match it.
 *
 * Each filter is indexed by the values of its most selective list: ids, otherwise a tag, otherwise authors, otherwise kinds. A filter
 * without lists is compared with all events. Each found filter is then compared completely. Holds at most one entry for each
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

/** The lists by whose values subscriptions are found: `ids`, `authors`, `kinds`, and a tag's name. */
type Field = "ids" | "authors" | "kinds" | `#${string}`;

/** The index of one relay. */
export class SubscriptionIndex<S extends Indexed> {
  // The values are looked up as they are in the event. A key made of field and value would be a new text for each event.
  readonly #entries = new Map<Field, Map<string | number, Set<S>>>();
  readonly #everything = new Set<S>();
  #size = 0;

  /** The number of subscriptions. */
  get size(): number {
    return this.#size;
  }

  /** Adds a subscription. Its filters must not change until it is removed. */
  add(subscription: S): void {
    this.#size++;
    for (const filter of matchable(subscription.filters)) {
      const field = fieldOf(filter);
      if (field === null) this.#everything.add(subscription);
      else for (const value of filter[field]!) this.#insert(field, value, subscription);
    }
  }

  /** Removes a subscription that was added. */
  remove(subscription: S): void {
    this.#size--;
    this.#everything.delete(subscription);
    for (const filter of matchable(subscription.filters)) {
      const field = fieldOf(filter);
      if (field === null) continue;
      for (const value of filter[field]!) this.#delete(field, value, subscription);
    }
  }

  /** The subscriptions with a filter that matches the event, each once. */
  matching(event: NostrEvent): Set<S> {
    const found = new Set<S>();
    if (this.#size === 0) return found;
    // A client chooses the tags of its events and the filters of its subscriptions, so each subscription is compared only once.
    const compared = new Set<S>();
    const compare = (subscriptions: Iterable<S> | undefined) => {
      for (const subscription of subscriptions ?? []) {
        if (compared.has(subscription)) continue;
        compared.add(subscription);
        if (matchesAny(subscription.filters, event)) found.add(subscription);
      }
    };
    compare(this.#entries.get("ids")?.get(event.id));
    compare(this.#entries.get("authors")?.get(event.pubkey));
    compare(this.#entries.get("kinds")?.get(event.kind));
    compare(this.#everything);
    for (const [name, value] of indexedTags(event)) {
      compare(this.#entries.get(`#${name}`)?.get(value));
    }
    return found;
  }

  #insert(field: Field, value: string | number, subscription: S): void {
    let values = this.#entries.get(field);
    if (values === undefined) this.#entries.set(field, values = new Map());
    const entry = values.get(value);
    if (entry === undefined) values.set(value, new Set([subscription]));
    else entry.add(subscription);
  }

  #delete(field: Field, value: string | number, subscription: S): void {
    const values = this.#entries.get(field);
    const entry = values?.get(value);
    if (!entry?.delete(subscription) || entry.size > 0) return;
    values!.delete(value);
    if (values!.size === 0) this.#entries.delete(field);
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

/** The filters that an event can match. One with an empty list matches none. */
function matchable(filters: readonly Filter[]): readonly Filter[] {
  return filters.filter((filter) =>
    !Object.values(filter).some((list) => Array.isArray(list) && list.length === 0)
  );
}

/** The most selective list of a filter; null if it has none. */
function fieldOf(filter: Filter): Field | null {
  if (filter.ids !== undefined) return "ids";
  const tag = Object.keys(filter).find((name) => name.startsWith("#")) as `#${string}` | undefined;
  if (tag !== undefined) return tag;
  if (filter.authors !== undefined) return "authors";
  return filter.kinds === undefined ? null : "kinds";
}
