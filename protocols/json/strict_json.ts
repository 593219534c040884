/**
 * A JSON parser for bytes from others: it follows RFC 8259 exactly, has limits, and refuses what `JSON.parse` silently accepts. Pure.
 *
 * In addition to invalid syntax, it refuses duplicate keys (two readers could see two different documents), integers that a double cannot
 * hold exactly, numbers that are not finite, lone surrogates, a byte order mark, and documents above the limits of size or depth.
 * `__proto__` is an ordinary key.
 *
 * @see https://www.rfc-editor.org/rfc/rfc8259
 * @module
 */

/** The limits of a document. */
interface JsonLimits {
  /** The most UTF-8 bytes; of a text, the most UTF-16 units. Default: 65,536. */
  readonly maxBytes?: number;
  /** The deepest nesting of arrays and objects. Default: 32. */
  readonly maxDepth?: number;
}

/**
 * Parses one JSON document.
 *
 * @throws {StrictJsonError} with the offset in UTF-16 units, if it is known.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseStrictJson } from "./strict_json.ts";
 *
 * assert.deepEqual(parseStrictJson('{"nonce":7}'), { nonce: 7 });
 * assert.throws(() => parseStrictJson('{"nonce":7,"nonce":8}'), { code: "duplicate_key" });
 * assert.throws(() => parseStrictJson("9007199254740993"), { code: "unsafe_number" });
 * ```
 */
export function parseStrictJson(input: string | Uint8Array, limits: JsonLimits = {}): unknown {
  const maxBytes = limits.maxBytes ?? 65_536;
  if (input.length > maxBytes) {
    throw new StrictJsonError("too_large", `over ${maxBytes} bytes (got ${input.length})`);
  }
  const reader = new Reader(textOf(input), limits.maxDepth ?? 32);
  const value = reader.value(0);
  reader.space();
  if (reader.at < reader.text.length) throw reader.fault("syntax", "text after the document");
  return value;
}

function textOf(input: string | Uint8Array): string {
  if (typeof input === "string") {
    if (input.isWellFormed()) return input;
    throw new StrictJsonError("lone_surrogate", "the text holds a lone surrogate");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(input);
  } catch (cause) {
    throw new StrictJsonError("not_utf8", "the bytes are not UTF-8", undefined, { cause });
  }
}

const NUMBER = /-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?/y;

class Reader {
  at = 0;
  constructor(readonly text: string, readonly maxDepth: number) {}

  value(depth: number): unknown {
    this.space();
    switch (this.text.charCodeAt(this.at)) {
      case 0x22:
        return this.string();
      case 0x7b:
        return this.object(depth + 1);
      case 0x5b:
        return this.array(depth + 1);
      case 0x74:
        return this.word("true", true);
      case 0x66:
        return this.word("false", false);
      case 0x6e:
        return this.word("null", null);
      default:
        return this.number();
    }
  }

  object(depth: number): Record<string, unknown> {
    this.enter(depth);
    const result: Record<string, unknown> = {};
    const seen = new Set<string>();
    if (this.takes(0x7d)) return result;
    do {
      this.space();
      if (this.text.charCodeAt(this.at) !== 0x22) {
        throw this.fault("syntax", "a key must be a string");
      }
      const start = this.at;
      const key = this.string();
      if (seen.has(key)) throw this.fault("duplicate_key", "a key occurs twice", start);
      seen.add(key);
      if (!this.takes(0x3a)) throw this.fault("syntax", "a colon is missing after a key");
      own(result, key, this.value(depth));
    } while (this.takes(0x2c));
    if (!this.takes(0x7d)) throw this.fault("syntax", "an object is not closed");
    return result;
  }

  array(depth: number): unknown[] {
    this.enter(depth);
    const result: unknown[] = [];
    if (this.takes(0x5d)) return result;
    do result.push(this.value(depth)); while (this.takes(0x2c));
    if (!this.takes(0x5d)) throw this.fault("syntax", "an array is not closed");
    return result;
  }

  string(): string {
    const start = this.at++;
    let escaped = false;
    while (this.at < this.text.length) {
      const unit = this.text.charCodeAt(this.at);
      if (unit === 0x22) {
        this.at++;
        return escaped ? this.unescaped(start) : this.text.slice(start + 1, this.at - 1);
      }
      if (unit < 0x20) throw this.fault("syntax", "a control character in a string");
      if (unit === 0x5c) {
        escaped = true;
        this.at++;
      }
      this.at++;
    }
    throw this.fault("syntax", "a string is not closed", start);
  }

  unescaped(start: number): string {
    let value: string;
    try {
      value = JSON.parse(this.text.slice(start, this.at));
    } catch {
      throw this.fault("syntax", "a bad escape in a string", start);
    }
    if (!value.isWellFormed()) throw this.fault("lone_surrogate", "a lone surrogate", start);
    return value;
  }

  number(): number {
    NUMBER.lastIndex = this.at;
    const match = NUMBER.exec(this.text);
    if (match === null) throw this.fault("syntax", "a value is missing");
    const value = Number(match[0]);
    if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value))) {
      throw this.fault("unsafe_number", "a number that a double cannot hold");
    }
    this.at += match[0].length;
    return value;
  }

  word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.fault("syntax", "an unknown word");
    this.at += word.length;
    return value;
  }

  /** Skips white space, then the unit if it is next. */
  takes(unit: number): boolean {
    this.space();
    if (this.text.charCodeAt(this.at) !== unit) return false;
    this.at++;
    return true;
  }

  space(): void {
    for (;; this.at++) {
      const unit = this.text.charCodeAt(this.at);
      if (unit !== 0x20 && unit !== 0x0a && unit !== 0x0d && unit !== 0x09) return;
    }
  }

  enter(depth: number): void {
    if (depth > this.maxDepth) throw this.fault("too_deep", `nested over ${this.maxDepth} levels`);
    this.at++;
  }

  fault(code: StrictJsonErrorCode, what: string, at = this.at): StrictJsonError {
    return new StrictJsonError(code, what, at);
  }
}

function own(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key !== "__proto__") target[key] = value;
  else {
    Object.defineProperty(target, key, {
      value,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
}

/** Why a document is refused. */
type StrictJsonErrorCode =
  | "syntax"
  | "duplicate_key"
  | "unsafe_number"
  | "lone_surrogate"
  | "not_utf8"
  | "too_large"
  | "too_deep";

/** The document was refused. The message never quotes it. */
export class StrictJsonError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "StrictJsonError";
  /** The stable code of the reason. */
  readonly code: StrictJsonErrorCode;
  /** The offset in UTF-16 units, if it is known. */
  readonly offset: number | undefined;
  /** Makes an error. The offset becomes part of the message. */
  constructor(code: StrictJsonErrorCode, what: string, offset?: number, options?: ErrorOptions) {
    super(
      `Cannot parse JSON: ${what}${offset === undefined ? "" : ` at offset ${offset}`}`,
      options,
    );
    this.code = code;
    this.offset = offset;
  }
}
