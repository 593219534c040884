/**
 * Private blobs: AES-256-GCM under a separate key for each blob. The key is encrypted with NIP-44 between author and reader. A server sees
 * neither the content nor the key, only the size.
 *
 * ```
 * nonce (12 bytes) | ciphertext | tag (16 bytes)
 * ```
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/44.md
 * @module
 */
import { createCipheriv, createDecipheriv } from "node:crypto";
import { codeOf } from "../../base/thrown.ts";
import type { BlobFolder } from "../../blobs/blob_folder.ts";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import type { Signer } from "../../money/signer/signer.ts";

const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** The bytes that sealing adds. */
const SEAL_BYTES = NONCE_BYTES + TAG_BYTES;
const READ_BYTES = 1 << 18;

/** The pieces of a sealed blob, and its key, encrypted for the reader. */
export async function sealedPieces(
  pieces: AsyncIterable<Uint8Array>,
  reader: string,
  signer: Pick<Signer, "encrypt">,
): Promise<{ readonly key: string; readonly pieces: AsyncIterable<Uint8Array> }> {
  const secret = crypto.getRandomValues(new Uint8Array(32));
  const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
  const key = await signer.encrypt(reader, secret.toBase64());
  const cipher = createCipheriv("aes-256-gcm", secret, nonce);
  secret.fill(0);
  return {
    key,
    pieces: (async function* () {
      yield nonce;
      for await (const piece of pieces) yield cipher.update(piece);
      yield cipher.final();
      yield cipher.getAuthTag();
    })(),
  };
}

/**
 * Opens a sealed blob of the folder. Returns the path of the decrypted file, which exists only after all of it was authenticated. Rejects
 * with BlobTransferError `bad_key` if the key does not match the bytes or is not for this home.
 */
export async function openSealed(
  folder: BlobFolder,
  sha256: string,
  { key, author }: { readonly key: string; readonly author: string },
  signer: Pick<Signer, "decrypt">,
): Promise<string> {
  const secret = await secretOf(key, author, signer);
  using file = await folder.openBlob(sha256);
  const { size } = await file.stat();
  if (size < SEAL_BYTES) throw wrong("it is too short");
  const nonce = await readAt(file, 0, NONCE_BYTES);
  const tag = await readAt(file, size - TAG_BYTES, TAG_BYTES);
  const decipher = createDecipheriv("aes-256-gcm", secret, nonce, { authTagLength: TAG_BYTES });
  secret.fill(0);
  decipher.setAuthTag(tag);
  await file.seek(NONCE_BYTES, Deno.SeekMode.Start);
  const writer = await folder.writer(size);
  try {
    const buffer = new Uint8Array(READ_BYTES);
    for (let left = size - SEAL_BYTES; left > 0;) {
      const read = await file.read(buffer.subarray(0, Math.min(left, buffer.length)));
      if (read === null) throw wrong("it is too short");
      left -= read;
      await writer.write(decipher.update(buffer.subarray(0, read)));
    }
    try {
      decipher.final();
    } catch (cause) {
      throw wrong("it was changed, or its key belongs to another blob", { cause });
    }
    return folder.pathOf(await writer.commit());
  } catch (error) {
    await writer.end(false);
    throw error;
  }
}

async function secretOf(
  key: string,
  author: string,
  signer: Pick<Signer, "decrypt">,
): Promise<Uint8Array> {
  let text: string;
  try {
    text = await signer.decrypt(author, key);
  } catch (cause) {
    if (codeOf(cause) !== "bad_field") throw cause;
    throw wrong("its key is not for this home", { cause });
  }
  try {
    const secret = Uint8Array.fromBase64(text);
    if (secret.length === 32) return secret;
  } catch {
    // The error below does not contain the decrypted text.
  }
  throw wrong("its key does not have 32 bytes");
}

async function readAt(file: Deno.FsFile, from: number, length: number): Promise<Uint8Array> {
  await file.seek(from, Deno.SeekMode.Start);
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length;) {
    const read = await file.read(bytes.subarray(at));
    if (read === null) throw wrong("it is too short");
    at += read;
  }
  return bytes;
}

function wrong(why: string, options: ErrorOptions = {}): BlobTransferError {
  return new BlobTransferError("bad_key", `the private blob cannot be opened: ${why}`, options);
}
