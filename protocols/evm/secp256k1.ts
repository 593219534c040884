/**
 * Recoverable ECDSA signatures as EVM contracts read them, over libsecp256k1 in WebAssembly (five times viem's recover).
 *
 * @module
 */
import { instantiateSecp256k1 } from "@bitauth/libauth/build/lib/crypto/secp256k1.js";
import { type Address, addressOfPublicKey } from "./address.ts";
import { fromHex, HexError, toHex } from "./keccak.ts";

/** Half of the group's order: an s above it is the malleable twin of a lower one. */
const HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0n;

/** Signs and recovers digests that the functions of this folder computed. */
export interface Secp256k1 {
  /** `0x` and 65 bytes: r, s (low), v (27 or 28). Deterministic (RFC 6979). */
  sign(digest: Uint8Array, secretKey: Uint8Array): string;
  /** The address that signed; throws SignatureError. */
  recover(digest: Uint8Array, signature: string): Address;
  /** The address of a secret key. */
  addressOf(secretKey: Uint8Array): Address;
  /** Whether 32 bytes are a secret key: neither zero nor at or above the group's order. */
  isSecretKey(bytes: Uint8Array): boolean;
}

type Library = Awaited<ReturnType<typeof instantiateSecp256k1>>;

let loaded: Promise<Secp256k1> | undefined;

/** The library, instantiated once per process or worker. */
export function loadSecp256k1(): Promise<Secp256k1> {
  return loaded ??= instantiateSecp256k1().then(wrap);
}

/**
 * The 65 bytes of a signature with v made 27 or 28, as contracts want it.
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
  if (BigInt(toHex(bytes.subarray(32, 64))) > HALF_ORDER) {
    throw new SignatureError("high_s", "signature must have the lower of the two possible s");
  }
  const v = bytes[64];
  if (v !== 0 && v !== 1 && v !== 27 && v !== 28) {
    throw new SignatureError("recovery_id", `signature must end in v of 0, 1, 27 or 28 (got ${v})`);
  }
  if (v < 27) bytes[64] = v + 27;
  return bytes;
}

function wrap(library: Library): Secp256k1 {
  return {
    sign(digest, secretKey) {
      const signed = library.signMessageHashRecoverableCompact(
        key(library, secretKey),
        hash(digest),
      );
      if (typeof signed === "string") throw new SignatureError("key", "secret key cannot sign");
      const signature = new Uint8Array(65);
      signature.set(signed.signature);
      signature[64] = 27 + signed.recoveryId;
      return toHex(normalizeSignature(toHex(signature)));
    },
    recover(digest, signature) {
      const bytes = normalizeSignature(signature);
      const publicKey = library.recoverPublicKeyUncompressed(
        bytes.subarray(0, 64),
        bytes[64] === 27 ? 0 : 1,
        hash(digest),
      );
      if (typeof publicKey === "string") {
        throw new SignatureError("invalid", "signature is of no key: r or s is out of range");
      }
      return addressOfPublicKey(publicKey);
    },
    addressOf(secretKey) {
      const publicKey = library.derivePublicKeyUncompressed(key(library, secretKey));
      if (typeof publicKey === "string") throw new SignatureError("key", "secret key is none");
      return addressOfPublicKey(publicKey);
    },
    isSecretKey: (bytes) => bytes.length === 32 && library.validatePrivateKey(bytes),
  };
}

function key(library: Library, secretKey: Uint8Array): Uint8Array {
  if (secretKey.length !== 32 || !library.validatePrivateKey(secretKey)) {
    throw new SignatureError("key", "secret key must be 32 bytes within the group's order");
  }
  return secretKey;
}

function hash(digest: Uint8Array): Uint8Array {
  if (digest.length === 32) return digest;
  throw new SignatureError("length", `digest must have 32 bytes (got ${digest.length})`);
}

/** A signature that is none, or not in the only form taken. */
export class SignatureError extends Error {
  /** `SignatureError`. */
  override readonly name = "SignatureError";
  /** `length` (or not hex), `high_s`, `recovery_id` (v), `invalid` (recovers to nothing) or `key` (no secret key). */
  readonly code: "length" | "high_s" | "recovery_id" | "invalid" | "key";
  /** Makes a refusal with its code; the message never repeats key or signature. */
  constructor(code: SignatureError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
