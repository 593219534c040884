/**
 * Gift wraps for a skill's test. Their key protects nothing.
 *
 * @module
 */
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { createConversations } from "../../money/signer/conversations.ts";
import { createEventSigning } from "../../money/signer/event_signing.ts";
import { createGiftWraps } from "../../money/signer/gift_wraps.ts";

const { verify } = await createVerifier();

/** Makes and opens gift wraps with this key of 32 bytes. */
export function testWraps(key: Uint8Array): ReturnType<typeof createGiftWraps> {
  const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
  const { pubkey, sign } = createEventSigning(key, random);
  const conversations = createConversations(key, random);
  return createGiftWraps({ pubkey, conversations, sign, verify, random, clock: Date.now });
}
