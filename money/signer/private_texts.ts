/**
 * Texts in gift wraps (NIP-59). A text is encrypted for one reader under a key that is made only for it and overwritten at once; a text for
 * this home is opened. A home has a second key, derived from its own: answers to private jobs are wrapped for it, so that no event names
 * the buyer. A relay may require a proof of that key before it returns these answers (NIP-42). The second key signs nothing else.
 *
 * Held: the second key, and the conversation keys of `conversations.ts`.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/59.md
 * @module
 */
import { encrypt, getConversationKey } from "nostr-tools/nip44";
import { hmacSha256 } from "../../protocols/secp256k1/curve.ts";
import {
  type NostrEvent,
  parseEvent,
  parseUnsignedEvent,
  type Pubkey,
  tagValue,
} from "../../protocols/nostr/event.ts";
import { AUTH_KIND, BACKDATED_S, GIFT_WRAP_KIND } from "../../protocols/nostr/kinds.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import type { Random } from "../wallet/blob.ts";
import { createConversations } from "./conversations.ts";
import { createEventSigning } from "./event_signing.ts";
import { SignerError } from "./signer_error.ts";

/** What private texts need. */
interface PrivateTextParts {
  /** The second key is derived from it. It is not stored. */
  readonly nostrKey: Uint8Array;
  readonly pubkey: Pubkey;
  /** NIP-44 decryption with the first key. */
  readonly decrypt: (peer: unknown, payload: unknown) => string;
  readonly random: Random;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** Wraps and opens private texts. All methods throw SignerError `bad_field`. */
interface PrivateTexts {
  /** The public key for which answers are wrapped. */
  readonly answersKey: Pubkey;
  /** A signed wrap of a text of at most 65,535 bytes. */
  wrap(reader: unknown, text: unknown): NostrEvent;
  /** The text in a wrap for either key. The wrap does not prove its author. */
  open(wrap: unknown): string;
  /** The proof of the second key, if an event asks for it. Null for every other event. */
  proof(event: unknown): NostrEvent | null;
  /** Overwrites all keys. */
  destroy(): void;
}

const ANSWERS_KEY = new TextEncoder().encode("crosstown answers to private jobs v1");

/** Makes the private texts of a home's key. */
export function createPrivateTexts(
  { nostrKey, pubkey, decrypt, random, clock }: PrivateTextParts,
): PrivateTexts {
  const secret = hmacSha256(nostrKey, [ANSWERS_KEY]);
  const answers = createEventSigning(secret, random);
  const conversations = createConversations(secret, random);
  return {
    answersKey: answers.pubkey,
    wrap(reader, value) {
      const size = typeof value === "string" ? new TextEncoder().encode(value).length : 0;
      if (size < 1 || size > MAX_TEXT_BYTES) {
        throw new SignerError("bad_field", `a text has 1 to ${MAX_TEXT_BYTES} bytes (got ${size})`);
      }
      const [drawn] = new Uint32Array(random(4).slice().buffer);
      const own = random(32).slice();
      try {
        return signEvent(
          {
            pubkey: publicKeyOf(own),
            kind: GIFT_WRAP_KIND,
            // A random time within the last two days, so that the date of a wrap reveals nothing.
            created_at: Math.max(0, Math.floor(clock() / 1_000) - drawn % BACKDATED_S),
            tags: [["p", reader as string]],
            content: encrypt(
              value as string,
              getConversationKey(own, reader as string),
              random(32),
            ),
          },
          own,
          random(32),
        );
      } catch {
        throw new SignerError("bad_field", "reader must be a public key");
      } finally {
        own.fill(0);
      }
    },
    open(value) {
      const wrap = parsed(value);
      if (wrap.kind !== GIFT_WRAP_KIND) {
        throw new SignerError("bad_field", `a wrap has kind ${GIFT_WRAP_KIND}`);
      }
      const reader = tagValue(wrap, "p");
      if (reader === answers.pubkey) return conversations.decrypt(wrap.pubkey, wrap.content);
      if (reader === pubkey) return decrypt(wrap.pubkey, wrap.content);
      throw new SignerError("bad_field", "the wrap is for somebody else");
    },
    proof(value) {
      let event;
      try {
        event = parseUnsignedEvent(value);
      } catch {
        return null;
      }
      const asked = event.kind === AUTH_KIND && event.pubkey === answers.pubkey;
      return asked ? answers.sign(event) : null;
    },
    destroy() {
      secret.fill(0);
      conversations.destroy();
    },
  };
}

const MAX_TEXT_BYTES = 65_535;

function parsed(value: unknown): NostrEvent {
  try {
    return parseEvent(value);
  } catch {
    throw new SignerError("bad_field", "the wrap cannot be read");
  }
}
