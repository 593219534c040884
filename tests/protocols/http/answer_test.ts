/** Answers of HTTP servers, in pieces of any size. */
import assert from "node:assert/strict";
import { AnswerBody } from "../../../protocols/http/body.ts";
import { MAX_HEAD_BYTES, readHead } from "../../../protocols/http/head.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);
const headers = (entries: Record<string, string>) => new Map(Object.entries(entries));
const CHUNKED = headers({ "transfer-encoding": "Chunked" });

/** The body that these bytes give, in pieces of `size`; null if it is not whole after them. */
function bodyOf(text: string, of: ReadonlyMap<string, string>, size: number, max = 100) {
  const body = new AnswerBody(of, max);
  const bytes = bytesOf(text);
  let isWhole = false;
  // The buffer is used again, as a reader does.
  const buffer = new Uint8Array(size);
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    buffer.set(piece);
    isWhole = body.push(buffer.subarray(0, piece.length));
  }
  return isWhole ? new TextDecoder().decode(body.whole()) : null;
}

Deno.test("readHead() reads status and headers, and nothing before the empty line", () => {
  const text = "HTTP/1.1 200 OK\r\nA: 1\r\nB:2 \r\na: 3\r\n\r\n";
  for (let length = 0; length < text.length; length++) {
    assert.equal(readHead(bytesOf(text.slice(0, length))), null);
  }
  const head = readHead(bytesOf(`${text}rest`))!;
  assert.equal(head.status, 200);
  assert.deepEqual([...head.headers], [["a", "1, 3"], ["b", "2"]]);
  assert.equal(new TextDecoder().decode(head.rest), "rest");
});

Deno.test("readHead() keeps spaces inside a value, however many there are", () => {
  const value = `x${" ".repeat(15_000)}y`;
  const head = readHead(bytesOf(`HTTP/1.1 200 OK\r\na:\t ${value} \t\r\nb:\r\n\r\n`))!;
  assert.deepEqual([...head.headers], [["a", value], ["b", ""]]);
});

Deno.test("readHead() refuses what is no head of HTTP/1.1", () => {
  for (
    const [text, expected] of [
      ["HTTP/2 200\r\n\r\n", /not HTTP/],
      ["HTTP/1.1 099 low\r\n\r\n", /not HTTP/],
      ["HTTP/1.1 2000\r\n\r\n", /not HTTP/],
      ["HTTP/1.1 200 OK\r\nno colon\r\n\r\n", /cannot be read/],
      ["HTTP/1.1 200 OK\r\na : 1\r\n\r\n", /cannot be read/],
      ["HTTP/1.1 200 OK\r\n folded: 1\r\n\r\n", /cannot be read/],
      [`HTTP/1.1 200 OK\r\na: ${"x".repeat(MAX_HEAD_BYTES)}`, /too long/],
    ] as const
  ) assert.throws(() => readHead(bytesOf(text)), expected, text.slice(0, 40));
});

Deno.test("AnswerBody collects a body by its length, in chunks and until the end, whatever the pieces are", () => {
  for (let size = 1; size <= 40; size++) {
    assert.equal(bodyOf("hello", headers({ "content-length": "5" }), size), "hello");
    assert.equal(bodyOf("hello and more", headers({ "content-length": "5" }), size), "hello");
    const chunks =
      "5;name=value\r\nhello\r\n00A \r\n 12\r\n45678\r\n0\r\nTrailer: x\r\n\r\nignored";
    assert.equal(bodyOf(chunks, CHUNKED, size), "hello 12\r\n45678");
    // Until the end of the connection, which the caller notices.
    assert.equal(bodyOf("hello", headers({}), size), null);
  }
  const open = new AnswerBody(headers({ "content-encoding": "identity" }), 5);
  assert.equal(open.push(bytesOf("hel")), false);
  assert.equal(open.push(bytesOf("lo")), false);
  assert.equal(new TextDecoder().decode(open.whole()), "hello");
  assert.equal(new AnswerBody(headers({ "content-length": "0" }), 5).push(bytesOf("")), true);
});

Deno.test("AnswerBody refuses a body that is too large before it keeps its bytes", () => {
  assert.throws(() => new AnswerBody(headers({ "content-length": "101" }), 100), /larger than 100/);
  assert.throws(() => bodyOf("x".repeat(101), headers({}), 7), /larger than 100/);
  // A chunk's size is enough.
  assert.throws(() => bodyOf("65\r\n", CHUNKED, 1), /larger than 100/);
  assert.throws(() => bodyOf("60\r\n" + "x".repeat(96) + "\r\n5\r\n", CHUNKED, 3), /larger/);
  assert.throws(() => bodyOf("ffffffff\r\n", CHUNKED, 1), /larger than 100/);
});

Deno.test("AnswerBody refuses forms that it does not know, and chunks that cannot be read", () => {
  for (
    const [entries, expected] of [
      [{ "content-encoding": "gzip" }, /compressed/],
      [{ "transfer-encoding": "gzip, chunked" }, /unknown/],
      [{ "transfer-encoding": "chunked", "content-length": "3" }, /ambiguous/],
      [{ "content-length": "3, 3" }, /length/],
      [{ "content-length": "-1" }, /length/],
      [{ "content-length": "1e3" }, /length/],
    ] as const
  ) {
    assert.throws(() => new AnswerBody(headers(entries), 100), expected, JSON.stringify(entries));
  }
  for (
    const [text, expected] of [
      ["\r\n", /size/],
      ["x\r\n", /size/],
      ["-1\r\n", /size/],
      ["000000001\r\n", /size/],
      ["3\r\nabcd\r\n", /longer than its size/],
      ["1".repeat(300), /too long/],
      [`0\r\na: ${"x".repeat(MAX_HEAD_BYTES)}`, /too long/],
      [`0\r\n${`a: ${"x".repeat(1000)}\r\n`.repeat(17)}`, /too long/],
    ] as const
  ) assert.throws(() => bodyOf(text, CHUNKED, 5), expected, text.slice(0, 20));
  const cut = new AnswerBody(CHUNKED, 100);
  assert.equal(cut.push(bytesOf("3\r\nabc\r\n0\r\n")), false);
  assert.throws(() => cut.whole(), /ended before/);
  const short = new AnswerBody(headers({ "content-length": "5" }), 100);
  assert.equal(short.push(bytesOf("hell")), false);
  assert.throws(() => short.whole(), /ended before/);
});
