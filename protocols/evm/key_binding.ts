/**
 * The payment key's signature in a binding between a Nostr identity and a payment address: PaymentKeyBinding(bytes32 nostrKey). It has its
 * own EIP-712 domain, which no contract uses, so the signature is valid for nothing else.
 *
 * @see https://eips.ethereum.org/EIPS/eip-712
 * @module
 */
import type { Address } from "./address.ts";
import { fromHex, keccak256 } from "./keccak.ts";
import type { Secp256k1 } from "./secp256k1.ts";
import { typeHash } from "./typed_data.ts";

const DOMAIN_SEPARATOR = keccak256(
  typeHash("EIP712Domain(string name,string version)"),
  typeHash("crosstown payment key"),
  typeHash("1"),
);
const TYPE_HASH = typeHash("PaymentKeyBinding(bytes32 nostrKey)");

/** The EIP-712 digest: 32 bytes. Throws HexError if `pubkey` is not 64 hex digits. */
function keyBindingDigest(pubkey: string): Uint8Array {
  return keccak256(
    new Uint8Array([0x19, 0x01]),
    DOMAIN_SEPARATOR,
    keccak256(TYPE_HASH, fromHex(`0x${pubkey}`, 32, "pubkey")),
  );
}

/** Signs with the payment key that it belongs to this Nostr key. Returns `0x` and 65 bytes. */
export function signKeyBinding(secp: Secp256k1, pubkey: string, paymentKey: Uint8Array): string {
  return secp.sign(keyBindingDigest(pubkey), paymentKey);
}

/** The payment address that signed that it belongs to this Nostr key. Throws SignatureError. */
export function recoverKeyBinding(secp: Secp256k1, pubkey: string, signature: string): Address {
  return secp.recover(keyBindingDigest(pubkey), signature);
}
