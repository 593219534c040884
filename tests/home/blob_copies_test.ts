/** Fetches from servers that a reference names beside the network's own, each with real servers on 127.0.0.1. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import { BlobClient } from "../../blobs/client/blob_client.ts";
import { HttpClient } from "../../blobs/client/http_client.ts";
import { BlobFolder } from "../../blobs/blob_folder.ts";
import { urlAt } from "../../blobs/blob_reference.ts";
import { hostOfUrl } from "../../base/urls.ts";
import { withCopies } from "../../home/blob_copies.ts";
import { definition } from "../../market/blobs/blob_copies_service.ts";
import type { Blobs } from "../../market/blobs/blobs.ts";
import { homeBlobs } from "../../market/blobs/home_blobs.ts";
import type { Pubkey } from "../../protocols/nostr/event.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import { blobPair, noise } from "../blobs/blob_server.ts";
import { answerWith, rawServer } from "../blobs/raw_server.ts";

const LIMITS = { maxBytes: 1 << 24 };
const QUICK = { idleMs: 5_000, leastBytesPerSecond: 1_000, graceMs: 10_000 };
const never = () => Promise.reject(new Error("nobody is asked"));

/** A home whose network has these servers; `started` are the hosts that each further worker may reach. */
async function reader(known: readonly string[], reach: "loopback" | "public" = "loopback") {
  const base = await Deno.makeTempDir();
  const folder = await BlobFolder.open(base);
  // The rights of the real worker.
  const http = new HttpClient((url) => {
    if (known.includes(url.origin)) return { hostname: url.hostname, port: Number(url.port) };
    throw new BlobTransferError("refused", `${url.host} is not this network's blob server`);
  }, QUICK);
  const client = new BlobClient({ http, folder, sign: never, clock: Date.now });
  const inner = homeBlobs({
    ...{ folder: base, readable: [], server: null, payTo: null, maxBytes: 1 << 24 },
  }, {
    ...{ folder, client, pubkey: "" as Pubkey, clock: Date.now, log: () => {} },
    store: { commit: never, outgoingByObligation: never },
    signer: { encrypt: never, decrypt: never },
  });
  const started: (readonly string[])[] = [];
  let [running, most] = [0, 0];
  const copies = withCopies(
    { name: "blobs", client: () => inner } as unknown as ServiceHandle<Blobs>,
    {
      async service(_name: string, options: { readonly hosts: readonly string[] }) {
        started.push(options.hosts);
        most = Math.max(most, ++running);
        const service = await definition.start(
          { folder: base, reach, ...options },
          {},
          { clock: Date.now, log: () => {}, count: () => {} },
        );
        return { client: () => service, stop: () => Promise.resolve(void running--) };
      },
    } as unknown as Parameters<typeof withCopies>[1],
    { folder: base, known: known.map(hostOfUrl), reach },
  );
  return {
    ...{ base, started, folder, blobs: copies.client() },
    most: () => most,
    async [Symbol.asyncDispose]() {
      copies[Symbol.dispose]();
      http.close();
      await Deno.remove(base, { recursive: true });
    },
  };
}

/** A server that takes connections and answers nothing. */
function silent() {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const held: Deno.Conn[] = [];
  void (async () => {
    for await (const conn of listener) held.push(conn);
  })().catch(() => undefined);
  return {
    url: `http://127.0.0.1:${(listener.addr as Deno.NetAddr).port}`,
    [Symbol.dispose]() {
      listener.close();
      held.forEach((conn) => conn.close());
    },
  };
}

for (const chunked of [false, true]) {
  Deno.test(`withCopies() reads a blob${chunked ? " in chunks" : ""} of the network's server, and starts no further worker`, async () => {
    await using main = await blobPair();
    await using own = await blobPair();
    await using home = await reader([main.server.url]);
    const bytes = noise(400_000);
    const reference = await store(main, bytes, chunked);
    const urls = [...reference.urls, urlAt(own.server.url, reference.sha256)];
    const { path } = await home.blobs.fetch({ ...reference, urls }, LIMITS);
    assert.deepEqual(await Deno.readFile(path), bytes);
    assert.deepEqual(home.started, []);
  });

  Deno.test(`withCopies() reads a blob${chunked ? " in chunks" : ""} of its author's server where the network's is away, slow, or has other bytes`, async (t) => {
    using slow = silent();
    await using wrong = await blobPair();
    await using own = await blobPair();
    const away = "http://127.0.0.1:9";
    for (const [name, first] of [["away", away], ["slow", slow.url], ["wrong", wrong.server.url]]) {
      await t.step(name, async () => {
        await using home = await reader([first]);
        const bytes = noise(400_000, name.length);
        const reference = await store(own, bytes, chunked);
        if (name === "wrong") {
          const other = await store(wrong, noise(400_000, name.length), chunked);
          const [file] = [
            `${wrong.serverFolder}/blobs/${other.sha256.slice(0, 2)}/${other.sha256}`,
          ];
          await Deno.writeFile(file, new Uint8Array(reference.size));
        }
        const urls = [urlAt(first, reference.sha256), ...reference.urls];
        const { path } = await home.blobs.fetch({ ...reference, urls }, LIMITS);
        assert.deepEqual(await Deno.readFile(path), bytes);
        // The worker may reach the author's host, and no other.
        assert.deepEqual(home.started, [[hostOfUrl(own.server.url)]]);
      });
    }
  });
}

