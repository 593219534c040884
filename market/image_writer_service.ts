/**
 * Writes images into one OCI archive. The worker can only read the fetched archives and write that one file. The archives come from
 * strangers, so each blob is checked against its digest. The file appears only after everything was checked.
 *
 * @module
 */
import { defineService } from "../base/service.ts";
import type { ImageNaming } from "./image_index.ts";
import type { StatedImage } from "./read_image.ts";

/** The archives that are read, and the file that is written. */
interface ImageWriterOptions {
  /** Absolute paths of the fetched archives. */
  readonly archives: readonly string[];
  /** Absolute path of the file. Null checks the images and writes nothing. */
  readonly to: string | null;
}

/** An image and the place of its archive. */
export interface WrittenImage extends Pick<StatedImage, "digest" | "platform"> {
  /** The gzipped archive from a result, or the path of a fetched archive. */
  readonly archive: { readonly gzip: Uint8Array } | { readonly path: string };
}

/** The methods of the service. */
interface ImageWriter {
  /** Writes the archive. Returns the digest of its index and its size. Rejects with ImageError `bad_image`. */
  write(
    as: ImageNaming,
    images: readonly WrittenImage[],
  ): Promise<{ readonly digest: string; readonly sizeBytes: number }>;
}

/** The largest size to which an archive in a result may unpack, in bytes. */
const MAX_INLINE_BYTES = 64 << 20;

/** For the host: the service `image-writer`. */
export const definition = defineService({
  name: "image-writer",
  methods: ["write"] as const,
  permissions: ({ archives, to }: ImageWriterOptions) => ({
    read: [...archives, ...(to === null ? [] : [to, partOf(to)])],
    write: to === null ? [] : [to, partOf(to)],
  }),
  async start({ archives, to }: ImageWriterOptions): Promise<ImageWriter> {
    // Imported here, because the supervisor loads this file only for its permissions.
    const { writeImageIndex } = await import("./image_index.ts");
    const bytesOf = async ({ archive }: WrittenImage) => {
      if ("gzip" in archive) return inMemory(await unpacked(archive.gzip));
      if (!archives.includes(archive.path)) throw new RangeError("the archive is not one of ours");
      return inFile(await Deno.open(archive.path));
    };
    return {
      async write(as, images) {
        using opened = new DisposableStack();
        const indexed = [];
        for (const image of images) {
          const archive = await bytesOf(image);
          opened.defer(() => archive.close());
          indexed.push({ ...image, archive });
        }
        let sizeBytes = 0;
        if (to === null) {
          const digest = await writeImageIndex(as, indexed, (bytes) => {
            sizeBytes += bytes.length;
            return Promise.resolve();
          });
          return { digest, sizeBytes };
        }
        const part = partOf(to);
        await Deno.remove(part).catch(() => undefined);
        using file = await Deno.open(part, { write: true, createNew: true });
        try {
          const digest = await writeImageIndex(as, indexed, async (bytes) => {
            for (let at = 0; at < bytes.length;) at += await file.write(bytes.subarray(at));
            sizeBytes += bytes.length;
          });
          await Deno.rename(part, to);
          return { digest, sizeBytes };
        } catch (error) {
          await Deno.remove(part).catch(() => undefined);
          throw error;
        }
      },
    };
  },
});

/** The file's name until it is complete. */
function partOf(to: string): string {
  return `${to}.part`;
}

async function unpacked(gzip: Uint8Array): Promise<Uint8Array> {
  const { ImageError } = await import("./image_error.ts");
  const { gunzipBounded } = await import("../skills/builtin/ci_run/tar_reader.ts");
  const { SkillError } = await import("../skills/skill_error.ts");
  try {
    return await gunzipBounded(gzip, MAX_INLINE_BYTES);
  } catch (cause) {
    if (!(cause instanceof SkillError)) throw cause;
    throw new ImageError("bad_image", `Cannot use the image: ${cause.message}`);
  }
}

function inMemory(bytes: Uint8Array) {
  return {
    read(at: number, into: Uint8Array): Promise<number> {
      const piece = bytes.subarray(at, at + into.length);
      into.set(piece);
      return Promise.resolve(piece.length);
    },
    close() {},
  };
}

function inFile(file: Deno.FsFile) {
  return {
    async read(at: number, into: Uint8Array): Promise<number> {
      await file.seek(at, Deno.SeekMode.Start);
      return await file.read(into) ?? 0;
    },
    close: () => file.close(),
  };
}
