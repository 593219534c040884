import assert from "node:assert/strict";
import fc from "fast-check";
import { type Document, encodeFrame, parseFrameHead } from "../../runtime/stdio_frames.ts";
import { readDocuments, readFiles } from "../../runtime/stdio_input.ts";

const encode = (text: string) => new TextEncoder().encode(text);

/** The input in chunks of this size, as a pipe may cut it anywhere. */
async function read(
  input: Uint8Array,
  chunk = input.length,
  limits = {},
): Promise<Document[]> {
  const stream = new ReadableStream<Uint8Array>({
    start(controller) {
      for (let at = 0; at < input.length; at += chunk) {
        controller.enqueue(input.slice(at, at + chunk));
      }
      controller.close();
    },
  });
  return await Array.fromAsync(readDocuments(stream, limits));
}

const codes = (documents: Document[]) => documents.map(({ refusal }) => refusal?.code ?? "ok");

const known = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9_]{0,8}$/),
  fc.oneof(
    fc.string({ unit: "binary" }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0 || 0),
    fc.constantFrom("5050", "-1", "1e21", "NaN", "Infinity", "", " ", "%", "1".repeat(64)),
  ),
  { noNullPrototype: true },
);
const document: fc.Arbitrary<Document> = fc.oneof(
  fc.record({ bytes: fc.uint8Array({ maxLength: 200 }), known }, { noNullPrototype: true }),
  fc.record({
    bytes: fc.constant(new Uint8Array(0)),
    known,
    refusal: fc.record({
      stage: fc.string(),
      code: fc.string(),
      message: fc.string({ unit: "binary" }),
    }, { noNullPrototype: true }),
  }, { noNullPrototype: true }),
);

Deno.test("frames give back every document, whatever its bytes and wherever the input is cut", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(document, { minLength: 1, maxLength: 5 }),
    fc.integer({ min: 1, max: 64 }),
    async (documents, chunk) => {
      const input = await new Blob(documents.map((each) => encodeFrame(each) as BlobPart)).bytes();
      assert.deepEqual(await read(input, chunk), documents);
    },
  ));
});

Deno.test("readDocuments() never throws on foreign frames", async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 20 }),
    fc.constantFrom("\x1e", "\n", "5 ", "kind=1", "\x1e3 a=1\nabc\n", "\x1e0 \n\n").map(encode),
  );
  await fc.assert(fc.asyncProperty(fc.array(piece), async (pieces) => {
    const input = await new Blob(["\x1e", ...pieces as BlobPart[]]).bytes();
    for (const { refusal, bytes } of await read(input, 7)) {
      if (refusal) assert.equal(bytes.length, 0);
    }
  }));
});

const table = [
  { name: "one bare document", input: "kind: 1\n", codes: ["ok"] },
  { name: "nothing", input: "", codes: [] },
  { name: "a frame with nothing known", input: "\x1e3 \nabc\n", codes: ["ok"] },
  { name: "a frame without the space", input: "\x1e3\nabc\n", codes: ["ok"] },
  { name: "an empty document", input: "\x1e0 \n\n", codes: ["ok"] },
  { name: "text between frames", input: "\x1e3 \nabc\nx\x1e3 \nabc\n", codes: ["ok", "bad_frame"] },
  { name: "no length", input: "\x1e \nabc\n", codes: ["bad_frame"] },
  { name: "a negative length", input: "\x1e-3 \nabc\n", codes: ["bad_frame"] },
  { name: "a leading zero", input: "\x1e03 \nabc\n", codes: ["bad_frame"] },
  {
    name: "a length beyond all numbers",
    input: `\x1e${"9".repeat(20)} \nabc\n`,
    codes: ["bad_frame"],
  },
  {
    name: "a length that is too short, with a forged frame inside",
    input: "\x1e1 \na\x1e3 id=forged\nabc\n",
    codes: ["bad_frame"],
  },
  { name: "an end within the bytes", input: "\x1e9 \nabc", codes: ["truncated_frame"] },
  { name: "an end before the last LF", input: "\x1e3 \nabc", codes: ["truncated_frame"] },
  { name: "an end within the head", input: "\x1e3 kind=1", codes: ["bad_frame"] },
  { name: "a malformed key", input: "\x1e3 K=1\nabc\n\x1e3 \nabc\n", codes: ["bad_frame", "ok"] },
  { name: "a key twice", input: "\x1e3 a=1 a=2\nabc\n\x1e3 \nabc\n", codes: ["bad_frame", "ok"] },
  { name: "a prototype key", input: "\x1e3 __proto__=1\nabc\n", codes: ["bad_frame"] },
  {
    name: "malformed percent-encoding",
    input: "\x1e3 a=%zz\nabc\n\x1e0 \n\n",
    codes: ["bad_frame", "ok"],
  },
  { name: "half a refusal", input: "\x1e0 error.code=x\n\n\x1e0 \n\n", codes: ["bad_frame", "ok"] },
  {
    name: "a head that is no UTF-8",
    input: "\x1e3 a=\xff\nabc\n",
    codes: ["bad_frame"],
    latin: true,
  },
  {
    name: "a document over the limit",
    input: `\x1e101 \n${"x".repeat(101)}\n\x1e3 \nabc\n`,
    codes: ["too_large", "ok"],
  },
  { name: "a bare document over the limit", input: "x".repeat(101), codes: ["too_large"] },
  {
    name: "a head over the limit",
    input: `\x1e3 a=${"x".repeat(600)}\nabc\n`,
    codes: ["bad_frame"],
  },
];
for (const { name, input, codes: expected, latin } of table) {
  Deno.test(`readDocuments() reads ${name}`, async () => {
    const bytes = latin ? Uint8Array.from(input, (char) => char.charCodeAt(0)) : encode(input);
    for (const chunk of [1, 5, 1000]) {
      const limits = { maxDocumentBytes: 100, maxHeadBytes: 500 };
      assert.deepEqual(codes(await read(bytes, chunk, limits)), expected);
    }
  });
}

Deno.test("parseFrameHead() keeps text that looks like a number apart from numbers", () => {
  assert.deepEqual(parseFrameHead("1 a=5 b=%35 c=1e3 d=05").known, {
    a: 5,
    b: "5",
    c: "1e3",
    d: "05",
  });
});

Deno.test("readFiles() continues after a file that cannot be read", async () => {
  const files: Record<string, Uint8Array | null> = { a: encode("kind: 1"), b: null };
  const readFile = (path: string) =>
    path in files ? Promise.resolve(files[path]) : Promise.reject(new Deno.errors.NotFound("x"));
  const documents = await Array.fromAsync(readFiles(["none", "a", "b"], readFile));
  assert.deepEqual(codes(documents), ["unreadable", "ok", "too_large"]);
  assert.match(documents[0].refusal!.message, /none: NotFound/);
});
