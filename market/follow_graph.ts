/**
 * The keys near a root in the graph of follows (NIP-02).
 *
 * Held: at most 100 keys that the root follows, and 400 that those follow.
 *
 * @module
 */
import type { NostrEvent } from "../protocols/nostr/event.ts";
import type { Filter } from "../protocols/nostr/filter.ts";
import { readFollows } from "../protocols/nostr/follow_list.ts";
import { FOLLOWS_KIND } from "../protocols/nostr/kinds.ts";
import { replaces } from "./announcement_pages.ts";

/** Asks for events; only those with a valid signature come back, perhaps others than asked for. */
export type AskEvents = (filter: Filter, most: number) => Promise<readonly NostrEvent[]>;

/** Most keys at each distance. */
export const MOST_FOLLOWS = { near: 100, far: 400 } as const;
/** The keys that the root follows, at most 100, without the root itself. */
export async function followedBy(ask: AskEvents, root: string): Promise<string[]> {
  const keys = (await followsOf(ask, [root])).get(root) ?? [];
  return keys.slice(0, MOST_FOLLOWS.near).filter((key) => key !== root);
}

/** The keys that the root follows, and those that these follow. The root itself is none of them: its own history counts elsewhere. */
export async function distancesFrom(
  ask: AskEvents,
  root: string,
): Promise<ReadonlyMap<string, 1 | 2>> {
  const distances = new Map<string, 1 | 2>();
  for (const key of await followedBy(ask, root)) distances.set(key, 1);
  const lists = await followsOf(ask, [...distances.keys()]);
  let far = 0;
  // One key after the other gives one key, so that a long list does not push the others out.
  const queues = [...distances.keys()].map((key) => [...lists.get(key) ?? []]);
  while (far < MOST_FOLLOWS.far && queues.some((queue) => queue.length > 0)) {
    for (const queue of queues) {
      const key = queue.shift();
      if (key === undefined || key === root || distances.has(key)) continue;
      if (far++ >= MOST_FOLLOWS.far) break;
      distances.set(key, 2);
    }
  }
  return distances;
}

async function followsOf(
  ask: AskEvents,
  keys: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  if (keys.length === 0) return new Map();
  const filter = { kinds: [FOLLOWS_KIND], authors: [...keys], limit: keys.length * 2 };
  const newest = new Map<string, NostrEvent>();
  for (const event of await ask(filter, keys.length * 4)) {
    if (event.kind !== FOLLOWS_KIND || !keys.includes(event.pubkey)) continue;
    const held = newest.get(event.pubkey);
    if (held === undefined || replaces(event, held)) newest.set(event.pubkey, event);
  }
  return new Map(
    [...newest].map(([key, event]) => [key, readFollows(event, MOST_FOLLOWS.far) ?? []]),
  );
}
