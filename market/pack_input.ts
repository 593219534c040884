/**
 * Turns a buyer's `--input` into tags of a job request. `pack_place.ts` reads files and folders.
 *
 * | input | becomes |
 * |---|---|
 * | `-` | the content of standard input, treated as a file |
 * | `https://host/repo.git#commit` | `i` of type `url` |
 * | a folder | a tar.gz of the files that `packing/listed_files.ts` names, base64 |
 * | a git bundle, a `.tar.gz` | unchanged, base64 |
 * | another file | text, or base64 when it is not UTF-8 |
 * | anything else | the text itself |
 *
 * @module
 */
import type { BlobReference } from "../blobs/blob_reference.ts";
import { InputError } from "./packing/input_error.ts";

/** The most that an input may add to an event. A larger one is refused. */
export interface PackLimit {
  readonly limitBytes: number;
  /** Inputs above the limit and up to this size are sent by reference. Default: none are. */
  readonly largeBytes?: number;
}

/** An input in the form in which a request contains it. */
export interface PackedInput {
  /** The detected type. */
  readonly type: "text" | "file" | "bundle" | "tar" | "url";
  /** The `i` tag. */
  readonly input: readonly string[];
  /** `param` tags that describe the input: encoding, mime, name. */
  readonly params: readonly (readonly string[])[];
  /** The size before base64, in bytes. */
  readonly sizeBytes: number;
  /** Content that is too large for an event. It is stored first, and {@link byReference} adds its URL. `input` is empty until then. */
  readonly large?: Uint8Array;
  /** The blob in which it was stored. */
  readonly blob?: BlobReference;
}

/** Packs a URL or a text. Throws InputError. */
export function packInput(input: string, limit: PackLimit): PackedInput {
  if (/^https?:\/\/\S+$/.test(input)) return packUrl(input, limit);
  if (/^file:/i.test(input)) {
    throw new InputError("bad_input", `--input ${input} is a URL that only this machine can read`, {
      suggestion: "Give the path itself, without file://",
    });
  }
  if (looksLikePath(input)) {
    throw new InputError("input_not_found", `--input ${input}: there is no such file or folder`);
  }
  return packText(input, null, limit);
}

/** Packs bytes. Their first bytes show their type. `what` names them in error messages. */
export function packBytes(
  bytes: Uint8Array,
  what: string,
  name: string | null,
  options: PackLimit,
): PackedInput {
  if (isBundle(bytes)) {
    return base64(bytes, "bundle", "application/x-git-bundle", what, options);
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    return base64(bytes, "tar", "application/gzip", what, options);
  }
  const named = name !== null && SAFE_NAME.test(name) ? [["param", "name", name]] : [];
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const packed = base64(bytes, "file", "application/octet-stream", what, options);
    return { ...packed, params: [...packed.params, ...named] };
  }
  if (isLarge(jsonBytes(text), bytes.length, options)) {
    return large(bytes, "file", [["param", "mime", "text/plain"], ...named]);
  }
  const packed = packText(text, what, options);
  return { ...packed, type: "file", params: named };
}

/** An input that was stored. The request contains its URL, hash and size. */
export function byReference(
  { large: _stored, ...packed }: PackedInput,
  blob: BlobReference,
): PackedInput {
  return { ...packed, input: ["i", blob.urls[0]!, "url"], blob };
}

function isLarge(
  wireBytes: number,
  sizeBytes: number,
  { limitBytes, largeBytes = 0 }: PackLimit,
): boolean {
  return wireBytes > limitBytes && sizeBytes <= largeBytes;
}

function large(
  bytes: Uint8Array,
  type: PackedInput["type"],
  params: PackedInput["params"],
): PackedInput {
  return { type, input: [], params, sizeBytes: bytes.length, large: bytes };
}

/** The size of the text in an event, in bytes. */
function jsonBytes(text: string): number {
  return new TextEncoder().encode(JSON.stringify(text)).length;
}

const SAFE_NAME = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$/;

/** Packs a text unchanged, even if it looks like a path or URL. `what` names it in error messages. Throws InputError. */
export function packText(
  text: string,
  what: string | null,
  options: PackLimit,
): PackedInput {
  if (!text.isWellFormed()) {
    throw new InputError("bad_input", "the input contains an incomplete character");
  }
  const sizeBytes = new TextEncoder().encode(text).length;
  const wireBytes = jsonBytes(text);
  if (wireBytes > options.limitBytes) {
    throw tooLarge(what ?? "the text", wireBytes, options.limitBytes);
  }
  return { type: "text", input: ["i", text, "text"], params: [], sizeBytes };
}

function packUrl(url: string, options: PackLimit): PackedInput {
  if (!URL.canParse(url)) throw new InputError("bad_input", `--input ${url} is not a URL`);
  const { username, password } = new URL(url);
  if (username !== "" || password !== "") {
    throw new InputError(
      "bad_input",
      "a job is public, so its URL must not contain a user name or password",
    );
  }
  const sizeBytes = new TextEncoder().encode(url).length;
  if (sizeBytes > options.limitBytes) throw tooLarge("the URL", sizeBytes, options.limitBytes);
  return { type: "url", input: ["i", url, "url"], params: [], sizeBytes };
}

/** Packs bytes as base64. `what` names them in error messages. Throws InputError `too_large`. */
export function base64(
  bytes: Uint8Array,
  type: PackedInput["type"],
  mime: string,
  what: string,
  options: PackLimit,
): PackedInput {
  const wireBytes = Math.ceil(bytes.length / 3) * 4;
  if (isLarge(wireBytes, bytes.length, options)) {
    return large(bytes, type, [["param", "mime", mime]]);
  }
  if (wireBytes > options.limitBytes) throw tooLarge(what, wireBytes, options.limitBytes);
  return {
    type,
    input: ["i", bytes.toBase64(), "text"],
    params: [["param", "encoding", "base64"], ["param", "mime", mime]],
    sizeBytes: bytes.length,
  };
}

function isBundle(bytes: Uint8Array): boolean {
  const head = new TextDecoder("latin1").decode(bytes.subarray(0, 16));
  return head.startsWith("# v2 git bundle\n") || head.startsWith("# v3 git bundle\n");
}

function looksLikePath(text: string): boolean {
  if (/\s/.test(text)) return false;
  return /^(\.{1,2}|~)?\//.test(text) || /\.(bundle|tar\.gz|tgz)$/.test(text);
}

/** The refusal of an input above the limit. */
export function tooLarge(what: string, sizeBytes: number, limitBytes: number): InputError {
  return new InputError(
    "too_large",
    `${what} needs ${sizeBytes} bytes in an event, the limit is ${limitBytes}`,
    { suggestion: "Send less, or give a repository as https://host/repo.git#commit" },
  );
}
