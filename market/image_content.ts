/**
 * Reads the description of an image in the content of an `image-build` result (6602). The provider is a stranger, so every field is
 * checked.
 *
 * @module
 */
import { type BlobReference, checkReference } from "../blobs/blob_reference.ts";
import { ResultContentError } from "./result_content_error.ts";

/** An image as its provider describes it. */
export interface ToldImage {
  /** The name that the buyer gave it. */
  readonly name: string;
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** The size of manifest, configuration and layers together, in bytes. */
  readonly size_bytes: number;
  /** The layers, from the lowest on. */
  readonly layers: readonly { readonly digest: string; readonly size: number }[];
  /** Where its OCI archive is stored, if the result does not contain it. */
  readonly archive?: Pick<BlobReference, "sha256" | "size" | "urls" | "key">;
  /** The part of the job's price that paid for storing the archive, as the provider states it; base units in decimal. */
  readonly storage_units?: string;
  /** Why the archive of an image is not delivered. */
  readonly archive_error?: string;
}

/** How a build went, as its provider states it. */
export interface ToldBuild {
  /** `Build: SUCCESS | Tests: 47/47 passed`. */
  readonly summary: string;
  /** e.g. `linux/arm64`. */
  readonly platform: string;
  /** Whether its steps ran under an emulator. */
  readonly emulated: boolean;
}

/** Reads the image and how its build went. Throws ResultContentError. */
export function imageContent(
  document: Readonly<Record<string, unknown>>,
): { readonly image: ToldImage | null; readonly build: ToldBuild } {
  const { summary, platform, emulated, archive_error: reason } = document;
  if (typeof summary !== "string" || summary.length > 200) {
    throw new ResultContentError("summary must be a line of text");
  }
  if (typeof platform !== "string" || !/^[a-z0-9]+(\/[a-z0-9]+){1,2}$/.test(platform)) {
    throw new ResultContentError("platform must be os/arch");
  }
  if (reason !== undefined && (typeof reason !== "string" || !/^[a-z][a-z_]{0,31}$/.test(reason))) {
    throw new ResultContentError("archive_error must be a short word in snake case");
  }
  const build = { summary, platform, emulated: emulated === true };
  if (document.image === undefined) return { image: null, build };
  const { name, digest, size_bytes, layers } = (document.image ?? {}) as Record<string, unknown>;
  const sound = typeof name === "string" && name.length <= 256 && typeof digest === "string" &&
    DIGEST.test(digest) && isCount(size_bytes) && Array.isArray(layers) &&
    layers.length <= MAX_LAYERS &&
    layers.every((layer) => DIGEST.test(layer?.digest) && isCount(layer?.size));
  if (!sound) throw new ResultContentError("image must name its digest, size and layers");
  const read = layers.map(({ digest, size }) => ({ digest: String(digest), size: Number(size) }));
  const image = {
    name,
    digest,
    size_bytes,
    layers: read,
    ...(document.archive !== undefined && archiveOf(document.archive)),
    ...(reason !== undefined && { archive_error: reason }),
  };
  return { image, build };
}

const MAX_LAYERS = 512;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

function archiveOf(value: unknown): Pick<ToldImage, "archive" | "storage_units"> {
  const fields = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { sha256, size, urls, key, storage_units: units } = fields;
  if (!Array.isArray(urls) || typeof units !== "string" || !/^\d{1,18}$/.test(units)) {
    throw new ResultContentError("archive must name a blob, and what its storage cost");
  }
  try {
    const reference = { sha256, size, urls, ...(key !== undefined && { key }) } as BlobReference;
    return { archive: checkReference(reference), storage_units: units };
  } catch (cause) {
    throw new ResultContentError("archive must name a blob", { cause });
  }
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
