/**
 * The answer to a request for a blob: all of it, or a range.
 *
 * @module
 */
import { BlobTransferError } from "../blob_transfer_error.ts";
import type { BlobFolder } from "../blob_folder.ts";
import { filePieces } from "../file_pieces.ts";
import type { RequestHead } from "../http/http_head.ts";
import { type Answer, refusal } from "./answer.ts";
import { rangeOf } from "./byte_range.ts";

/** The blob of a request. */
interface ReadBlob {
  readonly sha256: string;
  readonly size: number;
  /** Until when the server keeps it, in seconds. */
  readonly expiresS: number;
}

/** The hash in the path of a request for a blob; undefined for another path. */
export function hashIn({ target }: RequestHead): string | undefined {
  return /^\/([0-9a-f]{64})(?:\.[A-Za-z0-9.]{1,16})?$/.exec(target.split("?", 1)[0])?.[1];
}

/** The answer if a blob is not there. */
export function notHere(): Answer {
  return refusal(404, "this blob is not here");
}

/** Answers with a blob of the folder. */
export async function readAnswer(
  head: RequestHead,
  folder: BlobFolder,
  { sha256, size, expiresS }: ReadBlob,
): Promise<Answer> {
  const file = await folder.openBlob(sha256).catch((error: unknown) => {
    if (error instanceof BlobTransferError) return null;
    throw error;
  });
  if (file === null) return notHere();
  const range = rangeOf(head.fields.get("range"), size);
  const fields = {
    "content-type": "application/octet-stream",
    "x-content-type-options": "nosniff",
    "accept-ranges": "bytes",
    "etag": `"${sha256}"`,
    "cache-control": "public, max-age=31536000, immutable",
    "sunset": new Date(expiresS * 1_000).toUTCString(),
  };
  if (range === "unsatisfiable") {
    file.close();
    return refusal(416, "the range is not in the blob", { "content-range": `bytes */${size}` });
  }
  const { from, to } = range ?? { from: 0, to: size };
  return {
    status: range === null ? 200 : 206,
    fields: range === null
      ? fields
      : { ...fields, "content-range": `bytes ${from}-${to - 1}/${size}` },
    length: to - from,
    body: () => filePieces(file, from, to),
    end: () => file.close(),
  };
}
