import assert from "node:assert/strict";
import { readSecretLine } from "../../shell/secret_line.ts";

const typed: readonly [string, string, string | null][] = [
  ["a line", "secret\r", "secret"],
  ["a character taken back", "secrex\x7ft\n", "secret"],
  ["a character of four bytes taken back", "a🔑\x7fb\r", "ab"],
  ["everything taken back", "wrong\x15right\r", "right"],
  ["arrows and other control keys", "a\tb\r", "ab"],
  ["Ctrl-C", "sec\x03", "AbortError"],
  ["Ctrl-D on an empty line", "\x04", null],
  ["the end of input", "", null],
];

for (const [name, keys, expected] of typed) {
  Deno.test(`readSecretLine() of ${name} puts the echo back`, async () => {
    const bytes = [...new TextEncoder().encode(keys)];
    const raw: boolean[] = [];
    const reading = readSecretLine({
      ask: () => Promise.resolve(assert.deepEqual(raw, [true], "asked before the echo was off")),
      read(buffer) {
        if (bytes.length === 0) return Promise.resolve(null);
        buffer.set(bytes.splice(0, 1));
        return Promise.resolve(1);
      },
      setRaw: (on) => void raw.push(on),
    });
    if (expected === "AbortError") await assert.rejects(reading, { name: expected });
    else assert.equal(await reading, expected);
    assert.deepEqual(raw, [true, false]);
  });
}

Deno.test("readSecretLine() takes 4096 bytes, refuses one more instead of cutting it off, and puts the echo back", async () => {
  for (const [length, refused] of [[4_096, false], [4_097, true]] as const) {
    const bytes = new TextEncoder().encode(`${"x".repeat(length)}\r`);
    const raw: boolean[] = [];
    let at = 0;
    const typing = readSecretLine({
      ask: () => Promise.resolve(),
      read(buffer) {
        const part = bytes.subarray(at, at + buffer.length);
        buffer.set(part);
        at += part.length;
        return Promise.resolve(part.length === 0 ? null : part.length);
      },
      setRaw: (on) => void raw.push(on),
    });
    if (refused) await assert.rejects(typing, { message: "more than 4096 bytes were typed" });
    else assert.equal((await typing)?.length, length);
    assert.deepEqual(raw, [true, false]);
  }
});
