/**
 * Reads the OCI image layout that an engine wrote in a sandbox. An untrusted build could write to that folder, so the type of every file is
 * checked before it is opened, and every blob is compared with its digest.
 *
 * @see https://github.com/opencontainers/image-spec/blob/main/image-layout.md
 * @module
 */
import { nodeCrypto } from "../../../base/node_modules.ts";
import type { TarEntry } from "../../../protocols/tar/tar_writer.ts";
import { SkillError } from "../../skill_error.ts";

/** A layer in the manifest. */
export interface Layer {
  /** `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** The stored, compressed size. */
  readonly size: number;
}

/** An image in a layout. */
export interface LaidOutImage {
  /** The digest of its manifest, `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** The size of its manifest, in bytes. */
  readonly manifestSize: number;
  /** The size of manifest, configuration and layers together. */
  readonly sizeBytes: number;
  /** The layers, the lowest first. */
  readonly layers: readonly Layer[];
  /** The digests and sizes of all its blobs, the manifest first. */
  readonly blobs: readonly Layer[];
  /** The `os/arch` in its configuration. */
  readonly platform: string;
}

const MAX_DOCUMENT_BYTES = 1 << 20;
const MAX_LAYERS = 512;

/** Reads the only image of a layout. Throws SkillError `bad_image`. */
export async function readLayout(folder: string): Promise<LaidOutImage> {
  await checkFolders(folder);
  const index = json(await readFile(`${folder}/index.json`));
  const manifests = listOf(index.manifests);
  if (manifests.length !== 1) bad(`the layout has ${manifests.length} images`);
  const digest = digestIn(manifests[0].digest);
  const manifestBytes = await readBlob(folder, digest);
  const manifest = json(manifestBytes);
  const layers = listOf(manifest.layers).map(({ digest, size }) => ({
    digest: digestIn(digest),
    size: Number(size),
  }));
  if (layers.length > MAX_LAYERS) bad(`the image has ${layers.length} layers`);
  const configDigest = digestIn(record(manifest.config).digest);
  const configBytes = await readBlob(folder, configDigest);
  const config = json(configBytes);
  for (const { digest, size } of layers) {
    const info = await Deno.lstat(blobPath(folder, digest)).catch(() => null);
    if (!info?.isFile || info.size !== size) bad(`the layer ${digest} is not there`);
  }
  const blobs = [
    { digest, size: manifestBytes.length },
    { digest: configDigest, size: configBytes.length },
    ...layers.filter(({ digest }, at) => layers.findIndex((each) => each.digest === digest) === at),
  ];
  return {
    digest,
    manifestSize: manifestBytes.length,
    sizeBytes: blobs.reduce((sum, { size }) => sum + size, 0),
    layers,
    blobs,
    platform: `${config.os}/${config.architecture}`,
  };
}

/** The path of a blob of the layout, for example a layer. */
export function blobPath(folder: string, digest: string): string {
  return `${folder}/blobs/sha256/${digest.slice("sha256:".length)}`;
}

/** The entries of an OCI archive of an image. Each blob is compared with its digest. Throws SkillError `bad_image`. */
export async function archiveEntries(
  folder: string,
  { blobs }: LaidOutImage,
): Promise<TarEntry[]> {
  const file = (path: string, bytes: Uint8Array): TarEntry => ({
    path,
    type: "file",
    executable: false,
    target: "",
    bytes,
  });
  const entries = [
    file("index.json", await readFile(`${folder}/index.json`)),
    file("oci-layout", new TextEncoder().encode('{"imageLayoutVersion":"1.0.0"}')),
  ];
  for (const { digest, size } of blobs) {
    const bytes = await readBlob(folder, digest, size);
    entries.push(file(`blobs/sha256/${digest.slice("sha256:".length)}`, bytes));
  }
  return entries;
}

async function checkFolders(folder: string): Promise<void> {
  for (const path of [folder, `${folder}/blobs`, `${folder}/blobs/sha256`]) {
    const info = await Deno.lstat(path).catch(() => null);
    if (!info?.isDirectory) bad("the engine wrote no image");
  }
}

async function readBlob(
  folder: string,
  digest: string,
  limitBytes = MAX_DOCUMENT_BYTES,
): Promise<Uint8Array> {
  const bytes = await readFile(blobPath(folder, digest), limitBytes);
  if (`sha256:${nodeCrypto().hash("sha256", bytes, "hex")}` !== digest) {
    bad(`a file does not match ${digest}`);
  }
  return bytes;
}

/** Reads a plain file of the folder. The build has ended, so the file cannot change between the check and the reading. */
async function readFile(path: string, limitBytes = MAX_DOCUMENT_BYTES): Promise<Uint8Array> {
  const info = await Deno.lstat(path).catch(() => null);
  if (!info?.isFile || info.size > limitBytes) bad("a file of the image is missing or too large");
  return await Deno.readFile(path);
}

function json(bytes: Uint8Array): Record<string, unknown> {
  try {
    return record(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (cause) {
    if (cause instanceof SkillError) throw cause;
    return bad("a document of the image is not JSON");
  }
}

function record(value: unknown): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  return bad("a document of the image is malformed");
}

function listOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : bad("a document of the image is malformed");
}

function digestIn(value: unknown): string {
  if (typeof value === "string" && /^sha256:[0-9a-f]{64}$/.test(value)) return value;
  return bad("a document of the image has a malformed digest");
}

function bad(why: string): never {
  throw new SkillError("bad_image", `Cannot use the image: ${why}`);
}
