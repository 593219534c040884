/**
 * Fetches one blob from one server into the folder, and continues an earlier transfer.
 *
 * @module
 */
import { BlobTransferError } from "../blob_transfer_error.ts";
import type { BlobFolder } from "../blob_folder.ts";
import type { HttpAnswer, HttpClient } from "./http_client.ts";

/** What a transfer is made from. */
interface TransferParts {
  readonly http: HttpClient;
  readonly folder: BlobFolder;
}

/**
 * Returns the blob's path after its hash was verified. Rejects with BlobTransferError; the received bytes are kept for the next transfer.
 */
export async function transferBlob(
  parts: TransferParts,
  url: string,
  blob: { readonly sha256: string; readonly size: number },
  signal?: AbortSignal,
): Promise<string> {
  const goesOn = await parts.folder.partialSize(blob.sha256) > 0;
  try {
    return await transfer(parts, url, blob, signal);
  } catch (error) {
    // The beginning may have come from another server, so this one is asked for the whole blob.
    if (!goesOn || !(error instanceof BlobTransferError) || error.code !== "wrong_hash") {
      throw error;
    }
    return await transfer(parts, url, blob, signal);
  }
}

async function transfer(
  { folder, http }: TransferParts,
  url: string,
  { sha256, size }: { readonly sha256: string; readonly size: number },
  signal?: AbortSignal,
): Promise<string> {
  const { host } = new URL(url);
  if (await folder.partialSize(sha256) > size) await folder.dropPartial(sha256);
  let writer = await folder.writer(size, sha256);
  let keep = true;
  try {
    if (writer.size < size) {
      const fields: Record<string, string> = writer.size === 0
        ? {}
        : { range: `bytes=${writer.size}-` };
      await using answer = await http.send({ method: "GET", url, fields }, signal);
      if (answer.status === 200 && writer.size > 0) {
        await writer.end(false);
        writer = await folder.writer(size, sha256);
      }
      checkAnswer(answer, host, size - writer.size, writer.size);
      for await (const piece of answer.body()) await writer.write(piece);
    }
    if (writer.size < size) {
      throw new BlobTransferError("wrong_length", `${host} gave ${writer.size} bytes of ${size}`);
    }
    keep = false;
    try {
      await writer.commit(sha256);
    } catch (error) {
      if (!(error instanceof BlobTransferError)) throw error;
      throw new BlobTransferError(error.code, `${host} gave other bytes: ${error.message}`);
    }
    return folder.pathOf(sha256);
  } catch (error) {
    if (error instanceof BlobTransferError && error.code === "too_large") keep = false;
    throw error;
  } finally {
    await writer.end(keep);
  }
}

/** Refuses an answer before its body is read. */
function checkAnswer(answer: HttpAnswer, host: string, wanted: number, from: number): void {
  const { status, length, fields } = answer;
  if (status === 404 || status === 410) {
    throw new BlobTransferError("not_there", `${host} does not have it`);
  }
  if (status !== 200 && status !== 206) {
    throw new BlobTransferError("refused", `${host} answers with status ${status}`);
  }
  if (status === 206 && !fields.get("content-range")?.startsWith(`bytes ${from}-`)) {
    throw new BlobTransferError(
      "malformed_answer",
      `${host} gives another range than was asked for`,
    );
  }
  if (length !== null && length !== wanted) {
    throw new BlobTransferError(
      "wrong_length",
      `${host} has ${length} bytes where ${wanted} were expected`,
    );
  }
}
