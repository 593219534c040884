/**
 * The artifacts of a job for its buyer: files of its worktree that match the buyer's patterns, packed as one `tar.gz` blob.
 *
 * A job's files are not trusted. Links, pipes, devices and names that another machine could read differently are left out, and links are
 * never followed. The job's processes have ended, so no file changes while it is read.
 *
 * @module
 */
import type { BlobReference } from "../../../blobs/blob_reference.ts";
import { BlobTransferError } from "../../../blobs/blob_transfer_error.ts";
import { gzip, type TarEntry, writeTar } from "../../../protocols/tar/tar_writer.ts";
import type { SkillBlobs } from "../../skill.ts";
import { fits } from "./file_pattern.ts";

/** The artifacts in a result. */
export interface ArtifactsDocument {
  readonly files: number;
  /** The size of all files, unpacked. */
  readonly bytes: number;
  /** The number of matching files that were left out: links, odd names, or files beyond a limit. */
  readonly left_out?: number;
  /** The hash of the archive. */
  readonly sha256: string;
  /** The size of the archive, in bytes. */
  readonly size: number;
  readonly urls: readonly string[];
  /** The key of an encrypted archive, itself encrypted (NIP-44) for the buyer. */
  readonly key?: string;
}

const MAX_FILES = 2_000;
const MAX_BYTES = 32 << 20;
/** The most names that are compared. */
const MAX_SEEN = 100_000;
const MAX_DEPTH = 64;
const MAX_PATH = 1_024;

/**
 * Packs and stores the artifacts; null without patterns. `error` is a stable code; the job still has a result then.
 *
 * @param reader The only key that may read the archive; null for everyone.
 */
export async function keepArtifacts(
  tree: string,
  patterns: readonly string[],
  blobs: SkillBlobs | undefined,
  reader: string | null = null,
): Promise<ArtifactsDocument | { readonly error: string } | null> {
  if (patterns.length === 0) return null;
  if (blobs === undefined) return { error: "no_server" };
  const { entries, bytes, leftOut } = await collect(tree, patterns);
  if (entries.length === 0) return { error: "none_found" };
  try {
    const archive = await gzip(await writeTar(entries));
    const kept: BlobReference = await blobs.put({ bytes: archive }, {
      type: "application/gzip",
      name: "artifacts.tar.gz",
      ...(reader !== null && { reader }),
    });
    return {
      files: entries.length,
      bytes,
      ...(leftOut === 0 ? {} : { left_out: leftOut }),
      sha256: kept.sha256,
      size: kept.size,
      urls: kept.urls,
      ...(kept.key !== undefined && { key: kept.key }),
    };
  } catch (error) {
    if (!(error instanceof BlobTransferError)) throw error;
    return { error: error.code };
  }
}

async function collect(tree: string, patterns: readonly string[]) {
  const entries: TarEntry[] = [];
  const names = new Set<string>();
  let [bytes, leftOut, seen] = [0, 0, 0];
  const take = async (path: string, isFile: boolean) => {
    const file = `${tree}/${path}`;
    const info = isFile ? await Deno.lstat(file).catch(() => null) : null;
    const isOdd = info === null || !info.isFile || !isPlain(path) ||
      names.has(path.toLowerCase());
    if (isOdd || entries.length >= MAX_FILES || bytes + info.size > MAX_BYTES) {
      leftOut++;
      return;
    }
    const content = await Deno.readFile(file).catch(() => null);
    if (content === null || bytes + content.length > MAX_BYTES) {
      leftOut++;
      return;
    }
    bytes += content.length;
    names.add(path.toLowerCase());
    const executable = ((info.mode ?? 0) & 0o111) !== 0;
    entries.push({ path, type: "file", executable, target: "", bytes: content });
  };
  const walk = async (folder: string, depth: number): Promise<void> => {
    const found: Deno.DirEntry[] = [];
    try {
      for await (const entry of Deno.readDir(folder === "" ? tree : `${tree}/${folder}`)) {
        if (++seen > MAX_SEEN) break;
        found.push(entry);
      }
    } catch {
      return; // The job has removed its own right to read this folder.
    }
    for (const { name, isFile, isDirectory } of found.sort((a, b) => a.name < b.name ? -1 : 1)) {
      const path = folder === "" ? name : `${folder}/${name}`;
      if (path === ".git") continue;
      if (isDirectory) {
        if (depth < MAX_DEPTH) await walk(path, depth + 1);
      } else if (patterns.some((pattern) => fits(pattern, path))) await take(path, isFile);
    }
  };
  await walk("", 1);
  return { entries, bytes, leftOut };
}

/** Whether every machine reads this path in the same way. */
function isPlain(path: string): boolean {
  // deno-lint-ignore no-control-regex
  return path.length <= MAX_PATH && path.isWellFormed() && !/[\u0000-\u001f\u007f\\]/.test(path);
}
