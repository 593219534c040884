/**
 * Encrypts secrets at rest: Argon2id (time 1, memory 64 MiB, parallelism 4, 32-byte key) over the UTF-8 bytes of the passphrase, then
 * AES-256-GCM. A blob is base64(salt 16, nonce 12, ciphertext and tag).
 *
 * A program that makes a passphrase itself makes it of 32 random bytes. Nobody can guess it, so Argon2id would protect nothing. Such a blob
 * begins with `key:`, and its key comes from those bytes and the salt by HKDF with SHA-256. The embedded network keeps its wallets so.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9106
 * @see https://wicg.github.io/webcrypto-modern-algos/
 * @see https://www.rfc-editor.org/rfc/rfc5869
 * @module
 */
import { crossesPorts } from "../../base/ports/error_classes.ts";

/** Makes the given number of random bytes. */
export type Random = (sizeBytes: number) => Uint8Array;

const SALT_BYTES = 16;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const MAX_PLAINTEXT_BYTES = 4_096;
const MAX_PASSPHRASE_BYTES = 1_024;
/** One pass over 65,536 KiB in four lanes. The runtime computes it outside of JavaScript, while the worker goes on. */
const ARGON2ID = { name: "Argon2id", passes: 1, memory: 65_536, parallelism: 4 };

/** The runtime's types lack these parameters. */
interface Argon2Parameters extends Algorithm {
  readonly nonce: Uint8Array<ArrayBuffer>;
}

/** What a blob under a random key begins with. No base64 contains a colon. */
const UNDER_RANDOM_KEY = "key:";
const RANDOM_KEY = /^[0-9a-f]{64}$/;

/**
 * Encrypts `plaintext` (1 to 4,096 bytes) under a passphrase. This takes about a tenth of a second and 64 MiB.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { openBlob, sealBlob } from "./blob.ts";
 *
 * const key = new Uint8Array(32).fill(7);
 * const blob = await sealBlob(key, "correct horse battery");
 * assert.deepEqual(await openBlob(blob, "correct horse battery"), key);
 * await assert.rejects(openBlob(blob, "correct horse"), { code: "passphrase" });
 * ```
 *
 * @throws {BlobError} `passphrase` if it is empty or longer than 1,024 bytes, `format` if the plaintext has a wrong size
 */
export async function sealBlob(
  plaintext: Uint8Array,
  passphrase: string,
  random: Random = secureRandom,
): Promise<string> {
  return await sealed(plaintext, (salt) => stretched(passphrase, salt, "encrypt"), random);
}

/**
 * Encrypts `plaintext` (1 to 4,096 bytes) under 32 random bytes, written as 64 lowercase hex digits. `openBlob()` takes them as the
 * passphrase of the blob.
 *
 * @throws {BlobError} `passphrase` if it is not 64 hex digits, `format` if the plaintext has a wrong size
 */
export async function sealUnderRandomKey(
  plaintext: Uint8Array,
  key: string,
  random: Random = secureRandom,
): Promise<string> {
  const blob = await sealed(plaintext, (salt) => expanded(key, salt, "encrypt"), random);
  return `${UNDER_RANDOM_KEY}${blob}`;
}

async function sealed(
  plaintext: Uint8Array,
  keyOf: (salt: Uint8Array) => Promise<CryptoKey>,
  random: Random,
): Promise<string> {
  if (plaintext.length < 1 || plaintext.length > MAX_PLAINTEXT_BYTES) {
    throw new BlobError("format", `Cannot seal: 1 to ${MAX_PLAINTEXT_BYTES} bytes expected`);
  }
  const salt = random(SALT_BYTES);
  const nonce = random(NONCE_BYTES);
  const key = await keyOf(salt);
  const secret = ownBytes(plaintext);
  try {
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv: ownBytes(nonce) },
      key,
      secret,
    );
    return base64(salt, nonce, new Uint8Array(sealed));
  } finally {
    secret.fill(0);
  }
}

/**
 * The plaintext of a blob. A wrong passphrase and a changed blob give the same error, because they cannot be distinguished.
 *
 * @throws {BlobError} `format` if the text is not a blob, `passphrase` if it does not open
 */
