/**
 * Decoding of documents: events as TOON (any version's rules) or as JSON. Pure.
 *
 * The size of a document is checked first. Its nesting is checked before it is decoded, because the decoder is recursive, and some small
 * documents take it seconds.
 *
 * @module
 */
import { decode } from "@toon-format/toon";
import { parseStrictJson, StrictJsonError } from "../json/strict_json.ts";
import { ToonError } from "./toon_error.ts";

export { ToonError } from "./toon_error.ts";

/**
 * The encoding of a document.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeDocument, type Encoding } from "./decode.ts";
 *
 * const encoding: Encoding = decodeDocument(new TextEncoder().encode('{"kind":1}')).encoding;
 * assert.equal(encoding, "json");
 * ```
 */
export type Encoding = "toon" | "json";

/**
 * The limits of a document.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeDocument, type DocumentLimits } from "./decode.ts";
 *
 * const limits: DocumentLimits = { maxBytes: 4 };
 * const bytes = new TextEncoder().encode("kind: 1");
 * assert.throws(() => decodeDocument(bytes, limits), { code: "too_large" });
 * ```
 */
export interface DocumentLimits {
  /** The most bytes. Default: 65,536. */
  readonly maxBytes?: number;
  /** The most levels of nesting; an event has three. Default: 32. */
  readonly maxDepth?: number;
}

/** The default limit of a document's bytes: that of an event. */
export const DEFAULT_MAX_BYTES = 65_536;

const DEFAULT_MAX_DEPTH = 32;
/** The most lines without content. The decoder searches all of them for each list, so their number is limited. Encoders write none. */
const MAX_EMPTY_LINES = 256;

/**
 * Distinguishes JSON and TOON by the first byte after white space and a byte order mark: `{` is JSON. Every TOON encoder quotes a key that
 * starts with a brace.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { detectEncoding } from "./decode.ts";
 *
 * const utf8 = (text: string) => new TextEncoder().encode(text);
 * assert.equal(detectEncoding(utf8(' {"kind":1}')), "json");
 * assert.equal(detectEncoding(utf8("kind: 1")), "toon");
 * ```
 */
export function detectEncoding(bytes: Uint8Array): Encoding {
  let at = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? 3 : 0;
  while (bytes[at] === 0x20 || bytes[at] === 0x0a || bytes[at] === 0x0d || bytes[at] === 0x09) at++;
  return bytes[at] === 0x7b ? "json" : "toon";
}

/**
 * Decodes a document of either encoding to a value. `parseEvent` must check whether the value is an event.
 *
 * @throws {ToonError} `too_large`, `not_utf8`, `too_deep`, `too_complex`, `bad_toon` or `bad_json`.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeDocument } from "./decode.ts";
 *
 * const { event, encoding } = decodeDocument(new TextEncoder().encode("kind: 1\ncontent: gm"));
 * assert.deepEqual(event, { kind: 1, content: "gm" });
 * assert.equal(encoding, "toon");
 * ```
 */
export function decodeDocument(
  bytes: Uint8Array,
  limits: DocumentLimits = {},
): { event: unknown; encoding: Encoding } {
  const maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
  if (bytes.length > maxBytes) {
    throw new ToonError("too_large", `Cannot decode: over ${maxBytes} bytes (got ${bytes.length})`);
  }
  const encoding = detectEncoding(bytes);
  const maxDepth = limits.maxDepth ?? DEFAULT_MAX_DEPTH;
  const event = encoding === "json"
    ? decodeJson(bytes, { maxBytes, maxDepth })
    : decodeToonText(textOf(bytes), maxDepth);
  return { event, encoding };
}

/** Decodes TOON text (rules of any version, strict) to a value, with a limit of depth. Throws like {@link decodeDocument}. */
export function decodeToonText(text: string, maxDepth: number = DEFAULT_MAX_DEPTH): unknown {
  checkCost(text, maxDepth);
  try {
    return decode(text);
  } catch (cause) {
    const line = cause instanceof Error && "line" in cause ? cause.line : undefined;
    const where = typeof line === "number" ? ` in line ${line}` : "";
    throw new ToonError("bad_toon", `Cannot decode TOON: malformed${where}`, {
      cause,
      ...(typeof line === "number" ? { line } : {}),
    });
  }
}

function decodeJson(bytes: Uint8Array, limits: Required<DocumentLimits>): unknown {
  try {
    return parseStrictJson(bytes, limits);
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    const code = cause.code;
    const shared = code === "not_utf8" || code === "too_deep" || code === "too_large";
    throw new ToonError(shared ? code : "bad_json", cause.message, { cause });
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    // The decoder itself removes a byte order mark, and only one.
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new ToonError("not_utf8", "Cannot decode: the bytes are not UTF-8", { cause });
  }
}

/** Checks the limits of indentation, nested field groups and empty lines, in one pass over the lines. */
function checkCost(text: string, maxDepth: number): void {
  let empty = 0;
  for (let start = 0, line = 1; start <= text.length; line++) {
    const newline = text.indexOf("\n", start);
    const end = newline === -1 ? text.length : newline;
    let at = start;
    while (at < end && text.charCodeAt(at) === 0x20) at++;
    if (at === end || text.charCodeAt(at) === 0x0d || text.charCodeAt(at) === 0x23) {
      if (++empty > MAX_EMPTY_LINES) {
        throw new ToonError("too_complex", `Cannot decode: over ${MAX_EMPTY_LINES} empty lines`);
      }
    } else if ((at - start) / 2 > maxDepth || fieldDepth(text, at, end, maxDepth) > maxDepth) {
      throw new ToonError(
        "too_deep",
        `Cannot decode: nested over ${maxDepth} levels in line ${line}`,
      );
    }
    start = end + 1;
  }
}

/** The depth of nested braces outside quotes in a header line (with a bracket before the first colon). 0 for any other line. */
function fieldDepth(text: string, start: number, end: number, enough: number): number {
  let depth = 0;
  let deepest = 0;
  let bracket = false;
  let quoted = false;
  for (let at = start; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (quoted && unit === 0x5c) at++;
    else if (unit === 0x22) quoted = !quoted;
    else if (quoted) continue;
    else if (unit === 0x5b) bracket = true;
    else if (unit === 0x3a && !bracket) return 0;
    else if (unit === 0x7b && bracket && ++depth > deepest) {
      deepest = depth;
      if (deepest > enough) return deepest;
    } else if (unit === 0x7d && depth > 0) depth--;
  }
  return deepest;
}
