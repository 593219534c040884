/**
 * Copies a home's blobs to further servers, so that a fetch still works if the network's own server is down. A mirror is asked to fetch the
 * blob itself (BUD-04). If it does not, it is sent the blob. A mirror that fails is left out of the reference.
 *
 * @see https://github.com/hzrd149/blossom/blob/master/buds/04.md
 * @module
 */
import { messageOf } from "../../base/thrown.ts";
import type { Log } from "../../base/log/log.ts";
import { MAX_HASHES } from "../../blobs/blob_authorization.ts";
import { urlAt } from "../../blobs/blob_reference.ts";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import type { BlobClient } from "../../blobs/client/blob_client.ts";
import { inLanes, type KeptBlob } from "./chunked_blobs.ts";

/** Copies blobs that `server` has to the mirrors. Returns the mirrors that now have all of them. */
export async function copyToMirrors(
  client: BlobClient,
  { server, mirrors, blobs, log, leastMs }: {
    readonly server: string;
    readonly mirrors: readonly string[];
    readonly blobs: readonly KeptBlob[];
    readonly log: Log;
    /** A blob that a mirror keeps only until an earlier time is copied again, in milliseconds since the epoch. */
    readonly leastMs: number;
  },
): Promise<string[]> {
  const copied = await Promise.all(mirrors.map(async (mirror) => {
    try {
      for (let at = 0; at < blobs.length; at += MAX_HASHES) {
        const some = blobs.slice(at, at + MAX_HASHES);
        const leave = await client.authorize("upload", some.map(({ sha256 }) => sha256), mirror);
        await inLanes(some, (blob) => copy(client, { server, mirror, leave, leastMs }, blob));
      }
      return [mirror];
    } catch (error) {
      if (!(error instanceof BlobTransferError)) throw error;
      log("warn", "a mirror has no copy", { server: mirror, reason: messageOf(error) });
      return [];
    }
  }));
  return copied.flat();
}

async function copy(
  client: BlobClient,
  { server, mirror, leave, leastMs }: {
    readonly server: string;
    readonly mirror: string;
    readonly leave: string;
    readonly leastMs: number;
  },
  blob: KeptBlob,
): Promise<void> {
  const there = await client.has(mirror, blob.sha256);
  if (there !== null && there.untilMs > leastMs) return;
  if (await client.mirror(mirror, blob, urlAt(server, blob.sha256), leave)) return;
  await client.store(mirror, blob, leave);
}
