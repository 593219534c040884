import assert from "node:assert/strict";
import { urlAt } from "../../blobs/blob_reference.ts";
import { blobPair, noise } from "./blob_server.ts";

const LIMITS = { maxBytes: 1 << 30 };

/** Sends a request with only a part of its body, and waits until the server has that part. */
async function halfUpload(
  pair: Awaited<ReturnType<typeof blobPair>>,
  blob: { sha256: string; size: number },
  bytes: Uint8Array,
  sent: number,
): Promise<string> {
  const leave = await pair.client.authorize("upload", [blob.sha256], pair.server.url);
  const { hostname, port } = new URL(pair.server.url);
  const conn = await Deno.connect({ hostname, port: Number(port) });
  await conn.write(new TextEncoder().encode(
    `PUT /upload HTTP/1.1\r\nauthorization: ${leave}\r\nx-sha-256: ${blob.sha256}\r\ncontent-length: ${blob.size}\r\n\r\n`,
  ));
  for (let at = 0; at < sent;) at += await conn.write(bytes.subarray(at, sent));
  conn.close();
  while (pair.server.status().connections > 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return leave;
}

Deno.test("an interrupted upload continues where it ended, and its bytes stay held meanwhile", async () => {
  await using pair = await blobPair({ unitsPerMib: 1n });
  const bytes = noise(3_000_000);
  const blob = await pair.keep(bytes);
  await pair.server.credit("o", pair.pubkey, bytes.length);
  const leave = await halfUpload(pair, blob, bytes, 2_000_000);
  assert.equal(await pair.client.has(pair.server.url, blob.sha256), null);
  const account = await pair.server.credit("o", pair.pubkey, 0);
  assert.equal(account.heldBytes, bytes.length);
  const may = await pair.client.mayStore(pair.server.url, blob, leave);
  assert.deepEqual(may, { offset: 2_000_000 });
  await pair.client.store(pair.server.url, blob, leave, { offset: 2_000_000 });
  assert.equal((await pair.client.has(pair.server.url, blob.sha256))?.size, bytes.length);
  const after = await pair.server.credit("o", pair.pubkey, 0);
  assert.deepEqual(after, { boughtBytes: 3_000_000, usedBytes: 3_000_000, heldBytes: 0 });
});

Deno.test("a server that was ended within an upload has no blob, and continues with it after its start", async () => {
  const folder = await Deno.makeTempDir();
  const bytes = noise(1_000_000);
  let blob;
  {
    await using pair = await blobPair({ folder });
    blob = await pair.keep(bytes);
    await halfUpload(pair, blob, bytes, 600_000);
  }
  // A crash between the rename and the commit of its row leaves a file without a row.
  const orphan = "cd".repeat(32);
  await Deno.mkdir(`${folder}/blobs/cd`, { recursive: true });
  await Deno.writeTextFile(`${folder}/blobs/cd/${orphan}`, "half");
  await using pair = await blobPair({ folder });
  await assert.rejects(Deno.stat(`${folder}/blobs/cd/${orphan}`), Deno.errors.NotFound);
  await pair.keep(bytes);
  const leave = await pair.client.authorize("upload", [blob.sha256], pair.server.url);
  assert.equal(await pair.client.has(pair.server.url, blob.sha256), null);
  const may = await pair.client.mayStore(pair.server.url, blob, leave);
  assert.deepEqual(may, { offset: 600_000 });
  await pair.client.store(pair.server.url, blob, leave, { offset: 600_000 });
  assert.deepEqual(
    await Deno.readFile(`${folder}/blobs/${blob.sha256.slice(0, 2)}/${blob.sha256}`),
    bytes,
  );
});

Deno.test("an interrupted download continues where it ended, at another server too", async () => {
  await using pair = await blobPair();
  await using other = await blobPair();
  const bytes = noise(2_000_000);
  const blob = await pair.keep(bytes);
  await pair.store(blob);
  const begun = await other.folder.writer(bytes.length, blob.sha256);
  await begun.write(bytes.subarray(0, 1_200_000));
  await begun.end(true);
  let asked = "";
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const proxied = (async () => {
    using conn = await listener.accept();
    const head = new Uint8Array(4_096);
    asked = new TextDecoder().decode(head.subarray(0, (await conn.read(head))!));
    const { hostname, port } = new URL(pair.server.url);
    using real = await Deno.connect({ hostname, port: Number(port) });
    await real.write(
      new TextEncoder().encode(asked.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n")),
    );
    await real.readable.pipeTo(conn.writable);
  })();
  const port = (listener.addr as Deno.NetAddr).port;
  const reference = { ...blob, urls: [`http://127.0.0.1:${port}/${blob.sha256}`] };
  const path = await other.client.fetch(reference, LIMITS);
  assert.deepEqual(await Deno.readFile(path), bytes);
  assert.match(asked, /range: bytes=1200000-\r\n/);
  await proxied.catch(() => undefined);
  listener.close();
});

Deno.test("a download whose beginning was wrong is asked for once more from its beginning", async () => {
  await using pair = await blobPair();
  await using other = await blobPair();
  const bytes = noise(500_000);
  const blob = await pair.keep(bytes);
  await pair.store(blob);
  const begun = await other.folder.writer(bytes.length, blob.sha256);
  await begun.write(noise(100_000, 99));
  await begun.end(true);
  const urls = [urlAt(pair.server.url, blob.sha256)];
  assert.deepEqual(await Deno.readFile(await other.client.fetch({ ...blob, urls }, LIMITS)), bytes);
});

Deno.test("an expired blob is removed, and one that is uploaded again lasts longer", async () => {
  let nowMs = Date.now();
  await using pair = await blobPair({ clock: () => nowMs, limits: { keepS: 1_000 } });
  const [first, second] = [await pair.keep(noise(10, 1)), await pair.keep(noise(10, 2))];
  await pair.store(first);
  await pair.store(second);
  nowMs += 200_000;
  await pair.store(first);
  nowMs += 500_000;
  await pair.store(second);
  nowMs += 400_000;
  await pair.server.sweep();
  assert.equal(await pair.client.has(pair.server.url, first.sha256), null);
  assert.equal((await pair.client.has(pair.server.url, second.sha256))?.size, 10);
  assert.equal(pair.server.status().blobs, 1);
});
