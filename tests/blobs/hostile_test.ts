/** Attacks on a blob server, over real sockets. */
import assert from "node:assert/strict";
import { BlobFolder } from "../../blobs/blob_folder.ts";
import { until } from "../until.ts";
import { type BlobPair, blobPair, noise, signer } from "./blob_server.ts";
import { send, untilClosed } from "./raw_server.ts";
import { code, HASH, PATIENT, QUICK } from "./attacked.ts";

/** Sends raw text and returns everything that the server sends until it closes. */
async function raw(url: string, text: string): Promise<string> {
  const { hostname, port } = new URL(url);
  using conn = await Deno.connect({ hostname, port: Number(port) });
  await send(conn, text);
  return await untilClosed(conn);
}

Deno.test("blobServer() refuses what two programs may read in two ways, and paths that leave its folder", async () => {
  await using pair = await blobPair();
  const cases: readonly [note: string, request: string, status: RegExp][] = [
    [
      "chunked",
      "PUT /upload HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      /^HTTP\/1.1 411/,
    ],
    [
      "chunked in disguise",
      "PUT /upload HTTP/1.1\r\ntransfer-encoding: xchunked\r\n\r\n",
      /^HTTP\/1.1 411/,
    ],
    [
      "both lengths",
      "PUT /upload HTTP/1.1\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n",
      / 400 /,
    ],
    [
      "two lengths",
      "PUT /upload HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
      / 400 /,
    ],
    ["a signed length", "PUT /upload HTTP/1.1\r\ncontent-length: +1\r\n\r\n", / 400 /],
    ["a long length", `PUT /upload HTTP/1.1\r\ncontent-length: ${"9".repeat(30)}\r\n\r\n`, / 400 /],
    ["LF alone", "GET / HTTP/1.1\nhost: x\n\r\n\r\n", / 400 /],
    ["a folded field", "GET / HTTP/1.1\r\na: b\r\n c\r\n\r\n", / 400 /],
    ["a space before the colon", "PUT /upload HTTP/1.1\r\ncontent-length : 5\r\n\r\n", / 400 /],
    ["a long head", `GET / HTTP/1.1\r\na: ${"b".repeat(20_000)}\r\n\r\n`, / 400 /],
    ["many fields", `GET / HTTP/1.1\r\n${"a: b\r\n".repeat(100)}\r\n`, / 400 /],
    ["another version", "GET / HTTP/2.0\r\n\r\n", / 400 /],
    [
      "a body where none is taken",
      `GET /${HASH} HTTP/1.1\r\ncontent-length: 5\r\n\r\nhello`,
      / 400 /,
    ],
    ["dots", "GET /../ledger.db HTTP/1.1\r\n\r\n", / 404 /],
    ["dots in the hash", `GET /${"../".repeat(21)}a HTTP/1.1\r\n\r\n`, / 404 /],
    ["escaped dots", "GET /%2e%2e%2fledger.db HTTP/1.1\r\n\r\n", / 404 /],
    ["a capital hash", `GET /${HASH.toUpperCase()} HTTP/1.1\r\n\r\n`, / 404 /],
    ["a name after the hash", `GET /${HASH}/../ledger.db HTTP/1.1\r\n\r\n`, / 404 /],
    [
      "no leave",
      "PUT /upload HTTP/1.1\r\ncontent-length: 5\r\nx-sha-256: " + HASH + "\r\n\r\nhello",
      / 401 /,
    ],
    [
      "a leave that is none",
      `DELETE /${HASH} HTTP/1.1\r\nauthorization: Nostr e30\r\n\r\n`,
      / 401 /,
    ],
    ["a mirror", "PUT /mirror HTTP/1.1\r\ncontent-length: 0\r\n\r\n", / 403 /],
  ];
  for (const [note, request, status] of cases) {
    const answer = await raw(
      pair.server.url,
      request.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n"),
    );
    assert.match(answer, status, `${note}: ${answer.slice(0, 200)}`);
  }
  assert.equal(pair.server.status().blobs, 0);
});

