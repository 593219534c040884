/** A home that serves copies of what it stores itself. */
import assert from "node:assert/strict";
import { BlobFolder } from "../../../blobs/blob_folder.ts";
import { BlobTransferError } from "../../../blobs/blob_transfer_error.ts";
import { urlAt } from "../../../blobs/blob_reference.ts";
import type { BlobServiceOptions } from "../../../market/blobs/blobs.ts";
import { homeBlobs } from "../../../market/blobs/home_blobs.ts";
import type { Pubkey } from "../../../protocols/nostr/event.ts";
import { blobPair, noise } from "../../blobs/blob_server.ts";

const OWN = "https://copies.example";
const never = () => Promise.reject(new Error("nobody is asked"));

async function sharing(server: BlobServiceOptions["server"], own = true) {
  const pair = await blobPair();
  const base = await Deno.makeTempDir();
  const folder = await BlobFolder.open(base);
  const share = own ? { folder: `${base}/shared`, url: OWN } : null;
  const shared = share && await BlobFolder.open(share.folder);
  const warned: string[] = [];
  const blobs = homeBlobs({
    ...{ folder: base, readable: [], payTo: null, maxBytes: 1 << 24, share },
    server: server ?? null,
  }, {
    ...{ folder, shared, client: pair.client, clock: Date.now },
    log: (level, message) => void (level === "warn" && warned.push(message)),
    pubkey: pair.pubkey as Pubkey,
    store: { commit: never, outgoingByObligation: never },
    signer: { encrypt: (_reader, text) => Promise.resolve(btoa(text)), decrypt: never },
  });
  return {
    ...{ pair, blobs, folder, shared, warned },
    async [Symbol.asyncDispose]() {
      await pair[Symbol.asyncDispose]();
      await Deno.remove(base, { recursive: true });
    },
  };
}

Deno.test("put() names the network's server first and the home's own copy last", async () => {
  await using main = await blobPair();
  await using home = await sharing({ url: main.server.url, unitsPerMib: "0" });
  // The client of this home sends what lies in its own folder.
  const bytes = noise(40_000);
  await home.pair.keep(bytes);
  const { sha256, urls } = await home.blobs.put({ bytes });
  assert.deepEqual(urls, [urlAt(main.server.url, sha256), urlAt(OWN, sha256)]);
  assert.equal(await home.shared!.sizeOf(sha256), 40_000);
});

Deno.test("put() in chunks shares the list and every chunk, and nothing else of the folder", async () => {
  await using home = await sharing(null);
  const before = await home.blobs.put({ bytes: noise(900_000, 2) }, { chunked: true });
  const files = async (folder: BlobFolder) => (await Array.fromAsync(folder.all())).sort();
  const shared = await files(home.shared!);
  assert.ok(shared.length > 3 && shared.includes(before.sha256));
  const writer = await home.folder.writer(10);
  await writer.write(noise(10));
  await writer.commit();
  assert.deepEqual(await files(home.shared!), shared, "an input of a buyer is not shared");
});

Deno.test("put() without a server, or with one that is away, names the own copy alone; a sealed one is shared sealed", async () => {
  await using none = await sharing(null);
  await using away = await sharing({ url: "http://127.0.0.1:9", unitsPerMib: "0" });
  for (const home of [none, away]) {
    const bytes = new TextEncoder().encode("for one reader");
    const open = await home.blobs.put({ bytes });
    assert.deepEqual(open.urls, [urlAt(OWN, open.sha256)]);
    const sealed = await home.blobs.put({ bytes }, { reader: "ab".repeat(32) });
    assert.deepEqual(sealed.urls, [urlAt(OWN, sealed.sha256)]);
    const served = await Deno.readFile(home.shared!.pathOf(sealed.sha256));
    assert.ok(!new TextDecoder().decode(served).includes("reader"));
  }
  assert.deepEqual([none.warned.length, away.warned.length], [0, 2]);
});

Deno.test("put() of a home that shares nothing still needs the network's server", async () => {
  for (
    const [server, code] of [
      [null, "no_server"],
      [{ url: "http://127.0.0.1:9", unitsPerMib: "0" }, "unreachable"],
    ] as const
  ) {
    await using home = await sharing(server, false);
    await assert.rejects(
      home.blobs.put({ bytes: noise(10) }),
      (error: unknown) => error instanceof BlobTransferError && error.code === code,
    );
  }
});

Deno.test("put() names the network's server alone where the home's own copy cannot be made, and fails where that is the only place", async () => {
  await using main = await blobPair();
  await using home = await sharing({ url: main.server.url, unitsPerMib: "0" });
  await using alone = await sharing(null);
  const bytes = noise(1_000);
  for (const { shared } of [home, alone]) {
    // A file in place of the folder.
    const path = shared!.pathOf("ab".repeat(32)).replace(/\/blobs\/.*$/, "");
    await Deno.remove(path, { recursive: true });
    await Deno.writeTextFile(path, "");
  }
  await home.pair.keep(bytes);
  const { sha256, urls } = await home.blobs.put({ bytes });
  assert.deepEqual(urls, [urlAt(main.server.url, sha256)]);
  assert.deepEqual(home.warned, ["this home serves no copy of its own"]);
  await assert.rejects(alone.blobs.put({ bytes }));
});
