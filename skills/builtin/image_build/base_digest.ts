/**
 * The digest of a base image, for the statement of a build.
 *
 * @module
 */

const BLOCK = 512;
/** The most entries of an archive that are looked at. */
const MAX_ENTRIES = 100_000;
const MAX_INDEX_BYTES = 65_536;

/**
 * The SHA-256 by which registries name the image in an OCI archive: that of its manifest, from the archive's `index.json`. Null if the
 * archive names not exactly one image, or cannot be read.
 */
export async function baseDigest(path: string): Promise<string | null> {
  try {
    using file = await Deno.open(path);
    const header = new Uint8Array(BLOCK);
    for (let entry = 0; entry < MAX_ENTRIES && await filled(file, header); entry++) {
      const name = textOf(header.subarray(0, 100)).replace(/^\.\//, "");
      const size = Number.parseInt(textOf(header.subarray(124, 136)).trim() || "0", 8);
      if (!Number.isSafeInteger(size)) return null;
      if (name !== "index.json") {
        await file.seek(Math.ceil(size / BLOCK) * BLOCK, Deno.SeekMode.Current);
        continue;
      }
      const index = new Uint8Array(Math.min(size, MAX_INDEX_BYTES));
      return await filled(file, index) ? digestIn(JSON.parse(textOf(index))) : null;
    }
  } catch (error) {
    if (!(error instanceof Error)) throw error;
  }
  return null;
}

/** Whether the file had enough bytes. */
async function filled(file: Deno.FsFile, bytes: Uint8Array): Promise<boolean> {
  let at = 0;
  while (at < bytes.length) {
    const count = await file.read(bytes.subarray(at));
    if (count === null) return false;
    at += count;
  }
  return true;
}

function textOf(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes).replace(/\0[^]*$/, "");
}

function digestIn(index: { readonly manifests?: readonly { readonly digest?: unknown }[] }) {
  const { manifests = [] } = index;
  return manifests.length === 1
    ? /^sha256:([0-9a-f]{64})$/.exec(String(manifests[0].digest))?.[1] ?? null
    : null;
}
