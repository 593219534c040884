/**
 * The encryption of private blobs: AES-256-GCM under a separate key for each blob. A server sees neither the content nor the key, only the
 * size.
 *
 * ```
 * nonce (12 bytes) | ciphertext | tag (16 bytes)
 * ```
 *
 * @module
 */
import { nodeCrypto } from "../base/node_modules.ts";
import { openPlainFile } from "../base/files/plain_file.ts";
import { BlobTransferError } from "./blob_transfer_error.ts";

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The bytes that the encryption adds. */
export const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;
const READ_BYTES = 1 << 18;

/** A new key. */
export function newSecret(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(KEY_BYTES));
}

/** Encrypts pieces under a key that is used for nothing else. */
export function encryptedPieces(
  pieces: AsyncIterable<Uint8Array>,
  secret: Uint8Array,
): AsyncIterable<Uint8Array> {
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const cipher = nodeCrypto().createCipheriv("aes-256-gcm", secret, nonce);
  return (async function* () {
    yield nonce;
    for await (const piece of pieces) yield cipher.update(piece);
    yield cipher.final();
    yield cipher.getAuthTag();
  })();
}

/** Encrypts bytes under a new key. */
export async function encryptedBytes(
  bytes: Uint8Array,
): Promise<{ readonly secret: string; readonly bytes: Uint8Array }> {
  const secret = newSecret();
  const sealed = new Uint8Array(bytes.length + SEAL_BYTES);
  let at = 0;
  for await (const piece of encryptedPieces(partsOf(bytes), secret)) {
    sealed.set(piece, at);
    at += piece.length;
  }
  return { secret: secret.toBase64(), bytes: sealed };
}

async function* partsOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += READ_BYTES) {
    yield await Promise.resolve(bytes.subarray(at, at + READ_BYTES));
  }
}

/** The key in its text form. Throws BlobTransferError `bad_key`; the message does not contain the text. */
export function secretIn(text: string): Uint8Array {
  try {
    const secret = Uint8Array.fromBase64(text);
    if (secret.length === KEY_BYTES) return secret;
  } catch {
    // The error below does not contain the text.
  }
  throw badKey(`its key does not have ${KEY_BYTES} bytes`);
}

/**
 * Decrypts a file piece by piece. Nothing of it may be used before the last piece came: if the file was changed, the end throws
 * BlobTransferError `bad_key`.
 */
export async function* decryptedPieces(
  file: Deno.FsFile,
  secret: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const { size } = await file.stat();
  if (size < SEAL_BYTES) throw badKey("it is too short");
  const nonce = await readAt(file, 0, NONCE_BYTES);
  const tag = await readAt(file, size - TAG_BYTES, TAG_BYTES);
  const decipher = nodeCrypto().createDecipheriv("aes-256-gcm", secret, nonce, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAuthTag(tag);
  await file.seek(NONCE_BYTES, Deno.SeekMode.Start);
  const buffer = new Uint8Array(READ_BYTES);
  for (let left = size - SEAL_BYTES; left > 0;) {
    const read = await file.read(buffer.subarray(0, Math.min(left, buffer.length)));
    if (read === null) throw badKey("it is too short");
    left -= read;
    yield decipher.update(buffer.subarray(0, read));
  }
  try {
    decipher.final();
  } catch (cause) {
    throw badKey("it was changed, or its key belongs to another blob", { cause });
  }
}

/**
 * The content of an encrypted file, in memory: its plain text is on no disk. Throws BlobTransferError `bad_key` if the file was changed or
 * the key is not its own.
 */
export async function readEncrypted(path: string, secret: string): Promise<Uint8Array> {
  const key = secretIn(secret);
  using file = await openPlainFile(path);
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.max(0, size - SEAL_BYTES));
  let at = 0;
  for await (const piece of decryptedPieces(file, key)) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

async function readAt(file: Deno.FsFile, from: number, length: number): Promise<Uint8Array> {
  await file.seek(from, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) throw badKey("it is too short");
    at += read;
  }
  return bytes;
}

/** An encrypted blob that cannot be opened. */
export function badKey(why: string, options: ErrorOptions = {}): BlobTransferError {
  return new BlobTransferError("bad_key", `the private blob cannot be opened: ${why}`, options);
}
