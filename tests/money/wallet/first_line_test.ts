import assert from "node:assert/strict";
import { readFirstLine } from "../../../money/wallet/first_line.ts";

/** Gives these chunks, then never ends, or ends. */
function pipeOf(chunks: readonly (string | Uint8Array)[], closed: boolean) {
  const left = chunks.map((each) =>
    typeof each === "string" ? new TextEncoder().encode(each) : each
  );
  return (buffer: Uint8Array): Promise<number | null> => {
    const chunk = left.shift();
    if (chunk === undefined) return closed ? Promise.resolve(null) : new Promise(() => {});
    buffer.set(chunk.subarray(0, buffer.length));
    return Promise.resolve(Math.min(chunk.length, buffer.length));
  };
}

const lines: readonly {
  readonly name: string;
  readonly chunks: readonly string[];
  readonly closed: boolean;
  readonly line: string | null;
}[] = [
  { name: "one that nobody closes", chunks: ["op", "en\n"], closed: false, line: "open" },
  { name: "one without an end of line", chunks: ["open"], closed: true, line: "open" },
  { name: "the end of line of another system", chunks: [" a \r\nb\n"], closed: false, line: " a " },
  { name: "an empty line", chunks: ["\nsecond\n"], closed: false, line: "" },
  { name: "nothing", chunks: [], closed: true, line: null },
  { name: "8 bytes at most", chunks: ["12345678\n"], closed: false, line: "12345678" },
  {
    name: "8 bytes, with more behind the line",
    chunks: ["12345\n789012"],
    closed: false,
    line: "12345",
  },
];
for (const { name, chunks, closed, line } of lines) {
  Deno.test(`readFirstLine() takes ${name}`, async () => {
    const read = pipeOf(chunks, closed);
    assert.equal(await readFirstLine({ what: "key", maxBytes: 8, read }), line);
  });
}

for (const closed of [true, false]) {
  Deno.test(`readFirstLine() refuses a longer line of a pipe that ${closed ? "ends" : "goes on"}`, async () => {
    const read = pipeOf(["12345", "6789"], closed);
    await assert.rejects(readFirstLine({ what: "key", maxBytes: 8, read }), {
      code: "too_large",
      message: "Cannot read the key: more than 8 bytes",
    });
  });
}

Deno.test("readFirstLine() refuses what is not UTF-8, and leaves nothing of it in the buffer", async () => {
  let seen: Uint8Array | null = null;
  const read = (buffer: Uint8Array) => {
    seen = buffer;
    buffer.set([0xff, 0x0a]);
    return Promise.resolve(2);
  };
  await assert.rejects(readFirstLine({ what: "key", maxBytes: 8, read }), { code: "not_text" });
  assert.deepEqual([...seen!], new Array(9).fill(0));
});
