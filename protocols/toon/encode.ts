/**
 * TOON encoding of events, with the rules of one of the two library versions in use. Pure.
 *
 * Peers of the `crosstown` wire use version 1.4, which cannot read everything that 4.x writes. Version 4.x reads everything that 1.4
 * writes. The price of a write is its exact number of bytes, so the libraries' output is never changed.
 *
 * @see https://github.com/toon-format/spec
 * @module
 */
import { encode as encodeRules4 } from "@toon-format/toon";
import { encode as encodeRules14 } from "@toon-format/toon-1.4";
import { ToonError } from "./toon_error.ts";

/**
 * The rules of a library version. `1.4`: peers of the `crosstown` wire can decode it. `4`: the current specification.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeToon, type ToonRules } from "./encode.ts";
 *
 * const lengths = (["1.4", "4"] as ToonRules[]).map((rules) => encodeToon({ tags: [] }, rules).length);
 * assert.deepEqual(lengths, ["tags[0]:".length, "tags: []".length]);
 * ```
 */
export type ToonRules = "1.4" | "4";

/**
 * Encodes a value as TOON in UTF-8, without a trailing newline and with keys in the order of the object.
 *
 * @throws {ToonError} `lone_surrogate` if a string in it has no UTF-8 form, `unencodable` if the library refuses it.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeToon } from "./encode.ts";
 *
 * const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
 * assert.equal(text(encodeToon({ kind: 1, tags: [] }, "1.4")), "kind: 1\ntags[0]:");
 * assert.equal(text(encodeToon({ kind: 1, tags: [] }, "4")), "kind: 1\ntags: []");
 * ```
 */
export function encodeToon(value: object, rules: ToonRules): Uint8Array<ArrayBuffer> {
  let text: string;
  try {
    text = rules === "1.4" ? encodeRules14(value) : encodeRules4(value);
  } catch (cause) {
    // Version 4.x refuses a lone surrogate itself; 1.4 accepts it.
    if (cause instanceof Error && /surrogate/i.test(cause.message)) throw loneSurrogate(cause);
    throw new ToonError("unencodable", "Cannot encode as TOON: the value is not plain data", {
      cause,
    });
  }
  if (!text.isWellFormed()) throw loneSurrogate();
  return new TextEncoder().encode(text);
}

function loneSurrogate(cause?: Error): ToonError {
  const message = "Cannot encode as TOON: a string holds a lone surrogate";
  return new ToonError("lone_surrogate", message, { cause });
}
