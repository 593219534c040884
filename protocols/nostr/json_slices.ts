/**
 * Finds the elements of a JSON array in its text, so that the exact text of an element can be kept. Pure.
 *
 * @module
 */
import { StrictJsonError } from "../json/strict_json.ts";

/** An element of an array: `text.slice(start, end)` is its JSON, without surrounding white space. */
export interface JsonSlice {
  /** The offset of its first UTF-16 unit. */
  readonly start: number;
  /** The offset after its last UTF-16 unit. */
  readonly end: number;
}

/**
 * Finds the elements of the array `text`. Only strings and brackets are checked: the reader of an element must parse it.
 *
 * @throws {StrictJsonError} `syntax` if the text is not an array, is not closed or has too many elements; `too_deep`.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { arraySlices } from "./json_slices.ts";
 *
 * const text = '["EVENT", {"a":"]"} ]';
 * assert.deepEqual(arraySlices(text).map(({ start, end }) => text.slice(start, end)), ['"EVENT"', '{"a":"]"}']);
 * ```
 */
export function arraySlices(
  text: string,
  limits: { readonly maxElements?: number; readonly maxDepth?: number } = {},
): JsonSlice[] {
  const maxElements = limits.maxElements ?? 64;
  const maxDepth = limits.maxDepth ?? 32;
  const slices: JsonSlice[] = [];
  let at = afterSpace(text, 0);
  if (text.charCodeAt(at) !== 0x5b) throw new StrictJsonError("syntax", "not an array", at);
  at = afterSpace(text, at + 1);
  if (text.charCodeAt(at) === 0x5d) return closed(text, at, slices);
  for (;;) {
    const end = afterElement(text, at, maxDepth);
    if (end === at) throw new StrictJsonError("syntax", "an element is missing", at);
    if (slices.length === maxElements) {
      throw new StrictJsonError("syntax", `over ${maxElements} elements`, at);
    }
    slices.push({ start: at, end });
    at = afterSpace(text, end);
    if (text.charCodeAt(at) === 0x5d) return closed(text, at, slices);
    if (text.charCodeAt(at) !== 0x2c) throw new StrictJsonError("syntax", "a comma is missing", at);
    at = afterSpace(text, at + 1);
  }
}

function closed(text: string, bracket: number, slices: JsonSlice[]): JsonSlice[] {
  const at = afterSpace(text, bracket + 1);
  if (at < text.length) throw new StrictJsonError("syntax", "text after the array", at);
  return slices;
}

function afterSpace(text: string, at: number): number {
  for (;; at++) {
    const unit = text.charCodeAt(at);
    if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return at;
  }
}

function afterElement(text: string, start: number, maxDepth: number): number {
  let depth = 0;
  for (let at = start; at < text.length;) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) {
      at = afterString(text, at);
      if (depth === 0) return at;
      continue;
    }
    const closes = unit === 0x7d || unit === 0x5d;
    if (depth === 0 && (closes || unit === 0x2c || unit <= 0x20)) return at;
    at++;
    if (unit === 0x7b || unit === 0x5b) {
      if (++depth >= maxDepth) {
        throw new StrictJsonError("too_deep", `nested over ${maxDepth} levels`, at - 1);
      }
    } else if (closes && --depth === 0) return at;
  }
  if (depth > 0) throw new StrictJsonError("syntax", "an element is not closed", start);
  return text.length;
}

function afterString(text: string, start: number): number {
  for (let at = start + 1; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit === 0x22) return at + 1;
    if (unit === 0x5c) at++;
  }
  throw new StrictJsonError("syntax", "a string is not closed", start);
}
