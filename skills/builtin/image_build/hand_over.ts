/**
 * Delivers an image that does not fit into its result: it is written as an OCI archive, piece by piece, and stored as a blob that the
 * result names. The digest of each blob of the image is checked while it is written, because a build could change files until its end.
 *
 * @module
 */
import { nodeCrypto } from "../../../base/node_modules.ts";
import type { BlobReference } from "../../../blobs/blob_reference.ts";
import { blobPriceUnits } from "../../../blobs/blob_price.ts";
import { BlobTransferError } from "../../../blobs/blob_transfer_error.ts";
import { openPlainFile } from "../../../base/files/plain_file.ts";
import { tarFileHeader } from "../../../protocols/tar/tar_writer.ts";
import type { SkillBlobs, SkillStorage } from "../../skill.ts";
import { SkillError } from "../../skill_error.ts";
import { blobPath, type LaidOutImage } from "./layout.ts";

/** The archive of an image, in a result. */
export interface HandedOver {
  /** The stored OCI archive. */
  readonly archive?: Pick<BlobReference, "sha256" | "size" | "urls" | "key"> & {
    /** The price of its storage, base units in decimal. The provider paid it from the price of the job. */
    readonly storage_units: string;
  };
  /** The code of the reason why there is no archive. */
  readonly archive_error?: string;
}

/** What the delivery of an image needs. */
interface HandingOver {
  /** The folder of the image layout. */
  readonly folder: string;
  readonly image: LaidOutImage;
  /** The path where the archive is written, and removed afterwards. */
  readonly path: string;
  /** Missing if nothing can be stored. */
  readonly blobs?: SkillBlobs;
  /** Missing if nothing can be stored. */
  readonly storage?: SkillStorage;
  /** The only key that may read the archive; null for everyone. */
  readonly reader: string | null;
  readonly signal: AbortSignal;
}

/** Writes the archive and stores it. Throws SkillError `bad_image`, `cancelled`. */
export async function handOver(
  { folder, image, path, blobs, storage, reader, signal }: HandingOver,
): Promise<HandedOver> {
  if (blobs === undefined || storage === undefined) return { archive_error: "no_server" };
  const files = archiveFiles(folder, image);
  const sizeBytes = END_BYTES +
    files.reduce((sum, { size }) => sum + HEADER_BYTES + paddedTo(size), 0);
  if (sizeBytes > storage.maxBytes) return { archive_error: "storage_not_paid" };
  await writeArchive(path, files, signal);
  try {
    const { sha256, size, urls, key } = await blobs.put({ file: path }, {
      type: ARCHIVE_TYPE,
      name: "image.tar",
      ...(reader !== null && { reader }),
    });
    const units = blobPriceUnits(size, storage.unitsPerMib);
    return {
      archive: { sha256, size, urls, ...(key && { key }), storage_units: String(units) },
    };
  } catch (error) {
    if (!(error instanceof BlobTransferError)) throw error;
    return { archive_error: error.code };
  } finally {
    await Deno.remove(path).catch(() => undefined);
  }
}

const ARCHIVE_TYPE = "application/x-tar";
const HEADER_BYTES = 512;
const END_BYTES = 1_024;
const READ_BYTES = 1 << 18;

/** A file of the archive: a blob of the layout with its digest, or the bytes themselves. */
interface ArchiveFile {
  readonly path: string;
  readonly size: number;
  readonly from: { readonly file: string; readonly digest: string } | Uint8Array;
}

function archiveFiles(
  folder: string,
  { digest, manifestSize, blobs }: LaidOutImage,
): ArchiveFile[] {
  const text = (path: string, value: unknown): ArchiveFile => {
    const from = new TextEncoder().encode(JSON.stringify(value));
    return { path, size: from.length, from };
  };
  const mediaType = "application/vnd.oci.image.manifest.v1+json";
  return [
    text("oci-layout", { imageLayoutVersion: "1.0.0" }),
    text("index.json", {
      schemaVersion: 2,
      manifests: [{ mediaType, digest, size: manifestSize }],
    }),
    ...blobs.map(({ digest, size }) => ({
      path: `blobs/sha256/${digest.slice("sha256:".length)}`,
      size,
      from: { file: blobPath(folder, digest), digest },
    })),
  ];
}

async function writeArchive(
  path: string,
  files: readonly ArchiveFile[],
  signal: AbortSignal,
): Promise<void> {
  using archive = await Deno.open(path, { write: true, createNew: true, mode: 0o600 });
  const write = async (bytes: Uint8Array) => {
    for (let at = 0; at < bytes.length;) at += await archive.write(bytes.subarray(at));
  };
  for (const { path, size, from } of files) {
    await write(tarFileHeader(path, size));
    if (from instanceof Uint8Array) await write(from);
    else await copyBlob(from, size, write, signal);
    await write(new Uint8Array(paddedTo(size) - size));
  }
  await write(new Uint8Array(END_BYTES));
}

async function copyBlob(
  { file, digest }: { readonly file: string; readonly digest: string },
  size: number,
  write: (bytes: Uint8Array) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  using blob = await openPlainFile(file);
  const hash = nodeCrypto().createHash("sha256");
  const buffer = new Uint8Array(READ_BYTES);
  let left = size;
  for (let read; (read = await blob.read(buffer)) !== null; left -= read) {
    if (signal.aborted) throw new SkillError("cancelled", "the run was stopped");
    if (read > left) break;
    const piece = buffer.subarray(0, read);
    hash.update(piece);
    await write(piece);
  }
  if (left === 0 && `sha256:${hash.digest("hex")}` === digest) return;
  throw new SkillError("bad_image", `Cannot use the image: a file does not match ${digest}`);
}

function paddedTo(size: number): number {
  return Math.ceil(size / HEADER_BYTES) * HEADER_BYTES;
}
