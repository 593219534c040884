import assert from "node:assert/strict";
import { BlobTransferError } from "../../blobs/blob_transfer_error.ts";
import { blobPair, noise } from "./blob_server.ts";

const LIMITS = { maxBytes: 1 << 30 };

function code(wanted: string) {
  return (error: unknown) => {
    assert.ok(error instanceof BlobTransferError, String(error));
    assert.equal(error.code, wanted, error.message);
    return true;
  };
}

Deno.test("a blob stored at a server is fetched by another folder with the same bytes", async () => {
  await using pair = await blobPair();
  await using other = await blobPair();
  const bytes = noise(3_000_000);
  const blob = await pair.keep(bytes);
  const url = await pair.store(blob);
  const path = await other.client.fetch({ ...blob, urls: [url] }, LIMITS);
  assert.deepEqual(await Deno.readFile(path), bytes);
  const has = await other.client.has(pair.server.url, blob.sha256);
  assert.equal(has?.size, bytes.length);
  assert.ok(has!.untilMs > Date.now() + 6 * 86_400_000);
  assert.equal(await other.client.has(other.server.url, blob.sha256), null);
});

Deno.test("a fetch tries the next server where the first is away or does not have it", async () => {
  await using pair = await blobPair();
  await using empty = await blobPair();
  const blob = await pair.keep(noise(10_000));
  const url = await pair.store(blob);
  const urls = [`http://127.0.0.1:9/${blob.sha256}`, `${empty.server.url}/${blob.sha256}`, url];
  await empty.client.fetch({ ...blob, urls }, LIMITS);
  await assert.rejects(
    pair.client.fetch({ ...blob, sha256: "0".repeat(64), urls: urls.slice(0, 2) }, LIMITS),
    code("not_there"),
  );
});

Deno.test("a fetch refuses a blob above the limit before it is asked for", async () => {
  await using pair = await blobPair();
  const reference = { sha256: "0".repeat(64), size: 101, urls: ["http://127.0.0.1:9/x"] };
  await assert.rejects(pair.client.fetch(reference, { maxBytes: 100 }), code("too_large"));
});

Deno.test("an upload is refused before its body where it is not paid, and taken once it is", async () => {
  await using pair = await blobPair({ unitsPerMib: 1_000n });
  const blob = await pair.keep(noise(2_000_000));
  const leave = await pair.client.authorize("upload", [blob.sha256], pair.server.url);
  await assert.rejects(pair.client.store(pair.server.url, blob, leave), code("payment_required"));
  assert.deepEqual(await pair.client.mayStore(pair.server.url, blob, leave), {
    missing: 2_000_000,
  });
  await pair.server.credit("order-1", pair.pubkey, 2_000_000);
  await pair.server.credit("order-1", pair.pubkey, 2_000_000);
  assert.deepEqual(await pair.client.mayStore(pair.server.url, blob, leave), { offset: 0 });
  await pair.client.store(pair.server.url, blob, leave);
  const account = await pair.server.credit("order-1", pair.pubkey, 2_000_000);
  assert.deepEqual(account, { boughtBytes: 2_000_000, usedBytes: 2_000_000, heldBytes: 0 });
});
