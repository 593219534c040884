import assert from "node:assert/strict";
import { type TarEntry, tarFileHeader, writeTar } from "../../../protocols/tar/tar_writer.ts";

const file = (path: string, sizeBytes = 0): TarEntry => ({
  path,
  type: "file",
  executable: false,
  target: "",
  bytes: new Uint8Array(sizeBytes).fill(1),
});
const typeAt = (tar: Uint8Array, at: number) => String.fromCharCode(tar[at + 156]);

Deno.test("writeTar() pads each body to 512 bytes and ends with two empty blocks", async () => {
  for (const [sizeBytes, blocks] of [[0, 1], [1, 2], [512, 2], [513, 3]]) {
    const tar = await writeTar([file("a", sizeBytes)]);
    assert.equal(tar.length, 512 * blocks + 1_024);
    assert.ok(tar.subarray(-1_024).every((byte) => byte === 0));
  }
  assert.deepEqual(await writeTar([]), new Uint8Array(1_024));
});

Deno.test("writeTar() writes a pax header for a name above 100 bytes, or one that is not ASCII, and for no other", async () => {
  for (
    const [entry, type] of [
      [file("a".repeat(100)), "0"],
      [file("a".repeat(101)), "x"],
      [file("ä"), "x"],
      [file("\u007f"), "0"],
      [{ ...file("a"), type: "link", target: "b".repeat(100) }, "2"],
      [{ ...file("a"), type: "link", target: "b".repeat(101) }, "x"],
    ] as const
  ) assert.equal(typeAt(await writeTar([entry]), 0), type, entry.path);
});

Deno.test("tarFileHeader() is the header that writeTar() writes, for names of at most 100 bytes", async () => {
  const path = "a".repeat(100);
  const tar = await writeTar([file(path, 3)]);
  assert.deepEqual(tarFileHeader(path, 3), tar.subarray(0, 512));
  assert.throws(() => tarFileHeader(`${path}a`, 3), RangeError);
});
