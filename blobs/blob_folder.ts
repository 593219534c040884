/**
 * A folder of blobs, each under its own hash. A blob is either complete or absent: it is written to another place, hashed while it is
 * written, synced, and renamed. What a crash left incomplete is under `partial/`, and is continued or removed.
 *
 * ```
 * FOLDER/blobs/ab/abcd...   64 hex digits, mode 0600
 * FOLDER/partial/NAME       incomplete blobs
 * ```
 *
 * Names consist only of checked hex digits, so no name leaves the folder. Links are not followed. Held: nothing, except what the callers'
 * writers hold.
 *
 * @module
 */
import type { Hash } from "node:crypto";
import { openPlainFile } from "../base/files/plain_file.ts";
import { nodeCrypto } from "../base/node_modules.ts";
import { isHex } from "../protocols/nostr/hex.ts";
import { BlobTransferError } from "./blob_transfer_error.ts";

/** Writes one blob. */
interface BlobWriter {
  /** Bytes written so far, including those of an earlier try. */
  readonly size: number;
  /** Writes further bytes. Rejects with BlobTransferError `too_large` above the limit, `no_space` if the disk is full. */
  write(chunk: Uint8Array): Promise<void>;
  /** Stores the blob under its hash and returns the hash. If another one was expected, removes it and rejects with `wrong_hash`. */
  commit(expected?: string): Promise<string>;
  /** Closes it; with `keep` it can be continued later. */
  end(keep: boolean): Promise<void>;
}

/** A folder of blobs. */
export class BlobFolder {
  readonly #folder: string;
  readonly #begun: string;
  readonly #prefix: string;

  private constructor(folder: string, begun: string, prefix: string) {
    this.#folder = folder;
    this.#begun = begun;
    this.#prefix = prefix;
  }

  /**
   * Creates missing folders. Their parent must exist. `begun` is the subfolder of incomplete blobs, and `prefix` (hex) begins their names:
   * two writers at the same time need different ones. Otherwise one could write other bytes into the file whose hash the other has checked.
   */
  static async open(
    folder: string,
    begun: "partial" | "copies" = "partial",
    prefix = "",
  ): Promise<BlobFolder> {
    for (const each of [folder, `${folder}/blobs`, `${folder}/${begun}`]) {
      await Deno.mkdir(each, { recursive: true, mode: 0o700 });
      const { isDirectory } = await Deno.lstat(each);
      if (!isDirectory) throw new BlobTransferError("refused", `${each} is no folder`);
    }
    return new BlobFolder(folder, begun, prefix);
  }

  /** A folder that somebody else opened before. Nothing is created. */
  static at(folder: string): BlobFolder {
    return new BlobFolder(folder, "partial", "");
  }

  /** The path of a blob, whether it exists or not. */
  pathOf(sha256: string): string {
    return `${this.#folder}/blobs/${checkedHash(sha256).slice(0, 2)}/${sha256}`;
  }

  /** Bytes of a blob; null if it does not exist. A link under its name counts as absent. */
  async sizeOf(sha256: string): Promise<number | null> {
    return (await this.infoOf(sha256))?.size ?? null;
  }

  /** Size of a blob, and when it was written or last used; null if it does not exist. A link under its name counts as absent. */
  async infoOf(
    sha256: string,
  ): Promise<{ readonly size: number; readonly changedMs: number } | null> {
    const info = await Deno.lstat(this.pathOf(sha256)).catch(nullIfMissing);
    return info?.isFile ? { size: info.size, changedMs: info.mtime?.getTime() ?? 0 } : null;
  }

  /** Shows a blob of this folder in another one on the same disk, as a second name of the same file, whose time starts again. */
  async showIn(other: BlobFolder, sha256: string, nowMs: number): Promise<void> {
    await this.used(sha256, nowMs);
    const place = other.pathOf(sha256);
    await makeFolder(place.slice(0, place.lastIndexOf("/")));
    const beside = other.#partial(crypto.randomUUID());
    await Deno.link(this.pathOf(sha256), beside);
    await Deno.rename(beside, place);
    // Where both names already were of one file, the rename did nothing.
    await Deno.remove(beside).catch(nullIfMissing);
  }

  /** Opens a blob for reading. Rejects with BlobTransferError `not_there`. */
  async openBlob(sha256: string): Promise<Deno.FsFile> {
    try {
      return await openPlainFile(this.pathOf(sha256));
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
      throw new BlobTransferError("not_there", `blob ${sha256} is not here`);
    }
  }

  /** Removes a blob synchronously; does nothing if it does not exist. */
  removeNow(sha256: string): void {
    try {
      Deno.removeSync(this.pathOf(sha256));
    } catch (error) {
      nullIfMissing(error);
    }
  }

  /** The hashes of all blobs. Files with other names are skipped. */
  async *all(): AsyncGenerator<string> {
    for await (const { name: first, isDirectory } of Deno.readDir(`${this.#folder}/blobs`)) {
      if (!isDirectory || !isHex(first, 2)) continue;
      for await (const { name } of Deno.readDir(`${this.#folder}/blobs/${first}`)) {
        if (isHex(name, 64)) yield name;
      }
    }
  }

