/**
 * Reads a part of a file, piece by piece.
 *
 * @module
 */
import { BlobTransferError } from "./blob_transfer_error.ts";

const READ_BYTES = 1 << 18;

/**
 * The bytes from `from` to `to`. Each piece is overwritten by the next. Throws BlobTransferError `wrong_length` if the file ends before.
 */
export async function* filePieces(
  file: Deno.FsFile,
  from: number,
  to: number,
): AsyncGenerator<Uint8Array> {
  await file.seek(from, Deno.SeekMode.Start);
  const buffer = new Uint8Array(READ_BYTES);
  for (let left = to - from; left > 0;) {
    const read = await file.read(buffer.subarray(0, Math.min(left, buffer.length)));
    if (read === null) throw new BlobTransferError("wrong_length", "the blob's file is too short");
    left -= read;
    yield buffer.subarray(0, read);
  }
}
