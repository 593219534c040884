/** `PUT /mirror` (BUD-04): a blob server that fetches from other servers, over real sockets. */
import assert from "node:assert/strict";
import { authorizationField, authorizationTemplate } from "../../blobs/blob_authorization.ts";
import { urlAt } from "../../blobs/blob_reference.ts";
import { BLOB_SERVER_LIMITS, type BlobServerLimits } from "../../blobs/server/limits.ts";
import { type BlobPair, blobPair, noise, signer } from "./blob_server.ts";
import { answerWith, send, untilClosed } from "./raw_server.ts";
import { BYTES, HASH, mirror, source } from "./mirroring.ts";

const QUICK = { idleMs: 2_000, leastBytesPerSecond: 100_000, graceMs: 3_000 };

Deno.test("a blob is mirrored from another server, paid by the byte like an upload, and fetched from both", async () => {
  await using from = await blobPair();
  await using to = await blobPair({ unitsPerMib: 1_000n, mirrors: "loopback" });
  const url = await from.store(await from.keep(BYTES));
  const unpaid = await mirror(to, url);
  assert.equal(unpaid.status, 402, unpaid.reason);
  assert.equal(to.server.status().blobs, 0);

  await to.server.credit("order", to.pubkey, BYTES.length);
  const made = await mirror(to, url);
  assert.deepEqual([made.status, made.body.sha256, made.body.size], [201, HASH, BYTES.length]);
  assert.equal(to.server.status().storedBytes, BYTES.length);
  // What is there is neither fetched nor paid again, even when its source is away.
  const again = await mirror(to, "http://127.0.0.1:9/gone");
  assert.deepEqual([again.status, again.body.sha256], [200, HASH]);
  assert.equal((await mirror(to, url, { key: 9 })).status, 402, "another key pays for itself");

  const urls = ["http://127.0.0.1:9/gone", urlAt(to.server.url, HASH)];
  await using reader = await blobPair();
  const path = await reader.client.fetch({ sha256: HASH, size: BYTES.length, urls }, {
    maxBytes: 1 << 20,
  });
  assert.deepEqual(await Deno.readFile(path), BYTES);
  const about = await (await fetch(to.server.url)).json();
  assert.ok(about.blossom.includes("BUD-04"));
});

Deno.test("BlobClient.mirror() asks a server that fetches; one that mirrors from nobody refuses", async () => {
  await using from = await blobPair();
  await using to = await blobPair({ mirrors: "loopback" });
  await using none = await blobPair();
  const blob = await from.keep(BYTES);
  const url = await from.store(blob);
  for (const [pair, expected] of [[to, true], [none, false]] as const) {
    const leave = await from.client.authorize("upload", [HASH], pair.server.url);
    assert.equal(await from.client.mirror(pair.server.url, blob, url, leave), expected);
    assert.equal(pair.server.status().blobs, expected ? 1 : 0);
  }
});