  /** Bytes that an earlier try left under this name; 0 if there are none. */
  async partialSize(name: string): Promise<number> {
    const info = await Deno.lstat(this.#partial(name)).catch(nullIfMissing);
    return info?.isFile ? info.size : 0;
  }

  /**
   * Starts a blob of at most `limitBytes`. With a name, it continues where an earlier try ended; the existing bytes are hashed again. The
   * caller ensures that each name has only one writer at a time.
   */
  async writer(limitBytes: number, name?: string): Promise<BlobWriter> {
    const path = this.#partial(name ?? crypto.randomUUID());
    const file = await openPlainFile(path, { read: true, write: true, create: true, mode: 0o600 });
    const hash = nodeCrypto().createHash("sha256");
    let size = 0;
    try {
      const buffer = new Uint8Array(READ_BYTES);
      for (let read; (read = await file.read(buffer)) !== null; size += read) {
        hash.update(buffer.subarray(0, read));
      }
    } catch (error) {
      file.close();
      throw error;
    }
    return new FileWriter({ file, path, hash, size, limitBytes, pathOf: (of) => this.pathOf(of) });
  }

  /** Removes incomplete blobs that were not changed since that time; returns their names. */
  async sweepPartial(beforeMs: number): Promise<string[]> {
    const old: string[] = [];
    for await (const { name } of Deno.readDir(`${this.#folder}/${this.#begun}`)) {
      const path = `${this.#folder}/${this.#begun}/${name}`;
      const info = await Deno.lstat(path).catch(nullIfMissing);
      if (info === null || (info.mtime?.getTime() ?? 0) >= beforeMs) continue;
      await Deno.remove(path, { recursive: true }).catch(nullIfMissing);
      old.push(name);
    }
    return old;
  }

  /** Removes blobs that were neither written nor used since that time; returns how many. */
  async sweepOld(beforeMs: number): Promise<number> {
    let removed = 0;
    for await (const sha256 of this.all()) {
      const info = await Deno.lstat(this.pathOf(sha256)).catch(nullIfMissing);
      if (info === null || (info.mtime?.getTime() ?? 0) >= beforeMs) continue;
      this.removeNow(sha256);
      removed++;
    }
    return removed;
  }

  /** Marks the blob as used, so that its time in the folder starts again. */
  async used(sha256: string, nowMs: number): Promise<void> {
    const at = new Date(nowMs);
    await Deno.utime(this.pathOf(sha256), at, at).catch(nullIfMissing);
  }

  /** Removes what an earlier try left under this name. */
  async dropPartial(name: string): Promise<void> {
    await Deno.remove(this.#partial(name)).catch(nullIfMissing);
  }

  #partial(name: string): string {
    const whole = this.#prefix === "" ? name : `${this.#prefix}-${name}`;
    if (!/^[0-9a-f-]{1,200}$/.test(whole)) {
      throw new RangeError("a partial blob's name must be hex");
    }
    return `${this.#folder}/${this.#begun}/${whole}`;
  }
}

const READ_BYTES = 1 << 18;

interface Writing {
  readonly file: Deno.FsFile;
  readonly path: string;
  readonly hash: Hash;
  size: number;
  readonly limitBytes: number;
  readonly pathOf: (sha256: string) => string;
}

class FileWriter implements BlobWriter {
  readonly #writing: Writing;
  #open = true;

  constructor(writing: Writing) {
    this.#writing = writing;
  }

  get size(): number {
    return this.#writing.size;
  }

  async write(chunk: Uint8Array): Promise<void> {
    const { file, hash, limitBytes } = this.#writing;
    if (this.size + chunk.length > limitBytes) {
      throw new BlobTransferError("too_large", `the blob is larger than ${limitBytes} bytes`);
    }
    hash.update(chunk);
    try {
      for (let at = 0; at < chunk.length;) at += await file.write(chunk.subarray(at));
    } catch (cause) {
      if (!/no space|ENOSPC|quota/i.test(String(cause))) throw cause;
      throw new BlobTransferError("no_space", "no space is left for the blob", { cause });
    }
    this.#writing.size += chunk.length;
  }

  async commit(expected?: string): Promise<string> {
    const { file, path, hash, pathOf } = this.#writing;
    const sha256 = hash.digest("hex");
    if (expected !== undefined && sha256 !== expected) {
      await this.end(false);
      throw new BlobTransferError(
        "wrong_hash",
        `the bytes have the hash ${sha256}, not ${expected}`,
      );
    }
    // The name must not exist before the bytes are on the disk.
    await file.syncData();
    this.#close();
    const place = pathOf(sha256);
    const folder = place.slice(0, place.lastIndexOf("/"));
    await makeFolder(folder);
    await Deno.rename(path, place);
    await syncFolder(folder);
    return sha256;
  }

  async end(keep: boolean): Promise<void> {
    this.#close();
    if (!keep) await Deno.remove(this.#writing.path).catch(nullIfMissing);
  }

  #close(): void {
    if (this.#open) this.#writing.file.close();
    this.#open = false;
  }
}

/** Makes a folder whose name is durable before anything is in it. */
async function makeFolder(path: string): Promise<void> {
  try {
    await Deno.mkdir(path, { mode: 0o700 });
    await syncFolder(path.slice(0, path.lastIndexOf("/")));
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
}

/** Makes the new name itself durable. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

/** Checks the hash from which a path is made. Nothing else reaches the file system. */
function checkedHash(sha256: string): string {
  if (!isHex(sha256, 64)) {
    throw new BlobTransferError("bad_reference", "sha256 must be 64 hex digits");
  }
  return sha256;
}

function nullIfMissing(error: unknown): null {
  if (error instanceof Deno.errors.NotFound) return null;
  throw error;
}
