/**
 * Writes one OCI archive with images for several platforms. Its index names each image; `podman load`, `buildah pull oci-archive:` and
 * `skopeo copy` read it. For `docker load` the archive names one of the images a second time. The same images always give the same bytes.
 *
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 * @module
 */
import { sha256 } from "../protocols/sha256.ts";
import { tarFileHeader } from "../protocols/tar/tar_writer.ts";
import { type ArchiveBytes, type ArchivedImage, archivedImage } from "./image_archive.ts";
import { ImageError } from "./image_error.ts";

/** An image that is written into the archive. */
interface IndexedImage {
  /** The digest of its manifest: `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** The platform that its provider stated, e.g. `linux/arm64`. */
  readonly platform: string;
  readonly archive: ArchiveBytes;
}

/** The names in the archive. */
export interface ImageNaming {
  /** The image's name, e.g. `hello:1.0`. */
  readonly name: string;
  /** The platform whose image is given to an engine that cannot read an index. If no image has it, the first image is given. */
  readonly own: string;
}

const INDEX = "application/vnd.oci.image.index.v1+json";
const BLOCK = 512;

/**
 * Writes the archive of these images under one name and checks each blob against its digest. Returns the digest of the index. Throws
 * ImageError `bad_image`, possibly after a part was written.
 */
export async function writeImageIndex(
  { name, own }: ImageNaming,
  asked: readonly IndexedImage[],
  write: (bytes: Uint8Array) => Promise<void>,
): Promise<string> {
  const images = await Promise.all(asked.map(async ({ digest, platform, archive }) => {
    const image = await archivedImage(archive, digest);
    if (image.platform === platform) return image;
    throw new ImageError(
      "bad_image",
      `Cannot use the image: it is for ${image.platform.slice(0, 40)}, not ${platform}`,
    );
  }));
  const index = encode({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: images.map(({ platform, mediaType, blobs: [{ digest, size }] }) => {
      const [os, architecture] = platform.split("/");
      return { mediaType, digest, size, platform: { architecture, os } };
    }),
  });
  const digest = `sha256:${sha256(index).toHex()}`;
  const descriptor = {
    mediaType: INDEX,
    digest,
    size: index.length,
    annotations: { "org.opencontainers.image.ref.name": name },
  };
  const file = async (path: string, size: number, pieces: AsyncIterable<Uint8Array>) => {
    await write(tarFileHeader(path, size));
    for await (const piece of pieces) await write(piece);
    await write(new Uint8Array((BLOCK - size % BLOCK) % BLOCK));
  };
  const document = (path: string, bytes: Uint8Array) => file(path, bytes.length, once(bytes));
  await document("oci-layout", encode({ imageLayoutVersion: "1.0.0" }));
  await document(
    "index.json",
    encode({ schemaVersion: 2, mediaType: INDEX, manifests: [descriptor] }),
  );
  const single = images.find(({ platform }) => platform === own) ?? images[0];
  await document("manifest.json", encode(dockerManifest(name, single)));
  await document(pathOf(digest), index);
  const blobs = new Map(
    images.flatMap(({ blobs }) => blobs.map((blob) => [blob.digest, blob] as const)),
  );
  for (const { digest, size, pieces } of blobs.values()) {
    await file(pathOf(digest), size, pieces());
  }
  await write(new Uint8Array(2 * BLOCK));
  return digest;
}

/** The manifest for Docker engines that cannot read OCI archives: one image, its configuration, and the paths of its layers. */
function dockerManifest(name: string, { config, layers }: ArchivedImage) {
  const RepoTags = [/:[^/]*$/.test(name) ? name : `${name}:latest`];
  return [{ Config: pathOf(config), RepoTags, Layers: layers.map(pathOf) }];
}

function pathOf(digest: string): string {
  return `blobs/sha256/${digest.slice("sha256:".length)}`;
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield await Promise.resolve(bytes);
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