export async function openBlob(blob: string, passphrase: string): Promise<Uint8Array> {
  const random = typeof blob === "string" && blob.startsWith(UNDER_RANDOM_KEY);
  const bytes = bytesOf(random ? blob.slice(UNDER_RANDOM_KEY.length) : blob);
  const salt = bytes.subarray(0, SALT_BYTES);
  const nonce = bytes.subarray(SALT_BYTES, SALT_BYTES + NONCE_BYTES);
  const key = await (random ? expanded : stretched)(passphrase, salt, "decrypt");
  try {
    return new Uint8Array(
      await crypto.subtle.decrypt(
        { name: "AES-GCM", iv: ownBytes(nonce) },
        key,
        ownBytes(bytes.subarray(SALT_BYTES + NONCE_BYTES)),
      ),
    );
  } catch {
    // Without `cause`, so that all failures look the same.
    throw new BlobError("passphrase", "Cannot open the wallet: wrong passphrase or changed file");
  }
}

/**
 * Checks whether a text has the form of a blob. Whether it opens, only its passphrase can tell.
 *
 * @throws {BlobError} `format`
 */
export function checkBlob(blob: string): void {
  bytesOf(blob.startsWith(UNDER_RANDOM_KEY) ? blob.slice(UNDER_RANDOM_KEY.length) : blob);
}

/** The key of a random key. */
async function expanded(
  key: string,
  salt: Uint8Array,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  if (typeof key !== "string" || !RANDOM_KEY.test(key)) {
    throw new BlobError(
      "passphrase",
      "Cannot use the passphrase: the wallet of a dev network has one of its own, 64 hex digits in a file beside it; give no other",
    );
  }
  const secret = Uint8Array.fromHex(key);
  try {
    return await crypto.subtle.deriveKey(
      { name: "HKDF", hash: "SHA-256", salt: ownBytes(salt), info: new Uint8Array(0) },
      await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveKey"]),
      { name: "AES-GCM", length: 256 },
      false,
      [usage],
    );
  } finally {
    secret.fill(0);
  }
}

/** The key of a passphrase. */
async function stretched(
  passphrase: string,
  salt: Uint8Array,
  usage: "encrypt" | "decrypt",
): Promise<CryptoKey> {
  const password = new TextEncoder().encode(typeof passphrase === "string" ? passphrase : "");
  if (password.length === 0 || password.length > MAX_PASSPHRASE_BYTES) {
    throw new BlobError(
      "passphrase",
      `Cannot use the passphrase: 1 to ${MAX_PASSPHRASE_BYTES} bytes expected`,
    );
  }
  const parameters: Argon2Parameters & typeof ARGON2ID = { ...ARGON2ID, nonce: ownBytes(salt) };
  try {
    return await crypto.subtle.deriveKey(
      parameters,
      await crypto.subtle.importKey("raw-secret", password, ARGON2ID.name, false, ["deriveKey"]),
      { name: "AES-GCM", length: 256 },
      false,
      [usage],
    );
  } finally {
    password.fill(0);
  }
}

function bytesOf(blob: string): Uint8Array {
  const text = typeof blob === "string" ? blob.trim() : "";
  const maxChars = Math.ceil((SALT_BYTES + NONCE_BYTES + MAX_PLAINTEXT_BYTES + TAG_BYTES) / 3) * 4;
  if (
    text.length > maxChars ||
    !/^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
  ) {
    throw new BlobError("format", "Cannot read the wallet: it must be one line of base64");
  }
  const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  if (bytes.length <= SALT_BYTES + NONCE_BYTES + TAG_BYTES) {
    throw new BlobError("format", `Cannot read the wallet: ${bytes.length} bytes are too few`);
  }
  return bytes;
}

function base64(...parts: readonly Uint8Array[]): string {
  return btoa(parts.map((part) => String.fromCharCode(...part)).join(""));
}

/** Web Crypto requires bytes that are not in shared memory. */
function ownBytes(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return new Uint8Array(bytes);
}

function secureRandom(sizeBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(sizeBytes));
}

/** A blob that cannot be opened. The message never contains the passphrase. */
export class BlobError extends Error {
  /** `BlobError`. */
  override readonly name = "BlobError";
  /** `format`: not a blob. `passphrase`: wrong, unusable, or the blob was changed. */
  readonly code: "format" | "passphrase";
  /** Makes a refusal with its code. */
  constructor(code: BlobError["code"], message: string) {
    super(message);
    this.code = code;
  }
}

crossesPorts<BlobError>("BlobError", ({ code, message }) => new BlobError(code, message));
