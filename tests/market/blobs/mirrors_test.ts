import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { urlAt } from "../../../blobs/blob_reference.ts";
import { BlobFolder } from "../../../blobs/blob_folder.ts";
import { definition } from "../../../market/blobs/blob_service.ts";
import type { Blobs } from "../../../market/blobs/blobs.ts";
import { homeBlobs } from "../../../market/blobs/home_blobs.ts";
import type { Pubkey } from "../../../protocols/nostr/event.ts";
import { type BlobPair, blobPair, noise } from "../../blobs/blob_server.ts";

const LIMITS = { maxBytes: 1 << 24 };

/** Nothing is paid and nothing private here. */
const never = () => Promise.reject(new Error("nobody is asked"));

/** The blobs of a home whose network has this server and these mirrors, and which may have a server of copies itself. */
function blobsOf(
  main: BlobPair,
  mirrors: readonly string[],
  shared: { readonly url: string; readonly folder: BlobFolder } | null = null,
): Blobs {
  const { client, folder, pubkey } = main;
  return homeBlobs({
    folder: "/nonexistent",
    readable: [],
    server: { url: main.server.url, unitsPerMib: "0", mirrors },
    payTo: null,
    maxBytes: 1 << 24,
    ...shared && { share: { url: shared.url, folder: "/nonexistent" } },
  }, {
    folder,
    client,
    shared: shared?.folder ?? null,
    store: { commit: never, outgoingByObligation: never },
    signer: { encrypt: never, decrypt: never },
    pubkey: pubkey as Pubkey,
    clock: Date.now,
    log: () => {},
  });
}

/** A server that itself fetches a blob that it is asked to mirror, as in BUD-04; with `lies` it reports another blob. */
function mirroring({ lies = false } = {}) {
  const kept = new Map<string, Uint8Array>();
  const asked: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    const { pathname } = new URL(request.url);
    asked.push(`${request.method} ${pathname.replace(/[0-9a-f]{64}/, "HASH")}`);
    const bytes = kept.get(pathname.slice(1));
    if (request.method === "PUT" && pathname === "/mirror") {
      assert.match(request.headers.get("authorization") ?? "", /^Nostr /);
      const { url } = await request.json();
      const fetched = new Uint8Array(await (await fetch(url)).arrayBuffer());
      const sha256 = createHash("sha256").update(fetched).digest("hex");
      kept.set(sha256, fetched);
      return Response.json({ sha256: lies ? "0".repeat(64) : sha256, size: fetched.length });
    }
    if (request.method === "PUT") {
      await request.body?.cancel();
      return new Response(null, { status: 403 });
    }
    if (bytes === undefined) return new Response(null, { status: 404 });
    return new Response(request.method === "HEAD" ? null : bytes.slice(), {
      headers: { "content-length": String(bytes.length) },
    });
  });
  return {
    url: `http://127.0.0.1:${server.addr.port}`,
    asked,
    kept,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

for (const chunked of [false, true]) {
  Deno.test(`a blob${chunked ? " in chunks" : ""} is fetched from its mirror when its server is away`, async () => {
    await using mirror = await blobPair();
    await using reader = await blobPair();
    const bytes = noise(2_000_000);
    const stored = async () => {
      await using main = await blobPair();
      const mirrors = ["http://127.0.0.1:9", mirror.server.url];
      const reference = await blobsOf(main, mirrors).put({ bytes }, { chunked });
      const urls = [main.server.url, mirror.server.url].map((each) =>
        urlAt(each, reference.sha256)
      );
      assert.deepEqual(reference.urls, urls);
      return reference;
    };
    const reference = await stored();
    const { path } = await blobsOf(reader, []).fetch(reference, LIMITS);
    assert.deepEqual(await Deno.readFile(path), bytes);
  });
}

Deno.test("a mirror that fetches by itself is sent nothing", async () => {
  await using main = await blobPair();
  await using mirror = mirroring();
  const { sha256, urls } = await blobsOf(main, [mirror.url]).put({ bytes: noise(10_000) });
  assert.equal(urls[1], `${mirror.url}/${sha256}`);
  assert.deepEqual(mirror.asked, ["HEAD /HASH", "PUT /mirror"]);
  // The mirror is asked for a blob that it does not have.
  await blobsOf(main, [mirror.url]).put({ bytes: noise(10_000) });
  assert.deepEqual(mirror.asked.slice(2), ["HEAD /HASH"]);
});

Deno.test("a mirror that fetched another blob, or takes none, is left out", async () => {
  await using main = await blobPair();
  await using mirror = mirroring({ lies: true });
  const { urls } = await blobsOf(main, [mirror.url]).put({ bytes: noise(10_000) });
  assert.equal(urls.length, 1);
  assert.deepEqual(mirror.asked, ["HEAD /HASH", "PUT /mirror", "PUT /upload"]);
});

Deno.test("a fetch keeps nothing of a server that gives other bytes, and takes the copy of the next", async () => {
  await using main = await blobPair();
  await using mirror = mirroring();
  await using reader = await blobPair();
  const bytes = noise(10_000);
  const reference = await blobsOf(main, [mirror.url]).put({ bytes });
  mirror.kept.set(reference.sha256, noise(10_000, 9));
  const urls = [...reference.urls].reverse();
  const { path } = await blobsOf(reader, []).fetch({ ...reference, urls }, LIMITS);
  assert.deepEqual(await Deno.readFile(path), bytes);
});

Deno.test("the service of blobs reaches the server and its mirrors, and nobody else", () => {
  const mirrors = ["https://a.example", "http://127.0.0.1:3001/blobs"];
  const { net } = definition.permissions({
    folder: "/blobs",
    readable: [],
    server: { url: "http://127.0.0.1:3000", unitsPerMib: "0", mirrors },
    payTo: null,
    maxBytes: 1,
  });
  assert.deepEqual(net, ["127.0.0.1:3000", "a.example:443", "127.0.0.1:3001"]);
});

Deno.test("a home with seven mirrors and a server of copies names as many servers as a reference may", async () => {
  await using main = await blobPair();
  await using ending = new AsyncDisposableStack();
  const mirrors = Array.from({ length: 7 }, () => ending.use(mirroring()).url);
  const base = await Deno.makeTempDir();
  try {
    const url = "http://127.0.0.1:9";
    const shared = { url, folder: await BlobFolder.open(base) };
    // The copies are links, so both folders are on one disk.
    const reference = await blobsOf(main, mirrors, shared).put({ bytes: noise(1_000) });
    assert.equal(reference.urls.length, 8);
    assert.equal(reference.urls[0], urlAt(main.server.url, reference.sha256));
    assert.equal(reference.urls[7], urlAt(url, reference.sha256));
  } finally {
    await Deno.remove(base, { recursive: true });
  }
});

Deno.test("a mirror that will soon remove its copy gets it again", async () => {
  let aheadMs = -6 * 86_400_000;
  await using main = await blobPair();
  await using mirror = await blobPair({ clock: () => Date.now() + aheadMs });
  const bytes = noise(1_000);
  const blob = await mirror.keep(bytes);
  await mirror.store(blob);
  aheadMs = 0;
  const left = async () =>
    (await mirror.client.has(mirror.server.url, blob.sha256))!.untilMs - Date.now();
  assert.ok(await left() < 2 * 86_400_000);
  await blobsOf(main, [mirror.server.url]).put({ bytes });
  assert.ok(await left() > 6 * 86_400_000);
});