async function store(
  pair: Awaited<ReturnType<typeof blobPair>>,
  bytes: Uint8Array,
  chunked: boolean,
) {
  const blobs = homeBlobs({
    ...{ folder: "/nonexistent", readable: [], payTo: null, maxBytes: 1 << 24 },
    server: { url: pair.server.url, unitsPerMib: "0" },
  }, {
    ...{ folder: pair.folder, client: pair.client, clock: Date.now, log: () => {} },
    pubkey: pair.pubkey as Pubkey,
    store: { commit: never, outgoingByObligation: never },
    signer: { encrypt: never, decrypt: never },
  });
  return await blobs.put({ bytes }, { chunked });
}

Deno.test("withCopies() starts a worker for no address that may not be reached, and none for `*`", async (t) => {
  const sha256 = "ab".repeat(32);
  const cases: readonly (readonly ["loopback" | "public", string])[] = [
    ["public", "http://127.0.0.1:8080"],
    ["public", "https://127.0.0.1:8080"],
    ["public", "https://169.254.169.254"],
    ["public", "https://10.0.0.1"],
    ["public", "https://[::1]"],
    ["public", "https://localhost"],
    ["public", "https://printer.local"],
    ["public", "https://*"],
    ["public", "https://*.com"],
    ["public", "http://blobs.example.com"],
    ["loopback", "https://blobs.example.com"],
    ["loopback", "http://10.0.0.1"],
    ["loopback", "http://*"],
  ];
  for (const [reach, host] of cases) {
    await t.step(`${reach} ${host}`, async () => {
      await using home = await reader(["http://127.0.0.1:9"], reach);
      await assert.rejects(
        home.blobs.fetch({ sha256, size: 5, urls: [`${host}/${sha256}`] }, LIMITS),
        (error: unknown) => error instanceof BlobTransferError,
      );
      assert.deepEqual(home.started, []);
    });
  }
});

Deno.test("withCopies() fetches a blob that many ask for once, and other blobs a few at a time", async () => {
  await using own = await blobPair();
  await using home = await reader([]);
  const references = await Promise.all(
    Array.from({ length: 8 }, (_, at) => store(own, noise(50_000, at + 1), false)),
  );
  const wanted = [...references, ...references.slice(0, 2)];
  const paths = await Promise.all(wanted.map((each) => home.blobs.fetch(each, LIMITS)));
  assert.equal(new Set(paths.map(({ path }) => path)).size, 8);
  assert.equal(home.started.length, 8);
  assert.ok(home.most() <= 4, `${home.most()} at once`);
});

Deno.test("withCopies() lets only one of many fetches of a blob run at a time, also when each fails", async () => {
  await using own = await blobPair();
  await using home = await reader([]);
  const gone = "cd".repeat(32);
  const reference = { sha256: gone, size: 7, urls: [urlAt(own.server.url, gone)] };
  const ends = await Promise.allSettled(
    Array.from({ length: 4 }, () => home.blobs.fetch(reference, LIMITS)),
  );
  assert.deepEqual(new Set(ends.map(({ status }) => status)), new Set(["rejected"]));
  assert.deepEqual([home.started.length, home.most()], [4, 1]);
});

Deno.test("two workers that fetch lists with a common chunk write it into files of their own", async () => {
  const base = await Deno.makeTempDir();
  try {
    const good = noise(1_000);
    const sha256 = createHash("sha256").update(good).digest("hex");
    const [one, other] = [
      await BlobFolder.open(base, "copies", "aa".repeat(32)),
      await BlobFolder.open(base, "copies", "bb".repeat(32)),
    ];
    const [writer, liar] = [await one.writer(1_000, sha256), await other.writer(1_000, sha256)];
    await writer.write(good);
    await liar.write(noise(1_000, 2));
    await writer.commit(sha256);
    assert.deepEqual(await Deno.readFile(one.pathOf(sha256)), good);
    await assert.rejects(liar.commit(sha256), { code: "wrong_hash" });
    assert.deepEqual(await Deno.readFile(one.pathOf(sha256)), good);
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});

Deno.test("withCopies() continues an interrupted copy, whose beginning is named for its reference", async () => {
  await using own = await blobPair();
  await using home = await reader([]);
  const bytes = noise(50_000);
  const reference = await store(own, bytes, false);
  using cut = rawServer(
    reference.sha256,
    (conn) =>
      answerWith(conn, `200 OK\r\ncontent-length: ${bytes.length}`, bytes.subarray(0, 20_000)),
  );
  await assert.rejects(home.blobs.fetch({ ...reference, urls: [cut.url] }, LIMITS));
  const begun = [...Deno.readDirSync(`${home.base}/copies`)].map(({ name }) => name);
  assert.deepEqual(begun, [`${reference.sha256}-${reference.sha256}`]);
  const { path } = await home.blobs.fetch(reference, LIMITS);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("withCopies() asks nobody else where another server would not help, and says what the last one did", async () => {
  await using own = await blobPair();
  await using home = await reader([]);
  const reference = await store(own, noise(50_000), false);
  await assert.rejects(
    home.blobs.fetch(reference, { maxBytes: 49_999 }),
    (error: unknown) => error instanceof BlobTransferError && error.code === "too_large",
  );
  assert.deepEqual(home.started, []);
  const gone = "cd".repeat(32);
  const urls = [urlAt(own.server.url, gone)];
  await assert.rejects(
    home.blobs.fetch({ sha256: gone, size: 7, urls }, LIMITS),
    (error: unknown) => error instanceof BlobTransferError && error.code === "not_there",
  );
  assert.equal(home.started.length, 1);
});
