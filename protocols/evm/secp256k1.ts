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

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** Signs and recovers digests that the functions of this folder computed. */
export interface Secp256k1 {
  /** `0x` and 65 bytes: r, s (low), v (27 or 28). Deterministic (RFC 6979). */
  sign(digest: Uint8Array, secretKey: Uint8Array): string;
  /**
   * The same, checked before it is given out: with the secret key that takes half the time of {@link Secp256k1.recover}. Throws
   * SignatureError `invalid` when what was made would not verify.
   */
  signChecked(digest: Uint8Array, secretKey: Uint8Array): string;
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
  const signBytes = (digest: Uint8Array, secretKey: Uint8Array): Uint8Array => {
    const signed = library.signMessageHashRecoverableCompact(
      key(library, secretKey),
      hash(digest),
    );
    if (typeof signed === "string") throw new SignatureError("key", "secret key cannot sign");
    const signature = new Uint8Array(65);
    signature.set(signed.signature);
    signature[64] = 27 + signed.recoveryId;
    // The library makes the lower s by itself, and a recovery id above 1 once in 2^127.
    if (signature[32] > 0x7f || signed.recoveryId > 1) return normalizeSignature(toHex(signature));
    return signature;
  };
  return {
    sign: (digest, secretKey) => toHex(signBytes(digest, secretKey)),
    signChecked(digest, secretKey) {
      const signature = signBytes(digest, secretKey);
      if (signedBy(library, digest, secretKey, signature)) return toHex(signature);
      throw new SignatureError("invalid", "the signature that was made does not verify");
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

/**
 * Whether a signature is what this key gives to this digest. A verifier computes (digest / s) G + (r / s) P and compares its x with r
 * and its y's parity with v; whoever knows the key multiplies but once: ((digest + r key) / s) G, by the table of the generator
 * and in constant time. That factor is the signature's secret nonce, so it is overwritten.
 */
function signedBy(
  library: Library,
  digest: Uint8Array,
  secretKey: Uint8Array,
  signature: Uint8Array,
): boolean {
  const s = BigInt(toHex(signature.subarray(32, 64)));
  if (s === 0n || s > HALF_ORDER) return false;
  const parts: (Uint8Array | string)[] = [];
  const step = (next: () => Uint8Array | string): void => {
    if (typeof parts.at(-1) !== "string") parts.push(next());
  };
  try {
    const last = () => parts.at(-1) as Uint8Array;
    step(() => library.mulTweakPrivateKey(secretKey, signature.subarray(0, 32)));
    step(() => library.addTweakPrivateKey(last(), digest));
    step(() => library.mulTweakPrivateKey(last(), fromHex(uint256Hex(inverse(s)), 32, "s")));
    step(() => library.derivePublicKeyUncompressed(last()));
    const point = last();
    if (typeof point === "string") return false;
    let difference = (point[64] & 1) ^ (signature[64] - 27);
    for (let at = 0; at < 32; at++) difference |= point[1 + at] ^ signature[at];
    return difference === 0;
  } finally {
    for (const part of parts) if (typeof part !== "string") part.fill(0);
  }
}

/** Of a public number, modulo the group's order: the time that it takes tells nothing that is secret. */
function inverse(value: bigint): bigint {
  let [low, high, x, u] = [value % ORDER, ORDER, 0n, 1n];
  while (low !== 0n) {
    const quotient = high / low;
    [high, low, x, u] = [low, high - low * quotient, u, x - u * quotient];
  }
  return x < 0n ? x + ORDER : x;
}

function uint256Hex(value: bigint): string {
  return `0x${value.toString(16).padStart(64, "0")}`;
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
