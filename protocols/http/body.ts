/**
 * The body of an HTTP/1.1 answer (RFC 9112, 6 and 7): as long as its header says, in chunks, or until the connection ends.
 *
 * Held: the body so far, in a buffer of at most the limit, and one line of a chunk.
 *
 * @module
 */
import { MAX_HEAD_BYTES } from "./head.ts";

/** The most characters of a chunk's first line. Extensions of chunks are ignored. */
const MAX_SIZE_LINE = 256;
/** What is reserved for a body at first. */
const FIRST_BYTES = 4_096;

type Framing =
  | { readonly kind: "length"; readonly length: number }
  | { readonly kind: "chunks" }
  | { readonly kind: "end" };

/**
 * Collects a body from pieces of any size.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { AnswerBody } from "./body.ts";
 *
 * const body = new AnswerBody(new Map([["transfer-encoding", "chunked"]]), 1_024);
 * const text = (bytes: string) => new TextEncoder().encode(bytes);
 * assert.equal(body.push(text("3\r\nabc\r\n2\r\nde")), false);
 * assert.equal(body.push(text("\r\n0\r\n\r\n")), true);
 * assert.equal(new TextDecoder().decode(body.whole()), "abcde");
 * ```
 */
export class AnswerBody {
  readonly #framing: Framing;
  readonly #maxBytes: number;
  #buffer: Uint8Array<ArrayBuffer>;
  #bytes = 0;
  #isWhole = false;
  /** What is missing of the present chunk's data. */
  #chunkLeft = 0;
  #line = "";
  #lineOf: "size" | "data end" | "trailer" = "size";
  #trailerBytes = 0;

  /**
   * Makes an empty body.
   *
   * @param headers those of the answer
   * @param maxBytes the largest body that is accepted
   * @throws {Error} if the headers announce a larger body, or one in another form
   */
  constructor(headers: ReadonlyMap<string, string>, maxBytes: number) {
    this.#maxBytes = maxBytes;
    this.#framing = framingOf(headers);
    this.#buffer = new Uint8Array(Math.min(FIRST_BYTES, maxBytes));
    if (this.#framing.kind !== "length") return;
    if (this.#framing.length > maxBytes) throw tooLarge(maxBytes);
    this.#isWhole = this.#framing.length === 0;
  }

  /**
   * Adds bytes of the connection. Returns whether the body is whole; what comes after it is ignored.
   *
   * @throws {Error} if the body becomes too large, or its chunks cannot be read
   */
  push(bytes: Uint8Array<ArrayBuffer>): boolean {
    if (this.#isWhole) return true;
    if (this.#framing.kind === "chunks") this.#chunks(bytes);
    else if (this.#framing.kind === "end") this.#add(bytes);
    else {
      this.#add(bytes.subarray(0, this.#framing.length - this.#bytes));
      this.#isWhole = this.#bytes === this.#framing.length;
    }
    return this.#isWhole;
  }

  /**
   * The body, when it is whole or the connection has ended.
   *
   * @throws {Error} if a part is missing
   */
  whole(): Uint8Array<ArrayBuffer> {
    if (!this.#isWhole && this.#framing.kind !== "end") {
      throw new Error("The connection ended before the end of the answer");
    }
    return this.#buffer.slice(0, this.#bytes);
  }

  /** Copies, because the caller may use its buffer again. */
  #add(bytes: Uint8Array<ArrayBuffer>): void {
    const length = this.#bytes + bytes.length;
    if (length > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (length > this.#buffer.length) {
      const larger = new Uint8Array(Math.min(this.#maxBytes, Math.max(length, 2 * this.#bytes)));
      larger.set(this.#buffer.subarray(0, this.#bytes));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#bytes);
    this.#bytes = length;
  }

  #chunks(bytes: Uint8Array<ArrayBuffer>): void {
    for (let at = 0; at < bytes.length && !this.#isWhole;) {
      if (this.#chunkLeft > 0) {
        const data = bytes.subarray(at, at + this.#chunkLeft);
        this.#add(data);
        at += data.length;
        this.#chunkLeft -= data.length;
        if (this.#chunkLeft === 0) this.#lineOf = "data end";
        continue;
      }
      this.#line += String.fromCharCode(bytes[at++]);
      if (this.#line.endsWith("\r\n")) this.#lineEnded();
      else if (this.#line.length > (this.#lineOf === "trailer" ? MAX_HEAD_BYTES : MAX_SIZE_LINE)) {
        throw new Error("A line between the answer's chunks is too long");
      }
    }
  }

  #lineEnded(): void {
    const line = this.#line.slice(0, -2);
    this.#line = "";
    if (this.#lineOf === "data end") {
      if (line !== "") throw new Error("A chunk of the answer is longer than its size");
      this.#lineOf = "size";
    } else if (this.#lineOf === "trailer") {
      this.#trailerBytes += line.length + 2;
      if (this.#trailerBytes > MAX_HEAD_BYTES) throw new Error("The answer's trailer is too long");
      this.#isWhole = line === "";
    } else {
      const size = /^([\da-f]{1,8})[ \t]*(?:;.*)?$/i.exec(line)?.[1];
      if (size === undefined) throw new Error("The size of a chunk cannot be read");
      this.#chunkLeft = parseInt(size, 16);
      if (this.#bytes + this.#chunkLeft > this.#maxBytes) throw tooLarge(this.#maxBytes);
      if (this.#chunkLeft === 0) this.#lineOf = "trailer";
    }
  }
}

function framingOf(headers: ReadonlyMap<string, string>): Framing {
  const encoding = headers.get("content-encoding")?.toLowerCase();
  if (encoding !== undefined && encoding !== "identity") {
    throw new Error("The answer is compressed, which was not asked for");
  }
  const transfer = headers.get("transfer-encoding")?.toLowerCase();
  const length = headers.get("content-length");
  if (transfer !== undefined) {
    if (transfer !== "chunked" || length !== undefined) {
      throw new Error("The answer's form is ambiguous or unknown");
    }
    return { kind: "chunks" };
  }
  if (length === undefined) return { kind: "end" };
  if (!/^\d{1,15}$/.test(length)) throw new Error("The answer's length cannot be read");
  return { kind: "length", length: Number(length) };
}

const tooLarge = (maxBytes: number) => new Error(`The answer is larger than ${maxBytes} bytes`);