Deno.test("blobServer() takes no authorization for another verb, blob, server, time or author", async () => {
  await using pair = await blobPair();
  const blob = await pair.keep(noise(100));
  const nowS = Math.floor(Date.now() / 1000);
  const good = {
    kind: 24242,
    created_at: nowS,
    content: "upload",
    tags: [["t", "upload"], ["x", blob.sha256], ["expiration", String(nowS + 60)]],
  };
  const with_ = (tags: string[][]) => ({ ...good, tags });
  const wrong = {
    verb: with_([["t", "get"], ...good.tags.slice(1)]),
    blob: with_([good.tags[0]!, ["x", HASH], good.tags[2]!]),
    server: with_([...good.tags, ["server", "elsewhere.example"]]),
    expired: with_([...good.tags.slice(0, 2), ["expiration", String(nowS - 1)]]),
    eternal: with_(good.tags.slice(0, 2)),
    future: { ...good, created_at: nowS + 3_600 },
    kind: { ...good, kind: 27235 },
  };
  const field = (event: unknown) =>
    `Nostr ${new TextEncoder().encode(JSON.stringify(event)).toBase64()}`;
  for (const [note, event] of Object.entries(wrong)) {
    await assert.rejects(
      pair.client.store(pair.server.url, blob, field(await pair.sign(event))),
      code("refused"),
      note,
    );
  }
  const forged = { ...await pair.sign(good), pubkey: signer(9).pubkey };
  await assert.rejects(pair.client.store(pair.server.url, blob, field(forged)), code("refused"));
  await pair.client.store(pair.server.url, blob, field(await pair.sign(good)));
});

Deno.test("blobServer() removes an upload whose bytes have another hash, and books nothing for it", async () => {
  await using pair = await blobPair({ unitsPerMib: 1n });
  await pair.server.credit("o", pair.pubkey, 1_000);
  const blob = await pair.keep(noise(1_000));
  const leave = await pair.client.authorize("upload", [HASH], pair.server.url);
  const body = "x".repeat(1_000);
  const answer = await raw(
    pair.server.url,
    `PUT /upload HTTP/1.1\r\nauthorization: ${leave}\r\nx-sha-256: ${HASH}\r\ncontent-length: 1000\r\nconnection: close\r\n\r\n${body}`,
  );
  assert.match(answer, / 409 /);
  assert.deepEqual(await pair.server.credit("o", pair.pubkey, 0), {
    boughtBytes: 1_000,
    usedBytes: 0,
    heldBytes: 0,
  });
  await pair.store(blob);
  assert.equal(await pair.client.has(pair.server.url, HASH), null);
});

Deno.test("blobServer() lets simultaneous uploads use storage only as often as it was bought", async () => {
  await using pair = await blobPair({ unitsPerMib: 1n });
  await pair.server.credit("o", pair.pubkey, 25_000);
  const blobs = await Promise.all([1, 2, 3, 4, 5].map((seed) => pair.keep(noise(10_000, seed))));
  const done = await Promise.allSettled(blobs.map((blob) => pair.store(blob)));
  assert.equal(done.filter(({ status }) => status === "fulfilled").length, 2);
  for (const each of done) {
    if (each.status === "rejected") assert.equal(each.reason.code, "payment_required");
  }
  const account = await pair.server.credit("o", pair.pubkey, 0);
  assert.deepEqual(account, { boughtBytes: 25_000, usedBytes: 20_000, heldBytes: 0 });
});

Deno.test("blobServer() refuses a second upload of a blob while the first is in progress, which ends well", async () => {
  await using pair = await blobPair({ limits: PATIENT });
  const { hostname, port } = new URL(pair.server.url);
  const bytes = noise(200_000);
  const { sha256 } = await pair.keep(bytes);
  const authorization = await pair.client.authorize("upload", [sha256], pair.server.url);
  const head =
    `PUT /upload HTTP/1.1\r\nhost: x\r\nconnection: close\r\nauthorization: ${authorization}\r\n` +
    `x-sha-256: ${sha256}\r\ncontent-length: ${bytes.length}\r\n\r\n`;
  using first = await Deno.connect({ hostname, port: Number(port) });
  await send(first, head);
  await send(first, bytes.subarray(0, 100_000));
  const partial = `${pair.serverFolder}/partial/${sha256}-${pair.pubkey}`;
  await until(() => Deno.stat(partial).then(({ size }) => size > 0, () => false));
  assert.match(await raw(pair.server.url, head), /^HTTP\/1.1 409 .*this blob is being uploaded/s);
  await send(first, bytes.subarray(100_000));
  assert.match(await untilClosed(first), /^HTTP\/1.1 201 /);
});

