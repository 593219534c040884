/**
 * Private blobs for a known reader (blobs/private_blob.ts): the key of the blob is encrypted with NIP-44 between author and reader.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/44.md
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { BlobFolder } from "../../blobs/blob_folder.ts";
import {
  badKey,
  decryptedPieces,
  encryptedPieces,
  newSecret,
  secretIn,
} from "../../blobs/private_blob.ts";
import type { Signer } from "../../money/signer/signer.ts";

/** The pieces of a sealed blob, and its key, encrypted for the reader. */
export async function sealedPieces(
  pieces: AsyncIterable<Uint8Array>,
  reader: string,
  signer: Pick<Signer, "encrypt">,
): Promise<{ readonly key: string; readonly pieces: AsyncIterable<Uint8Array> }> {
  const secret = newSecret();
  const key = await signer.encrypt(reader, secret.toBase64());
  const sealed = encryptedPieces(pieces, secret);
  secret.fill(0);
  return { key, pieces: sealed };
}

/**
 * Opens a sealed blob of the folder. Returns the path of the decrypted file, which exists only after all of it was authenticated. Rejects
 * with BlobTransferError `bad_key` if the key does not match the bytes or is not for this home, `wrong_hash` if its author stated another hash of the plain
 * bytes.
 */
export async function openSealed(
  folder: BlobFolder,
  sha256: string,
  { key, author, original }: {
    readonly key: string;
    readonly author: string;
    /** The hash of the plain bytes, if the author stated it. */
    readonly original?: string;
  },
  signer: Pick<Signer, "decrypt">,
): Promise<string> {
  const secret = await secretOf(key, author, signer);
  using file = await folder.openBlob(sha256);
  const { size } = await file.stat();
  const writer = await folder.writer(size);
  try {
    for await (const piece of decryptedPieces(file, secret)) await writer.write(piece);
    return folder.pathOf(await writer.commit(original));
  } catch (error) {
    await writer.end(false);
    throw error;
  } finally {
    secret.fill(0);
  }
}

async function secretOf(
  key: string,
  author: string,
  signer: Pick<Signer, "decrypt">,
): Promise<Uint8Array> {
  try {
    return secretIn(await signer.decrypt(author, key));
  } catch (cause) {
    if (codeOf(cause) !== "bad_field") throw cause;
    throw badKey("its key is not for this home", { cause });
  }
}
