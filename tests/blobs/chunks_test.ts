import assert from "node:assert/strict";
import { homeBlobs } from "../../market/blobs/home_blobs.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import {
  CHUNK_LIST_TYPE,
  makeChunkList,
  readChunkList,
  unpackChunk,
} from "../../blobs/chunk_list.ts";
import { checkReference } from "../../blobs/blob_reference.ts";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import { type BlobPair, blobPair, noise } from "./blob_server.ts";

/** Generated source files: 50 MB that compress well. */
function sourceTree(bytes: number): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const all = new Uint8Array(bytes);
  let x = 7;
  for (let at = 0, line = 0; at < bytes; line++) {
    x = Math.imul(x, 1_103_515_245) + 12_345 >>> 0;
    at += encoder.encodeInto(
      `export const value_${line} = ${x} + ${x >>> 7}; // line ${line} of file ${line >>> 9}\n`,
      all.subarray(at),
    ).written || bytes;
  }
  return all;
}

/** The same with one more line in the middle. */
function withOneLine(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const line = new TextEncoder().encode("// one line that was not there before\n");
  const at = bytes.indexOf(10, bytes.length / 2) + 1;
  const changed = new Uint8Array(bytes.length + line.length);
  changed.set(bytes.subarray(0, at));
  changed.set(line, at);
  changed.set(bytes.subarray(at), at + line.length);
  return changed;
}

function blobsAt({ folder, client, pubkey, server }: BlobPair, serverUrl: string, path: string) {
  return homeBlobs({
    folder: path,
    readable: [],
    server: { url: serverUrl, unitsPerMib: "0" },
    payTo: null,
    maxBytes: 2 ** 30,
  }, {
    folder,
    client,
    store: {
      commit: () => Promise.resolve(),
      outgoingByObligation: () => Promise.resolve([]),
    },
    signer: { encrypt: () => Promise.resolve(""), decrypt: () => Promise.resolve("") },
    pubkey: pubkey as Pubkey,
    clock: Date.now,
    log: () => void server,
  });
}

Deno.test("a one-line change of a context of 50 MB sends at most 2 % of its bytes, and comes back whole", async () => {
  await using pair = await blobPair();
  await using reader = await blobPair();
  const blobs = blobsAt(pair, pair.server.url, "/nonexistent");
  const first = sourceTree(50_000_000);
  const before = await blobs.put({ bytes: first }, { chunked: true });
  assert.equal(before.type, CHUNK_LIST_TYPE);
  const firstBytes = pair.server.status().storedBytes;
  const changed = withOneLine(first);
  const after = await blobs.put({ bytes: changed }, { chunked: true });
  const secondBytes = pair.server.status().storedBytes - firstBytes;
  assert.ok(secondBytes <= changed.length * 0.02, `${secondBytes} of ${changed.length} bytes`);
  assert.ok(secondBytes <= firstBytes * 0.05, `${secondBytes} of ${firstBytes} packed bytes`);
  const theirs = blobsAt(reader, pair.server.url, "/nonexistent");
  const { path } = await theirs.fetch(after, { maxBytes: 60_000_000 });
  assert.deepEqual(await Deno.readFile(path), changed);
  await assert.rejects(
    theirs.fetch(before, { maxBytes: 40_000_000 }),
    (error: BlobTransferError) => error.code === "too_large",
  );
});

Deno.test("an archive that is packed with gzip is stored by its raw chunks", async () => {
  await using pair = await blobPair();
  const blobs = blobsAt(pair, pair.server.url, "/nonexistent");
  const raw = sourceTree(3_000_000);
  const stream = new Blob([raw]).stream().pipeThrough(new CompressionStream("gzip"));
  const packed = new Uint8Array(await new Response(stream).arrayBuffer());
  const reference = await blobs.put({ bytes: packed }, { chunked: true });
  const { path } = await blobs.fetch(reference, { maxBytes: 4_000_000 });
  assert.deepEqual(await Deno.readFile(path), raw);
});