Deno.test("blobServer() cuts a client that sends or reads too slowly, and serves others meanwhile", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const limits = { maxConnectionsPerAddress: 64 };
    let sha256: string;
    const slowOnes = async (pair: BlobPair) => {
      const { hostname, port } = new URL(pair.server.url);
      const slow = await Promise.all(
        Array.from({ length: 20 }, () => Deno.connect({ hostname, port: Number(port) })),
      );
      const half = new TextEncoder().encode("GET / HT");
      const ask = new TextEncoder().encode(`GET /${sha256} HTTP/1.1\r\n\r\n`);
      for (const [at, conn] of slow.entries()) await conn.write(at < 10 ? half : ask);
      return slow;
    };
    {
      // A server that waits for them as long as it usually does serves others.
      await using pair = await blobPair({ folder, limits: { ...limits, ...PATIENT } });
      const big = await pair.keep(noise(40_000_000));
      await pair.store(big);
      sha256 = big.sha256;
      const slow = await slowOnes(pair);
      assert.equal((await pair.client.has(pair.server.url, sha256))?.size, big.size);
      assert.ok(pair.server.status().connections > 20);
      for (const conn of slow) conn.close();
    }
    await using pair = await blobPair({ folder, limits: { ...limits, ...QUICK } });
    const slow = await slowOnes(pair);
    await until(() => pair.server.status().connections === 0);
    for (const conn of slow) conn.close();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("blobServer() closes connections above its limit of one address, and takes new ones afterwards", async () => {
  await using pair = await blobPair({ limits: { maxConnectionsPerAddress: 3 } });
  const { hostname, port } = new URL(pair.server.url);
  const open = () => Deno.connect({ hostname, port: Number(port) });
  const held = [await open(), await open(), await open()];
  while (pair.server.status().connections < 3) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.equal(await raw(pair.server.url, "GET / HTTP/1.1\r\n\r\n"), "");
  for (const conn of held) conn.close();
  while (pair.server.status().connections > 0) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.match(await raw(pair.server.url, "GET / HTTP/1.1\r\nconnection: close\r\n\r\n"), / 200 /);
});

Deno.test("blobServer() serves no file through a link in its folder", async () => {
  await using pair = await blobPair();
  const blob = await pair.keep(noise(100));
  await pair.store(blob);
  const path = `${pair.serverFolder}/blobs/${blob.sha256.slice(0, 2)}/${blob.sha256}`;
  await Deno.remove(path);
  await Deno.symlink("/etc/passwd", path);
  const answer = await raw(
    pair.server.url,
    `GET /${blob.sha256} HTTP/1.1\r\nconnection: close\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1.1 (404|500) /);
  assert.doesNotMatch(answer, /root:/);
});

Deno.test("blobServer() takes a thousand small blobs over few connections", async () => {
  await using pair = await blobPair();
  const blobs: { readonly sha256: string; readonly size: number }[] = [];
  for (let seed = 1; seed <= 1_000; seed++) blobs.push(await pair.keep(noise(64, seed)));
  const lanes = Array.from({ length: 8 }, async (_, lane) => {
    for (let at = lane; at < blobs.length; at += 8) await pair.store(blobs[at]!);
  });
  await Promise.all(lanes);
  assert.equal(pair.server.status().blobs, 1_000);
});

Deno.test("blobServer() closes the connection where a blob's file is shorter than its row, and writes nothing behind it", async () => {
  const logged: string[] = [];
  await using pair = await blobPair({ log: (_level, message) => void logged.push(message) });
  const url = await pair.store(await pair.keep(noise(300_000)));
  const sha256 = new URL(url).pathname.slice(1, 65);
  await Deno.truncate((await BlobFolder.open(pair.serverFolder)).pathOf(sha256), 100_000);
  const answer = await raw(pair.server.url, `GET /${sha256} HTTP/1.1\r\nhost: x\r\n\r\n`);
  const [head, body] = [answer.slice(0, answer.indexOf("\r\n\r\n")), answer.split("\r\n\r\n")[1]];
  assert.match(head, /^HTTP\/1\.1 200/);
  assert.equal(body.length, 100_000);
  assert.ok(!answer.slice(head.length).includes("HTTP/1.1"));
  assert.deepEqual(logged, ["blob request failed"]);
});
