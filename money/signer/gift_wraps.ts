/**
 * Gift wraps (NIP-59) of one secret key: opens a wrap for this key, and seals and wraps a message for a peer. The key that signs a wrap is
 * made only for it and overwritten at once.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/59.md
 * @module
 */
import { encrypt, getConversationKey } from "nostr-tools/nip44";
import { parseStrictJson } from "../../protocols/json/strict_json.ts";
import {
  type EventTemplate,
  type NostrEvent,
  parseEvent,
  parseUnsignedEvent,
  type Pubkey,
  type UnsignedEvent,
} from "../../protocols/nostr/event.ts";
import { eventId } from "../../protocols/nostr/event_id.ts";
import { BACKDATED_S, GIFT_WRAP_KIND, SEAL_KIND } from "../../protocols/nostr/kinds.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import type { EventVerifier } from "../../protocols/nostr/verifier.ts";
import type { Random } from "../wallet/blob.ts";
import { SignerError } from "./signer_error.ts";

/** The content of a wrap: an event without a signature, whose author the seal proves. */
export type WrappedMessage = UnsignedEvent & Pick<NostrEvent, "id">;

/** What opening and making wraps needs. */
interface GiftWrapParts {
  /** Our public key. */
  readonly pubkey: Pubkey;
  /** NIP-44 with our key. Both methods throw SignerError `bad_field`. */
  readonly conversations: {
    encrypt(peer: unknown, plaintext: unknown): string;
    decrypt(peer: unknown, payload: unknown): string;
  };
  /** Signs with our key. */
  readonly sign: (event: UnsignedEvent) => NostrEvent;
  readonly verify: EventVerifier["verify"];
  readonly random: Random;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Opens and makes gift wraps. */
interface GiftWraps {
  /**
   * The message in a wrap. Throws SignerError `bad_field` if the wrap is not for this key, or if the seal does not prove the message's
   * author.
   */
  open(wrap: unknown): WrappedMessage;
  /** A signed wrap with our message, which may have about 35 KB. Throws SignerError `bad_field`. */
  make(peer: unknown, message: unknown): NostrEvent;
}

/** Makes the gift wraps of a key. */
export function createGiftWraps(parts: GiftWrapParts): GiftWraps {
  const { pubkey, conversations, sign, verify, random, clock } = parts;
  /** A random time within the last two days, so that the date of a wrap reveals nothing. */
  const anyTimeS = () => {
    const [drawn] = new Uint32Array(random(4).slice().buffer);
    return Math.max(0, Math.floor(clock() / 1_000) - drawn % BACKDATED_S);
  };
  return {
    open(value) {
      const wrap = fields("the wrap", () => parseEvent(value));
      if (wrap.kind !== GIFT_WRAP_KIND) refuse(`a wrap has kind ${GIFT_WRAP_KIND}`);
      const seal = fields(
        "the seal",
        () => parseEvent(parseStrictJson(conversations.decrypt(wrap.pubkey, wrap.content))),
      );
      if (seal.kind !== SEAL_KIND || verify(seal) !== "ok") refuse("the seal is not authentic");
      return fields("the message", () => {
        const found = parseStrictJson(conversations.decrypt(seal.pubkey, seal.content));
        const message = parseUnsignedEvent(found);
        const id = eventId(message);
        const named = (found as { readonly id?: unknown }).id;
        // Otherwise the author of the seal could write in another's name.
        if (message.pubkey !== seal.pubkey) {
          refuse("the message names another author than its seal");
        }
        if (named !== undefined && named !== id) refuse("the message's id is of another message");
        const { created_at, kind, tags, content } = message;
        return { id, pubkey: message.pubkey, created_at, kind, tags, content };
      });
    },
    make(peer, value) {
      const message = fields("message", () => {
        const { created_at, kind, tags, content } = parseUnsignedEvent({
          ...(value as EventTemplate),
          pubkey,
        });
        return { pubkey, created_at, kind, tags, content };
      });
      const rumor = JSON.stringify({ ...message, id: eventId(message) });
      const seal = sign({
        pubkey,
        kind: SEAL_KIND,
        created_at: anyTimeS(),
        tags: [],
        content: conversations.encrypt(peer, rumor),
      });
      const secret = random(32).slice();
      try {
        return fields("the wrap", () =>
          signEvent(
            {
              pubkey: publicKeyOf(secret),
              kind: GIFT_WRAP_KIND,
              created_at: anyTimeS(),
              tags: [["p", peer as string]],
              content: encrypt(
                JSON.stringify(seal),
                getConversationKey(secret, peer as string),
                random(32),
              ),
            },
            secret,
            random(32),
          ));
      } finally {
        secret.fill(0);
      }
    },
  };
}

function refuse(words: string): never {
  throw new SignerError("bad_field", words);
}

/** Errors of reading become errors with our own message. */
function fields<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SignerError) throw error;
    throw new SignerError("bad_field", `${what} cannot be read`);
  }
}
