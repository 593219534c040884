/**
 * From the results of builds to one archive: each provider's statement is checked, then the image is fetched where its result only names
 * it, then all are put together.
 *
 * @module
 */
import { MAX_KEPT_BYTES } from "../../market/blobs/large_result.ts";
import { ImageError } from "../../market/image_error.ts";
import type { WrittenImage } from "../../market/image_writer_service.ts";
import type { Market } from "../../market/market_service.ts";
import type { StatedImage } from "../../market/read_image.ts";
import type { Supervisor } from "../../home/workers/supervisor.ts";
import { IMAGE_BUILD } from "../../protocols/nostr/kinds.ts";
import type { HomeClient } from "../../shell/home/home_client.ts";

/** Images in one archive, or why there is none. */
export type Gathered =
  | {
    /** Of the index. */
    readonly digest: string;
    readonly sizeBytes: number;
    /** In the order of the results. */
    readonly images: readonly StatedImage[];
  }
  | { readonly error: { readonly code: string; readonly message: string } };

/** What is gathered, and where to. */
interface Gathering {
  readonly name: string;
  /** Bytes of accepted result events. */
  readonly results: readonly Uint8Array[];
  /** The file; null writes none. */
  readonly to: string | null;
  /** The platform of this machine. */
  readonly own: string;
}

/** Gathers the images of these result events. Rejects with BlobTransferError. */
export async function gatherImages(
  { home, market, supervisor }: {
    readonly home: Pick<HomeClient, "fetchBlob">;
    readonly market: Pick<Market, "readImage">;
    readonly supervisor: Pick<Supervisor, "service">;
  },
  { name, results, to, own }: Gathering,
): Promise<Gathered> {
  try {
    // Of every image, before the first is fetched.
    const images = await Promise.all(
      results.map((result) => market.readImage(IMAGE_BUILD.kind, result)),
    );
    const written: WrittenImage[] = [];
    for (const { archive, digest, platform, provider } of images) {
      if ("gzip" in archive) {
        written.push({ digest, platform, archive });
        continue;
      }
      const { path } = await home.fetchBlob({
        reference: archive.blob,
        maxBytes: MAX_KEPT_BYTES,
        ...(archive.blob.key !== undefined && { author: provider }),
      });
      written.push({ digest, platform, archive: { path } });
    }
    const archives = written.flatMap(({ archive }) => "path" in archive ? [archive.path] : []);
    const writer = await supervisor.service("image-writer", { archives, to });
    return { ...await writer.client().write({ name, own }, written), images };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { error: { code: error.code, message: error.message } };
  }
}
