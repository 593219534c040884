/**
 * The public statement that a payment key belongs to a Nostr identity. It is an event of kind 30078 (NIP-78 application data) with `d` =
 * `crosstown-payment-key`. Its content is the payment address, and the payment key's signature over the Nostr key. The Nostr key signs the
 * event and the payment key signs the content, so neither owner can bind the other's key without consent.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/78.md
 * @module
 */
import { APPLICATION_DATA_KIND } from "../../protocols/nostr/kinds.ts";
import { type Address, asAddress } from "../../protocols/evm/address.ts";
import { recoverKeyBinding, signKeyBinding } from "../../protocols/evm/key_binding.ts";
import type { Secp256k1 } from "../../protocols/evm/secp256k1.ts";
import type { Pubkey, UnsignedEvent, VerifiedEvent } from "../../protocols/nostr/event.ts";

/** The `d` tag of the statement. */
const KEY_BINDING_D = "crosstown-payment-key";

/** The statement before the Nostr key signs it. */
export function keyBindingEvent(
  secp: Secp256k1,
  pubkey: Pubkey,
  paymentKey: Uint8Array,
  createdAtS: number,
): UnsignedEvent {
  const content = JSON.stringify({
    address: secp.addressOf(paymentKey),
    signature: signKeyBinding(secp, pubkey, paymentKey),
  });
  return {
    pubkey,
    kind: APPLICATION_DATA_KIND,
    created_at: createdAtS,
    tags: [["d", KEY_BINDING_D]],
    content,
  };
}

/**
 * The payment address that a verified statement binds to its author. Null if the event is not such a statement, or if the signature is not
 * from that address.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { keyBindingEvent, readKeyBinding } from "./key_binding.ts";
 * import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
 * import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
 * import { createVerifier } from "../../protocols/nostr/verifier.ts";
 *
 * const secp = await loadSecp256k1();
 * const [nostrKey, paymentKey] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
 * const unsigned = keyBindingEvent(secp, publicKeyOf(nostrKey), paymentKey, 1_754_000_000);
 * const event = signEvent(unsigned, nostrKey, new Uint8Array(32));
 * const { isVerified } = await createVerifier();
 * assert.ok(isVerified(event));
 * assert.equal(readKeyBinding(secp, event), secp.addressOf(paymentKey));
 * ```
 */
export function readKeyBinding(secp: Secp256k1, event: VerifiedEvent): Address | null {
  const d = event.tags.find(([name]) => name === "d")?.[1];
  if (event.kind !== APPLICATION_DATA_KIND || d !== KEY_BINDING_D) return null;
  try {
    const { address, signature } = JSON.parse(event.content);
    const claimed = asAddress(address);
    return recoverKeyBinding(secp, event.pubkey, signature) === claimed ? claimed : null;
  } catch {
    return null;
  }
}