Deno.test("makeChunkList() of the same bytes is the same, whatever pieces they come in", async () => {
  const bytes = noise(2_000_000);
  const list = async (sizes: number) =>
    new TextDecoder().decode(
      await makeChunkList(
        (async function* () {
          await Promise.resolve();
          for (let at = 0; at < bytes.length; at += sizes) yield bytes.subarray(at, at + sizes);
        })(),
        () => Promise.resolve(),
      ),
    );
  const whole = await list(bytes.length);
  assert.equal(await list(1_000), whole);
  assert.equal(await list(65_537), whole);
  const { chunks, size } = readChunkList(new TextEncoder().encode(whole));
  assert.equal(size, bytes.length);
  assert.ok(chunks.length > 5 && chunks.length < 60, String(chunks.length));
});

Deno.test("readChunkList() refuses what is not a list", () => {
  const chunk = ["ab".repeat(32), 10, 20];
  const good = { v: 1, sha256: "cd".repeat(32), size: 20, chunks: [chunk] };
  const cases: readonly [note: string, value: unknown][] = [
    ["no object", null],
    ["another version", { ...good, v: 2 }],
    ["no hash", { ...good, sha256: "../../etc" }],
    ["a size that does not add up", { ...good, size: 21 }],
    ["a negative size", { ...good, chunks: [["ab".repeat(32), 10, -20]] }],
    ["a huge chunk", { ...good, size: 2 ** 40, chunks: [["ab".repeat(32), 10, 2 ** 40]] }],
    ["a chunk of nothing", { ...good, size: 0, chunks: [["ab".repeat(32), 10, 0]] }],
    ["a chunk that is stored in more bytes than it has", {
      ...good,
      chunks: [["ab".repeat(32), 20 + 65, 20]],
    }],
    ["a path for a hash", { ...good, chunks: [["../".repeat(21) + "a", 10, 20]] }],
    ["no list", { ...good, chunks: {} }],
  ];
  for (const [note, value] of cases) {
    assert.throws(
      () => readChunkList(new TextEncoder().encode(JSON.stringify(value))),
      (error: BlobTransferError) => error.code === "bad_reference",
      note,
    );
  }
  assert.equal(readChunkList(new TextEncoder().encode(JSON.stringify(good))).chunks.length, 1);
});

Deno.test("makeChunkList() packs what does not compress into chunks that readChunkList() takes", async () => {
  for (const bytes of [1, 100, 40_000, 600_000]) {
    const list = await makeChunkList(
      (async function* () {
        await Promise.resolve();
        yield noise(bytes);
      })(),
      () => Promise.resolve(),
    );
    assert.equal(readChunkList(list).size, bytes);
  }
});

Deno.test("a list of chunks that makes more than its request said is refused, and no chunk of it is fetched", async () => {
  await using pair = await blobPair();
  await using reader = await blobPair();
  const raw = sourceTree(3_000_000);
  const stored = blobsAt(pair, pair.server.url, "/nonexistent");
  const honest = await stored.put({ bytes: raw }, { chunked: true });
  assert.equal(honest.total, raw.length);
  const theirs = blobsAt(reader, pair.server.url, "/nonexistent");
  for (const total of [raw.length - 1, raw.length + 1, 0]) {
    const lie = checkReference({ ...honest, total });
    await assert.rejects(
      theirs.fetch(lie, { maxBytes: 4_000_000 }),
      (error: BlobTransferError) => error.code === "wrong_length",
    );
  }
  const list = readChunkList(await Deno.readFile(reader.folder.pathOf(honest.sha256)));
  for (const { sha256 } of list.chunks) assert.equal(await reader.folder.sizeOf(sha256), null);
  const { path } = await theirs.fetch(honest, { maxBytes: 4_000_000 });
  assert.deepEqual(await Deno.readFile(path), raw);
});

Deno.test("unpackChunk() refuses a chunk that unpacks to more than it says", async () => {
  const stream = new Blob([new Uint8Array(10_000_000)]).stream();
  const bomb = new Uint8Array(
    await new Response(stream.pipeThrough(new CompressionStream("gzip"))).arrayBuffer(),
  );
  const chunk = { sha256: "ab".repeat(32), size: bomb.length, rawSize: 1_000 };
  await assert.rejects(
    unpackChunk(bomb, chunk),
    (error: BlobTransferError) => error.code === "wrong_length",
  );
});
