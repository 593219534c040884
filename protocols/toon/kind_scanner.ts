/**
 * The kind scanner: finds an event's top-level `kind` in the bytes of its document, without decoding it. Pure.
 *
 * In TOON, a newline is never part of a value (encoders escape it, and the decoder splits lines at it). So only a line that starts at
 * column 0 with `kind`, or with a quoted key, can be the top-level kind. In JSON, it follows strings and brackets. It does not validate
 * documents: for a document that the decoder accepts, both find the same kind. A document that the decoder refuses may have a kind here,
 * and a later stage refuses it.
 *
 * Holds nothing between calls. It makes one pass, without recursion and without an allocation for each byte.
 *
 * @module
 */
import { DEFAULT_MAX_BYTES, detectEncoding, type Encoding } from "./decode.ts";
import { lineScan } from "./line_scan.ts";
import { memberScan } from "./member_scan.ts";
import { NOT_FOUND, NOT_INTEGER, NOT_UTF8, OUT_OF_RANGE, STRUCTURE, TWICE } from "./kind_value.ts";

/**
 * Why a document has no usable kind. `malformed`: JSON with an incomplete structure; it is never the reason for TOON.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type KindRefusalCode, scanKind } from "./kind_scanner.ts";
 *
 * const scan = scanKind(new TextEncoder().encode("kind: 1\nkind: 2"));
 * const code: KindRefusalCode | null = scan.ok ? null : scan.code;
 * assert.equal(code, "duplicated");
 * ```
 */
export type KindRefusalCode =
  | "missing"
  | "duplicated"
  | "not_an_integer"
  | "out_of_range"
  | "not_utf8"
  | "too_large"
  | "malformed";

/**
 * The result of a scan.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type KindScan, scanKind } from "./kind_scanner.ts";
 *
 * const scan: KindScan = scanKind(new TextEncoder().encode("kind: 70000"));
 * assert.equal(scan.ok ? scan.kind : scan.code, "out_of_range");
 * ```
 */
export type KindScan =
  | {
    /** There is one top-level kind, an integer from 0 to 65,535. */
    readonly ok: true;
    /** The kind. */
    readonly kind: number;
    /** The document's encoding. */
    readonly encoding: Encoding;
  }
  | {
    /** There is no usable kind. */
    readonly ok: false;
    /** The stable code of the reason. */
    readonly code: KindRefusalCode;
    /** The reason, for people. It never quotes the document. */
    readonly message: string;
  };

/**
 * Finds the top-level kind of one document, TOON (rules of any version) or JSON. Never throws.
 *
 * @param limits Default of `maxBytes`: 65,536.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { scanKind } from "./kind_scanner.ts";
 *
 * const scan = (text: string) => scanKind(new TextEncoder().encode(text));
 * const toon = 'content: "x\\nkind: 7"\ntags[1]:\n  - [2]: kind,7\n"kind": 5050';
 * assert.deepEqual(scan(toon), { ok: true, kind: 5050, encoding: "toon" });
 * assert.deepEqual(scan('{"\\u006bind":1}'), { ok: true, kind: 1, encoding: "json" });
 * assert.equal(scan("content: no kind").ok, false);
 * ```
 */
export function scanKind(bytes: Uint8Array, limits: { readonly maxBytes?: number } = {}): KindScan {
  const maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
  if (bytes.length > maxBytes) {
    return refused(
      "too_large",
      `a document must be at most ${maxBytes} bytes (got ${bytes.length})`,
    );
  }
  const encoding = detectEncoding(bytes);
  const found = encoding === "json" ? memberScan(bytes) : lineScan(bytes);
  return found >= 0 ? { ok: true, kind: found, encoding } : REFUSALS.get(found)!;
}

const REFUSALS: ReadonlyMap<number, KindScan> = new Map([
  [NOT_FOUND, refused("missing", "a document must have a top-level kind")],
  [TWICE, refused("duplicated", "a document must have its top-level kind once")],
  [NOT_INTEGER, refused("not_an_integer", "kind must be an integer")],
  [OUT_OF_RANGE, refused("out_of_range", "kind must be from 0 to 65535")],
  [NOT_UTF8, refused("not_utf8", "a document must be UTF-8")],
  [STRUCTURE, refused("malformed", "the JSON is incomplete or has text after its end")],
]);

function refused(code: KindRefusalCode, message: string): KindScan {
  return Object.freeze({ ok: false, code, message });
}
