/**
 * One OCI archive of images for several platforms: an index that names each, which `podman load`, `buildah pull oci-archive:` and
 * `skopeo copy` read. The same bytes for the same images.
 *
 * @see https://github.com/opencontainers/image-spec/blob/main/image-index.md
 * @module
 */
import { hash as digestOf } from "node:crypto";
import { type TarEntry, writeTar } from "../protocols/tar/tar_writer.ts";
import type { Envelope } from "../protocols/slsa/build_statement.ts";
import { readImage } from "./read_image.ts";

/** Images in one archive. */
export interface ImageIndex {
  /** Of the index, `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** A tar. */
  readonly archive: Uint8Array;
  /** What it names, in order. */
  readonly images: readonly {
    readonly digest: string;
    readonly platform: string;
    readonly emulated: boolean;
    readonly statement: Envelope;
  }[];
}

const INDEX = "application/vnd.oci.image.index.v1+json";

/** Makes the archive of the images in these result events, under one name. Throws ImageError. */
export async function imageIndex(
  name: string,
  requestKind: number,
  documents: readonly Uint8Array[],
): Promise<ImageIndex> {
  const images = await Promise.all(documents.map((each) => readImage(requestKind, each)));
  const index = encode({
    schemaVersion: 2,
    mediaType: INDEX,
    manifests: images.map(({ digest, platform, mediaType, blobs }) => {
      const [os, architecture] = platform.split("/");
      const size = blobs.get(digest)!.length;
      return { mediaType, digest, size, platform: { architecture, os } };
    }),
  });
  const digest = `sha256:${digestOf("sha256", index, "hex")}`;
  const blobs = new Map<string, Uint8Array>([[digest, index]]);
  for (const image of images) for (const [name, bytes] of image.blobs) blobs.set(name, bytes);
  const descriptor = {
    mediaType: INDEX,
    digest,
    size: index.length,
    annotations: { "org.opencontainers.image.ref.name": name },
  };
  const archive = await writeTar([
    file("oci-layout", encode({ imageLayoutVersion: "1.0.0" })),
    file("index.json", encode({ schemaVersion: 2, mediaType: INDEX, manifests: [descriptor] })),
    ...[...blobs].map(([digest, bytes]) => file(`blobs/sha256/${digest.slice(7)}`, bytes)),
  ]);
  return {
    digest,
    archive,
    images: images.map(({ digest, platform, emulated, statement }) => ({
      digest,
      platform,
      emulated,
      statement,
    })),
  };
}

function encode(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

function file(path: string, bytes: Uint8Array): TarEntry {
  return { path, type: "file", executable: false, target: "", bytes };
}
