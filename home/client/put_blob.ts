/**
 * Stores an incoming file, and reports how far its upload is.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import type { BlobReference } from "../../blobs/blob_reference.ts";
import type { BlobProgress, Blobs } from "../../market/blobs/blobs.ts";
import type { HomeCall } from "./home_api.ts";

/** How often the upload is looked at, in milliseconds. */
const LOOK_MS = 250;

/** Stores it. Rejects as {@link Blobs.put} does; a look at the upload that fails is left out. */
export async function putBlob(
  blobs: Pick<Blobs, "put" | "progressOf">,
  { incoming, type, chunked }: {
    readonly incoming: string;
    readonly type: string | null;
    readonly chunked: boolean;
  },
  { progress }: Pick<HomeCall<BlobProgress>, "progress">,
): Promise<BlobReference> {
  const ended = new AbortController();
  const look = async () => {
    while (!ended.signal.aborted) {
      await pause(LOOK_MS, ended.signal);
      if (ended.signal.aborted) return;
      const upload = await blobs.progressOf(incoming).catch(() => null);
      if (upload !== null && upload.ofBytes > 0) progress(upload);
    }
  };
  const looking = look();
  try {
    return await blobs.put({ incoming }, { chunked, ...type === null ? {} : { type } });
  } finally {
    ended.abort();
    await looking;
  }
}
