/**
 * Gift wraps (NIP-59) of one secret key: a wrap that was written for us is opened, and a message is sealed and wrapped for somebody.
 * The key that signs a wrap is made for it alone and overwritten at once.
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

/** What lies in a wrap: an event without a signature, whose author its seal proves. */
export type WrappedMessage = UnsignedEvent & Pick<NostrEvent, "id">;

/** What wraps are made and opened with. */
interface GiftWrapParts {
  /** Ours. */
  readonly pubkey: Pubkey;
  /** NIP-44 under our key; both throw SignerError `bad_field`. */
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

/** Opens and makes them. */
interface GiftWraps {
  /** The message in a wrap. Throws SignerError `bad_field` where it was not written for us, or is not what its seal vouches for. */
  open(wrap: unknown): WrappedMessage;
  /** A signed wrap of our message. Throws SignerError `bad_field`; what a wrap holds is some 35 KB at most. */
  make(peer: unknown, message: unknown): NostrEvent;
}

/** Makes them of a key's parts. */
export function createGiftWraps(parts: GiftWrapParts): GiftWraps {
  const { pubkey, conversations, sign, verify, random, clock } = parts;
  /** Some moment of the last two days, so that times tell nothing. */
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
        // Else whoever seals could write in another's name.
        if (message.pubkey !== seal.pubkey) {
          refuse("the message names another author than its seal");
        }
        if (named !== undefined && named !== id) refuse("the message's id is of another one");
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

/** What cannot be read is told in words of our own. */
function fields<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof SignerError) throw error;
    throw new SignerError("bad_field", `${what} cannot be read`);
  }
}
