/**
 * A reference to a blob in an event: its hash, its size, and its URLs. It is written as an `imeta` tag (NIP-92), so that other programs
 * find the file too. Without effects.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/92.md
 * @module
 */
import { isHex } from "../protocols/nostr/hex.ts";
import { BlobTransferError } from "./blob_transfer_error.ts";

/** A blob on a server. */
export interface BlobReference {
  /** SHA-256 of the stored bytes, 64 lowercase hex digits. */
  readonly sha256: string;
  /** Number of stored bytes. */
  readonly size: number;
  /** URLs from which it can be fetched, tried in this order; 1 to {@link MAX_URLS}. */
  readonly urls: readonly string[];
  /** MIME type, if known. */
  readonly type?: string;
  /** Of a list of chunks: the size of the file that its chunks make, in bytes. A list with another sum is refused before a chunk is fetched. */
  readonly total?: number;
  /** The name that its owner gave it, if it has one. */
  readonly name?: string;
  /** SHA-256 of an encrypted blob's plain bytes (`ox` of NIP-94), if its author states it. Opened bytes with another hash are refused. */
  readonly original?: string;
  /** The key of an encrypted blob, itself encrypted (NIP-44) between author and reader of the event. */
  readonly key?: string;
  /**
   * The key of an encrypted blob, base64. Only an event that travels in a gift wrap holds it, because a reader of the event can read the blob.
   */
  readonly secret?: string;
}

/** The largest input of a job that goes by reference, in bytes; of chunks, all together. A larger one is refused before it is paid. */
export const MAX_INPUT_BYTES = 128 << 20;
/** The most URLs in one reference. */
export const MAX_URLS = 8;
/** The largest blob that a reference may name: 1 TiB. */
const MAX_SIZE = 2 ** 40;
const URL_CHARACTERS = 2_048;

/** The reference as an `imeta` tag. Throws BlobTransferError `bad_reference`. */
export function imetaTag(reference: BlobReference): string[] {
  const [url, ...others] = checkReference(reference).urls;
  return [
    "imeta",
    `url ${url}`,
    ...(reference.type === undefined ? [] : [`m ${reference.type}`]),
    `x ${reference.sha256}`,
    ...(reference.original === undefined ? [] : [`ox ${reference.original}`]),
    `size ${reference.size}`,
    ...(reference.total === undefined ? [] : [`total ${reference.total}`]),
    ...(reference.name === undefined ? [] : [`name ${reference.name}`]),
    ...others.map((other) => `fallback ${other}`),
    ...(reference.key === undefined ? [] : [`key ${reference.key}`]),
    ...(reference.secret === undefined ? [] : [`secret ${reference.secret}`]),
  ];
}

/** The blobs that an event names, in order; at most `most`. Throws BlobTransferError `bad_reference`. */
export function blobsOf(
  event: { readonly tags: readonly (readonly string[])[] },
  most = 256,
): BlobReference[] {
  const tags = event.tags.filter(([name]) => name === "imeta");
  if (tags.length > most) throw bad(`an event names at most ${most} blobs (got ${tags.length})`);
  return tags.filter((tag) => tag.some((entry) => entry.startsWith("x "))).map(referenceOf);
}

function referenceOf([, ...entries]: readonly string[]): BlobReference {
  const one = (name: string): string | undefined => {
    const found = entries.filter((entry) => entry.startsWith(`${name} `));
    if (found.length > 1) throw bad(`an imeta tag has ${name} twice`);
    return found[0]?.slice(name.length + 1);
  };
  const all = (name: string) =>
    entries.filter((entry) => entry.startsWith(`${name} `)).map((entry) =>
      entry.slice(name.length + 1)
    );
  const [size, total] = [one("size"), one("total")];
  const [type, name, key, secret] = [one("m"), one("name"), one("key"), one("secret")];
  const original = one("ox");
  return checkReference({
    sha256: one("x") ?? "",
    size: bytesOf(size),
    ...(total === undefined ? {} : { total: bytesOf(total) }),
    urls: [...all("url"), ...all("fallback")],
    ...(type === undefined ? {} : { type }),
    ...(name === undefined ? {} : { name }),
    // Of a blob that is not encrypted, other programs state the hash of a file that it was made of.
    ...(original === undefined || key === undefined ? {} : { original }),
    ...(key === undefined ? {} : { key }),
    ...(secret === undefined ? {} : { secret }),
  });
}

/** A number of bytes; NaN if the text is none. */
function bytesOf(text = ""): number {
  return /^(0|[1-9]\d{0,12})$/.test(text) ? Number(text) : NaN;
}

/** Returns a reference after checking each field. Throws BlobTransferError `bad_reference` with the field's name. */
export function checkReference(reference: BlobReference): BlobReference {
  const { sha256, size, total = 0, urls, type, name, key, secret, original } = reference;
  if (!isHex(sha256, 64)) throw bad("sha256 must be 64 lowercase hex digits");
  if (original !== undefined && !isHex(original, 64)) {
    throw bad("original must be 64 lowercase hex digits");
  }
  for (const [name, bytes] of Object.entries({ size, total })) {
    if (Number.isSafeInteger(bytes) && bytes >= 0 && bytes <= MAX_SIZE) continue;
    throw bad(`${name} must be a whole number of bytes up to ${MAX_SIZE}`);
  }
  if (urls.length < 1 || urls.length > MAX_URLS) {
    throw bad(`a blob has 1 to ${MAX_URLS} URLs (got ${urls.length})`);
  }
  urls.forEach(checkBlobUrl);
  if (type !== undefined && !/^[a-z0-9.+-]{1,64}\/[a-z0-9.+-]{1,64}$/.test(type)) {
    throw bad("type must be a MIME type like application/gzip");
  }
  if (name !== undefined && !isBlobName(name)) throw bad("name must be a relative path of a file");
  if (key !== undefined && !/^[A-Za-z0-9+/=]{1,1024}$/.test(key)) {
    throw bad("key must be a NIP-44 payload");
  }
  if (secret !== undefined && !/^[A-Za-z0-9+/]{43}=$/.test(secret)) {
    throw bad("secret must be 32 bytes in base64");
  }
  return reference;
}

/** Whether a name stays below the folder into which it is written: no `..`, no absolute path, no control character. */
function isBlobName(name: string): boolean {
  return name.length > 0 && name.length <= 512 && name.isWellFormed() &&
    // deno-lint-ignore no-control-regex
    !/[\u0000-\u001f\u007f\\]/.test(name) &&
    name.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

/** The URL of a blob at a server (BUD-01). */
export function urlAt(server: string, sha256: string): string {
  return `${server.replace(/\/+$/, "")}/${sha256}`;
}

/** Throws BlobTransferError `bad_reference` if a text is not the URL of a blob. */
export function checkBlobUrl(text: string): void {
  if (text.length > URL_CHARACTERS || !/^https?:\/\//.test(text) || !URL.canParse(text)) {
    throw bad("a blob's URL must be http:// or https://");
  }
  const { username, password, hash } = new URL(text);
  if (username !== "" || password !== "" || hash !== "") {
    throw bad("a blob's URL must hold no user, password or fragment");
  }
}

function bad(message: string): BlobTransferError {
  return new BlobTransferError("bad_reference", message);
}
