/**
 * The keys that a key follows (NIP-02, kind 3). Replaceable: the newest list of a key counts.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/02.md
 * @module
 */
import type { NostrEvent } from "./event.ts";
import { isHex } from "./hex.ts";
import { FOLLOWS_KIND } from "./kinds.ts";

/**
 * The keys of a verified list, each once, at most `most`. Null if the event is of another kind.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { readFollows } from "./follow_list.ts";
 *
 * const key = "ab".repeat(32);
 * assert.deepEqual(readFollows({ kind: 3, tags: [["p", key], ["p", key], ["p", "x"]] }, 9), [key]);
 * ```
 */
export function readFollows(
  { kind, tags }: Pick<NostrEvent, "kind" | "tags">,
  most: number,
): string[] | null {
  if (kind !== FOLLOWS_KIND) return null;
  const keys = new Set<string>();
  for (const [name, key] of tags) {
    if (keys.size >= most) break;
    if (name === "p" && isHex(key, 64)) keys.add(key);
  }
  return [...keys];
}
