/**
 * Recoverable ECDSA signatures for EVM contracts, with libsecp256k1 in WebAssembly.
 *
 * @module
 */
import {
  allRecoverTo,
  blind,
  isSecretKey,
  isSignedBy,
  publicPoint,
  recover,
  type Signed,
  signRecoverable,
} from "../secp256k1/curve.ts";
import type { Address } from "./address.ts";
import { fromHex, HexError, keccak256, toHex } from "./keccak.ts";

export type { Signed } from "../secp256k1/curve.ts";

/**
 * Half of the group's order. For each signature with an s above it, there is a second valid one with a lower s; only that one is accepted.
 */
const HALF_ORDER = fromHex(
  "0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0",
  32,
  "half of the order",
);

/** The most remembered public keys of signers. The check of a batch needs the public key, which an address does not contain. */
const MAX_SIGNERS = 1_024;

/**
 * Signs digests that the functions of this folder compute, and recovers their signers.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadSecp256k1, type Secp256k1 } from "./secp256k1.ts";
 *
 * const secp: Secp256k1 = await loadSecp256k1();
 * const [digest, key] = [new Uint8Array(32).fill(5), new Uint8Array(32).fill(1)];
 * assert.equal(secp.recover(digest, secp.sign(digest, key)), secp.addressOf(key));
 * ```
 */
export interface Secp256k1 {
  /** `0x` and 65 bytes: r, s (low), v (27 or 28). Deterministic (RFC 6979). */
  sign(digest: Uint8Array, secretKey: Uint8Array): string;
  /**
   * The same, and checks the signature before it returns it. The check uses the secret key, which takes half the time of
   * {@link Secp256k1.recover}. Throws SignatureError `invalid` if the new signature does not verify.
   */
  signChecked(digest: Uint8Array, secretKey: Uint8Array): string;
  /** The address that signed. Throws SignatureError. */
  recover(digest: Uint8Array, signature: string): Address;
  /**
   * Whether all of 1 to 64 signatures are of this address. It takes a third of the time of {@link Secp256k1.recover} for each. False does
   * not say which signature is wrong. The signatures must come from {@link recoverable}. `random` has 16 bytes for each signature, and must
   * be generated after the signatures arrived.
   */
  allOf(signer: Address, signed: readonly Signed[], random: Uint8Array): boolean;
  /** Blinds computations with secret keys by 32 random bytes. A worker that holds keys calls it once. */
  blind(random: Uint8Array): void;
  /** The address of a secret key. */
  addressOf(secretKey: Uint8Array): Address;
  /** Whether the bytes are a secret key: 32 bytes, above zero and below the group's order. */
  isSecretKey(bytes: Uint8Array): boolean;
}

/**
 * Returns the functions.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadSecp256k1 } from "./secp256k1.ts";
 *
 * const { addressOf, isSecretKey } = await loadSecp256k1();
 * assert.equal(addressOf(new Uint8Array(32).with(31, 1)), "0x7e5f4552091a69125d5dfcb7b8c2659029395bdf");
 * assert.ok(!isSecretKey(new Uint8Array(32)));
 * ```
 */
export function loadSecp256k1(): Promise<Secp256k1> {
  return Promise.resolve(SECP256K1);
}

/**
 * The 65 bytes of a signature, with v changed to 27 or 28, as contracts require it.
 *
 * @throws {SignatureError} `length`, `high_s` or `recovery_id`
 */
export function normalizeSignature(signature: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = fromHex(signature, 65, "signature");
  } catch (cause) {
    if (cause instanceof HexError) throw new SignatureError("length", cause.message, { cause });
    throw cause;
  }
  if (isAboveHalf(bytes)) {
    throw new SignatureError("high_s", "signature must have the lower of the two possible s");
  }
  const v = bytes[64];
  if (v !== 0 && v !== 1 && v !== 27 && v !== 28) {
    throw new SignatureError("recovery_id", `signature must end in v of 0, 1, 27 or 28 (got ${v})`);
  }
  if (v < 27) bytes[64] = v + 27;
  return bytes;
}