Deno.test("PUT /mirror keeps and books nothing of a hostile source, and says why", async (t) => {
  const bought = async (limits: Partial<BlobServerLimits>) => {
    const pair = await blobPair({
      unitsPerMib: 1_000n,
      mirrors: "loopback",
      limits: { ...limits, maxBlobBytes: 2 << 20 },
    });
    await pair.server.credit("order", pair.pubkey, 1 << 20);
    return pair;
  };
  await using patient = await bought({ ...QUICK, idleMs: 120_000, graceMs: 120_000 });
  await using quick = await bought({ ...QUICK, mirrorMs: 8_000 });
  const cases: readonly {
    readonly name: string;
    readonly answer: (conn: Deno.Conn) => Promise<void>;
    readonly status: number;
    readonly reason: RegExp;
    /** It is refused for its pace. */
    readonly slow?: true;
  }[] = [
    {
      name: "other bytes",
      answer: (conn) =>
        answerWith(conn, `200 OK\r\ncontent-length: ${BYTES.length}`, noise(BYTES.length, 5)),
      status: 409,
      reason: /have the hash/,
    },
    {
      name: "fewer bytes than it says",
      answer: (conn) =>
        answerWith(conn, `200 OK\r\ncontent-length: ${BYTES.length}`, BYTES.subarray(0, 9_000)),
      status: 502,
      reason: /ended the connection/,
    },
    {
      name: "no length, and bytes without end",
      answer: async (conn) => {
        await answerWith(conn, "200 OK\r\ncontent-type: x/y");
        for (;;) await conn.write(new Uint8Array(65_536));
      },
      status: 502,
      reason: /does not say how long/,
    },
    {
      name: "more than a blob may have",
      answer: (conn) => answerWith(conn, "200 OK\r\ncontent-length: 2097153"),
      status: 413,
      reason: /at most 2097152/,
    },
    {
      name: "more than is paid for",
      answer: (conn) => answerWith(conn, "200 OK\r\ncontent-length: 1048577"),
      status: 402,
      reason: /1048577 bytes are needed/,
    },
    {
      name: "a redirect",
      answer: (conn) =>
        answerWith(conn, "302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0"),
      status: 502,
      reason: /redirects/,
    },
    {
      name: "no answer",
      answer: async (conn) => void await untilClosed(conn),
      status: 502,
      reason: /sends or takes nothing/,
      slow: true,
    },
    {
      name: "one byte at a time",
      answer: async (conn) => {
        await answerWith(conn, `200 OK\r\ncontent-length: ${BYTES.length}`);
        for (const byte of BYTES) {
          await conn.write(new Uint8Array([byte]));
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
      },
      status: 502,
      reason: /takes too long|sends or takes nothing/,
      slow: true,
    },
    {
      name: "not there",
      answer: (conn) => answerWith(conn, "404 Not Found\r\ncontent-length: 0"),
      status: 502,
      reason: /answers with status 404/,
    },
    {
      name: "an encoded body",
      answer: (conn) =>
        answerWith(
          conn,
          "200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 5",
          BYTES.subarray(0, 5),
        ),
      status: 502,
      reason: /encoded/,
    },
    { name: "no HTTP", answer: (conn) => answerWith(conn, "what"), status: 502, reason: /.+/ },
  ];
  for (const { name, answer, status, reason, slow } of cases) {
    await t.step(name, async () => {
      const pair = slow ? quick : patient;
      using hostile = source(answer);
      const got = await mirror(pair, hostile.url);
      assert.equal(got.status, status, got.reason);
      assert.match(got.reason, reason);
      assert.equal(hostile.asked.length, 1);
      assert.deepEqual(pair.server.status().storedBytes, 0, "nothing is held");
      assert.equal([...Deno.readDirSync(`${pair.serverFolder}/partial`)].length, 0);
    });
  }
  // Everything that was bought is still there to be used.
  assert.deepEqual(await quick.server.credit("order", quick.pubkey, 0), {
    boughtBytes: 1 << 20,
    usedBytes: 0,
    heldBytes: 0,
  });
  using honest = source((conn) =>
    answerWith(conn, `200 OK\r\ncontent-length: ${BYTES.length}`, BYTES)
  );
  assert.equal((await mirror(patient, honest.url)).status, 201);
});

Deno.test("PUT /mirror connects to no address that its network does not allow, and not without an authorization", async (t) => {
  using bait = source((conn) =>
    answerWith(conn, `200 OK\r\ncontent-length: ${BYTES.length}`, BYTES)
  );
  const { port } = new URL(bait.url);
  await using open = await blobPair({ mirrors: "public" });
  await using local = await blobPair({ mirrors: "loopback" });
  const cases: readonly (readonly [pair: BlobPair, url: unknown, status: number])[] = [
    [open, bait.url, 403],
    [open, `https://127.0.0.1:${port}/${HASH}`, 403],
    [open, `https://localhost:${port}/${HASH}`, 403],
    [open, `https://2130706433:${port}/${HASH}`, 403],
    [open, `https://0x7f.1:${port}/${HASH}`, 403],
    [open, `https://[::1]:${port}/${HASH}`, 403],
    [open, `https://[::ffff:127.0.0.1]:${port}/${HASH}`, 403],
    [open, "https://169.254.169.254/latest/meta-data", 403],
    [open, "https://10.0.0.1/x", 403],
    [open, "https://[fd00:ec2::254]/x", 403],
    [open, "https://metadata.google.internal/x", 403],
    [open, "http://93.184.216.34/x", 403],
    [local, "https://93.184.216.34/x", 403],
    [local, "http://10.0.0.1/x", 403],
    [local, "http://169.254.169.254/x", 403],
    [local, "http://0.0.0.0/x", 403],
    [local, "file:///etc/passwd", 400],
    [local, `http://user:word@127.0.0.1:${port}/x`, 400],
    [local, `http://127.0.0.1:${port}/${"x".repeat(2_100)}`, 400],
    [local, 7, 400],
  ];
  for (const [pair, url, status] of cases) {
    await t.step(
      `${pair === open ? "public" : "loopback"}: ${String(url).slice(0, 60)}`,
      async () => {
        const got = await mirror(pair, url);
        assert.equal(got.status, status, got.reason);
      },
    );
  }
  const bodies = ["", "{", "null", "[]", '{"url":null}', `{"url":"${"x".repeat(5_000)}"}`];
  for (const body of bodies) {
    const { status } = await mirror(local, null, { body });
    assert.ok(status === 400 || status === 413, `${body.slice(0, 20)}: ${status}`);
  }
  const nowS = Math.floor(Date.now() / 1_000);
  for (
    const [template, status] of [
      [authorizationTemplate("get", [HASH], local.server.url, nowS), 401],
      // The blob that the authorization names is not the one that comes.
      [authorizationTemplate("upload", ["00".repeat(32)], local.server.url, nowS), 409],
      [authorizationTemplate("upload", [HASH], "http://other.example", nowS), 401],
      [authorizationTemplate("upload", [HASH], local.server.url, nowS - 7_200), 401],
    ] as const
  ) {
    const leave = authorizationField(await local.sign(template));
    const got = await mirror(local, bait.url, { leave });
    assert.equal(got.status, status, JSON.stringify(template.tags));
    assert.equal(local.server.status().storedBytes, 0);
  }
  assert.equal((await fetch(`${local.server.url}/mirror`)).status, 405);
});

Deno.test("PUT /mirror asks no server for a key that has no bought bytes left", async () => {
  await using pair = await blobPair({ unitsPerMib: 1_000n, mirrors: "loopback" });
  using honest = source((conn) =>
    answerWith(conn, `200 OK\r\ncontent-length: ${BYTES.length}`, BYTES)
  );
  const stranger = await mirror(pair, honest.url);
  assert.deepEqual([stranger.status, honest.asked], [402, []]);
  await pair.server.credit("order", pair.pubkey, BYTES.length);
  assert.equal((await mirror(pair, honest.url)).status, 201);
  const used = await mirror(pair, honest.url, { sha256: "ab".repeat(32) });
  assert.deepEqual([used.status, honest.asked.length], [402, 1]);
});

Deno.test("PUT /mirror keeps its places for keys that have bought bytes, whatever others begin to ask", async () => {
  const limits = { ...BLOB_SERVER_LIMITS, maxMirrors: 2 };
  await using pair = await blobPair({ unitsPerMib: 1_000n, mirrors: "loopback", limits });
  using honest = source((conn) =>
    answerWith(conn, `200 OK\r\ncontent-length: ${BYTES.length}`, BYTES)
  );
  await pair.server.credit("order", pair.pubkey, BYTES.length);
  const { hostname, port } = new URL(pair.server.url);
  using held = new DisposableStack();
  const answers = await Promise.all([20, 21].map(async (key) => {
    const nowS = Math.floor(Date.now() / 1_000);
    const template = authorizationTemplate("upload", [HASH], pair.server.url, nowS);
    const leave = authorizationField(await signer(key).sign(template));
    const conn = held.use(await Deno.connect({ hostname, port: Number(port) }));
    // The body never comes.
    await send(
      conn,
      `PUT /mirror HTTP/1.1\r\nhost: x\r\nauthorization: ${leave}\r\ncontent-length: 100\r\n\r\n`,
    );
    return (await untilClosed(conn)).slice(0, 12);
  }));
  assert.deepEqual(answers, ["HTTP/1.1 402", "HTTP/1.1 402"]);
  assert.equal((await mirror(pair, honest.url)).status, 201);
});

Deno.test("PUT /mirror fetches a few at a time for one key, and others meanwhile", async () => {
  const waiting: (() => void)[] = [];
  using slow = source(async (conn) => {
    await new Promise<void>((resolve) => waiting.push(resolve));
    await answerWith(conn, `200 OK\r\ncontent-length: ${BYTES.length}`, BYTES);
  });
  await using pair = await blobPair({
    mirrors: "loopback",
    limits: { ...BLOB_SERVER_LIMITS, idleMs: 120_000, maxMirrors: 2, maxMirrorsPerKey: 1 },
  });
  const first = mirror(pair, slow.url);
  while (waiting.length < 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal((await mirror(pair, slow.url)).status, 503, "this key has one");
  const other = mirror(pair, slow.url, { key: 9 });
  while (waiting.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.equal((await mirror(pair, slow.url, { key: 11 })).status, 503, "the server has two");
  waiting.forEach((go) => go());
  assert.deepEqual([(await first).status, (await other).status], [201, 201]);
  const third = mirror(pair, slow.url, { key: 11 });
  while (waiting.length < 3) await new Promise((resolve) => setTimeout(resolve, 10));
  waiting[2]!();
  assert.equal((await third).status, 201);
});
