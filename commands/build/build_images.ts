/**
 * Makes one archive from the results of several builds. It checks each provider's signed statement, fetches each image that a result only
 * refers to, and joins the images into one index.
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

/** The images in one archive, or the reason why there is no archive. */
export type Gathered =
  | {
    /** Digest of the image index. */
    readonly digest: string;
    readonly sizeBytes: number;
    /** In the order of the jobs. */
    readonly images: readonly StatedImage[];
  }
  | { readonly error: { readonly code: string; readonly message: string } };

/** The results to collect, and the file to write. */
interface Gathering {
  readonly name: string;
  /** The jobs: the request, the bytes of the accepted result event, and the platform that was asked for. */
  readonly jobs: readonly {
    readonly request: Uint8Array;
    readonly result: Uint8Array;
    readonly platform: string;
  }[];
  /** Path of the archive; null writes none. */
  readonly to: string | null;
  /** The platform of this machine. */
  readonly own: string;
  /** The URL of the repository that was to be built; null if another context was sent. */
  readonly url: string | null;
}

/** Collects the images of these result events. Rejects with BlobTransferError. */
export async function gatherImages(
  { home, market, supervisor }: {
    readonly home: Pick<HomeClient, "fetchBlob">;
    readonly market: Pick<Market, "readImage">;
    readonly supervisor: Pick<Supervisor, "service">;
  },
  { name, jobs, to, own, url }: Gathering,
): Promise<Gathered> {
  try {
    // All statements are checked before the first image is fetched.
    const images = await Promise.all(
      jobs.map(({ request, result, platform }) =>
        market.readImage(IMAGE_BUILD.kind, result, { url, platform, request })
      ),
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