function isAboveHalf(signature: Uint8Array): boolean {
  for (let at = 0; at < 32; at++) {
    const difference = signature[32 + at] - HALF_ORDER[at];
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/**
 * The 65 bytes of a signature with the recovery id (0 or 1) at the end, as {@link Secp256k1.allOf} requires it.
 *
 * @throws {SignatureError} like {@link normalizeSignature}
 */
export function recoverable(signature: string): Uint8Array {
  const bytes = normalizeSignature(signature);
  bytes[64] -= 27;
  return bytes;
}

const points = new Map<Address, Uint8Array>();

const SECP256K1: Secp256k1 = {
  sign: (digest, secretKey) => signatureHex(signBytes(digest, secretKey)),
  signChecked(digest, secretKey) {
    const signature = signBytes(digest, secretKey);
    if (isSignedBy(digest, secretKey, signature)) return signatureHex(signature);
    throw new SignatureError("invalid", "the signature that was made does not verify");
  },
  recover: (digest, signature) => addressOfPoint(recoverPoint(digest, recoverable(signature))),
  allOf(signer, signed, random) {
    let point = points.get(signer);
    let rest = signed;
    if (point === undefined) {
      if (signed.length === 0) return false;
      const found = recover(signed[0].digest, signed[0].signature);
      if (found === null || addressOfPoint(found) !== signer) return false;
      point = found;
      rest = signed.slice(1);
      if (points.size >= MAX_SIGNERS) points.delete(points.keys().next().value!);
      points.set(signer, point);
      if (rest.length === 0) return true;
    }
    return allRecoverTo(point, rest, random.subarray(16 * (signed.length - rest.length)));
  },
  addressOf(secretKey) {
    const point = publicPoint(key(secretKey));
    if (point === null) throw new SignatureError("key", "secret key is invalid");
    return addressOfPoint(point);
  },
  isSecretKey,
  blind,
};

/** The last 20 bytes of the hash of a public key's x and y (64 bytes). */
function addressOfPoint(point: Uint8Array): Address {
  return toHex(keccak256(point).subarray(12)) as Address;
}

function signBytes(digest: Uint8Array, secretKey: Uint8Array): Uint8Array {
  const signature = signRecoverable(hash(digest), key(secretKey));
  // A recovery id above 1 occurs once in 2^127 signatures, and contracts cannot represent it.
  if (signature === null || signature[64] > 1) {
    throw new SignatureError("key", "secret key cannot sign");
  }
  return signature;
}

function signatureHex(signature: Uint8Array): string {
  const bytes = signature.slice();
  bytes[64] += 27;
  return toHex(bytes);
}

function recoverPoint(digest: Uint8Array, signature: Uint8Array): Uint8Array {
  const point = recover(hash(digest), signature);
  if (point !== null) return point;
  throw new SignatureError("invalid", "signature belongs to no key: r or s is out of range");
}

function key(secretKey: Uint8Array): Uint8Array {
  if (isSecretKey(secretKey)) return secretKey;
  throw new SignatureError("key", "secret key must be 32 bytes within the group's order");
}

function hash(digest: Uint8Array): Uint8Array {
  if (digest.length === 32) return digest;
  throw new SignatureError("length", `digest must have 32 bytes (got ${digest.length})`);
}

/**
 * The signature is invalid, or does not have the accepted form.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { loadSecp256k1, SignatureError } from "./secp256k1.ts";
 *
 * const secp = await loadSecp256k1();
 * assert.throws(() => secp.recover(new Uint8Array(32), "0x00"), SignatureError);
 * ```
 */
export class SignatureError extends Error {
  /** `SignatureError`. */
  override readonly name = "SignatureError";
  /** `length` (or not hex), `high_s`, `recovery_id` (v), `invalid` (recovers no key, or does not verify) or `key` (invalid secret key). */
  readonly code: "length" | "high_s" | "recovery_id" | "invalid" | "key";
  /** Makes an error with its code. The message never contains a key or signature. */
  constructor(code: SignatureError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
