/**
 * Reads private messages out of gift wraps. Anybody can write wraps for a key, and as many messages as it likes, so an author has a share of
 * the list.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { isHex } from "../../protocols/nostr/hex.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { PRIVATE_MESSAGE_KIND } from "../../protocols/nostr/kinds.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Inbox, ReadMessage } from "./messages.ts";

/** The most messages of one author in a list, its newest ones. */
export const MOST_OF_AUTHOR = 50;
/** A message that is dated later than this is not read: its author would be the last of every list. */
const AHEAD_S = 900;

/** What is read. */
interface ReadingInbox {
  /** Messages that are dated before are left out. */
  readonly sinceS: number;
  readonly limit: number;
  readonly nowS: number;
  /** Resolves when the next wrap may be opened. */
  readonly turn: () => Promise<void>;
}

/** Opens the wraps. A wrap that is not for this key, that proves no author or that holds another kind is skipped. */
export async function readInbox(
  wraps: readonly NostrEvent[],
  signer: Pick<Signer, "openWrap">,
  { sinceS, limit, nowS, turn }: ReadingInbox,
): Promise<Pick<Inbox, "messages" | "leftOut">> {
  const found = new Map<string, ReadMessage>();
  for (const wrap of wraps) {
    await turn();
    const message = await opened(wrap, signer);
    if (message === null) continue;
    const { id, createdAtS } = message;
    // The same message may come in several wraps.
    if (createdAtS >= sinceS && createdAtS <= nowS + AHEAD_S) found.set(id, message);
  }
  const newestFirst = [...found.values()].sort((a, b) =>
    b.createdAtS - a.createdAtS || (a.id < b.id ? -1 : 1)
  );
  const counts = new Map<string, number>();
  const shares = newestFirst.filter(({ author }) => {
    const count = (counts.get(author) ?? 0) + 1;
    counts.set(author, count);
    return count <= MOST_OF_AUTHOR;
  });
  const messages = shares.slice(0, limit).reverse();
  return { messages, leftOut: found.size - messages.length };
}

async function opened(
  wrap: NostrEvent,
  signer: Pick<Signer, "openWrap">,
): Promise<ReadMessage | null> {
  try {
    const { id, pubkey, kind, tags, content, created_at } = await signer.openWrap(wrap);
    if (kind !== PRIVATE_MESSAGE_KIND) return null;
    const value = (name: string) => tags.find((tag) => tag[0] === name)?.[1] ?? null;
    const replyTo = value("e");
    return {
      id,
      author: pubkey,
      to: tags.flatMap(([name, key]) => name === "p" && isHex(key, 64) ? [key] : []),
      subject: value("subject"),
      replyTo: isHex(replyTo, 64) ? replyTo : null,
      text: content,
      createdAtS: created_at,
    };
  } catch (error) {
    if (codeOf(error) !== "bad_field") throw error;
    return null;
  }
}
