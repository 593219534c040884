/** Private blobs: a blob server cannot read what it stores, and a changed blob is never opened. */
import assert from "node:assert/strict";
import { BlobFolder } from "../../../blobs/blob_folder.ts";
import { fixtureKey } from "../../../fixtures/fixture_events.ts";
import { openSealed, sealedPieces } from "../../../market/blobs/sealed_blob.ts";
import { createConversations } from "../../../money/signer/conversations.ts";
import { createEventSigning } from "../../../money/signer/event_signing.ts";

const random = (size: number) => crypto.getRandomValues(new Uint8Array(size));
function partyOf(key: Uint8Array) {
  const { encrypt, decrypt } = createConversations(key, random);
  return {
    pubkey: createEventSigning(key, random).pubkey,
    encrypt: (...args: Parameters<typeof encrypt>) =>
      Promise.resolve().then(() => encrypt(...args)),
    decrypt: (...args: Parameters<typeof decrypt>) =>
      Promise.resolve().then(() => decrypt(...args)),
  };
}
const author = partyOf(fixtureKey("buyer"));
const reader = partyOf(fixtureKey("provider"));
const stranger = partyOf(random(32));

async function* piecesOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function withFolder(work: (folder: BlobFolder, root: string) => Promise<void>) {
  const root = await Deno.makeTempDir({ prefix: "sealed-" });
  try {
    await work(await BlobFolder.open(root), root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function kept(folder: BlobFolder, bytes: Uint8Array): Promise<string> {
  const writer = await folder.writer(bytes.length);
  if (bytes.length > 0) await writer.write(bytes);
  return await writer.commit();
}

async function sealed(plain: Uint8Array): Promise<{ key: string; bytes: Uint8Array }> {
  const { key, pieces } = await sealedPieces(piecesOf(plain, 100_000), reader.pubkey, author);
  return {
    key,
    bytes: new Uint8Array(
      await new Blob(await Array.fromAsync(pieces, (each) => each.slice())).arrayBuffer(),
    ),
  };
}

for (const size of [0, 1, 300_000]) {
  Deno.test(`openSealed() gives back ${size} bytes, of which the server saw none`, async () => {
    await withFolder(async (folder) => {
      const plain = new Uint8Array(size).map((_, at) => at * 7);
      const { key, bytes } = await sealed(plain);
      assert.equal(bytes.length, size + 28);
      if (size > 8) {
        assert.ok(!bytes.toHex().includes(plain.subarray(0, 8).toHex()));
      }
      const sha256 = await kept(folder, bytes);
      const path = await openSealed(folder, sha256, { key, author: author.pubkey }, reader);
      assert.deepEqual(new Uint8Array(await Deno.readFile(path)), plain);
    });
  });
}

Deno.test("openSealed() refuses bytes with another hash than their author stated, and keeps none of them", async () => {
  await withFolder(async (folder) => {
    const plain = new Uint8Array(300).fill(7);
    const original = new Uint8Array(await crypto.subtle.digest("SHA-256", plain)).toHex();
    const { key, bytes } = await sealed(plain);
    const sha256 = await kept(folder, bytes);
    const at = { key, author: author.pubkey };
    await assert.rejects(
      openSealed(folder, sha256, { ...at, original: "0".repeat(64) }, reader),
      { code: "wrong_hash" },
    );
    assert.equal(await folder.sizeOf(original), null);
    const path = await openSealed(folder, sha256, { ...at, original }, reader);
    assert.deepEqual(new Uint8Array(await Deno.readFile(path)), plain);
  });
});

Deno.test("sealedPieces() uses a key and a nonce of its own each time", async () => {
  const plain = new Uint8Array(100);
  const [one, two] = [await sealed(plain), await sealed(plain)];
  assert.notDeepEqual(one.bytes, two.bytes);
  assert.notEqual(one.bytes.subarray(0, 12).toHex(), two.bytes.subarray(0, 12).toHex());
  assert.notEqual(one.key, two.key);
});

for (
  const { name, change } of [
    { name: "a byte of the nonce", change: (bytes: Uint8Array) => bytes.with(0, bytes[0] ^ 1) },
    { name: "a byte of the text", change: (bytes: Uint8Array) => bytes.with(20, bytes[20] ^ 1) },
    { name: "a byte of the tag", change: (bytes: Uint8Array) => bytes.with(-1, bytes.at(-1)! ^ 1) },
    { name: "the end cut off", change: (bytes: Uint8Array) => bytes.subarray(0, -1) },
    { name: "a byte more", change: (bytes: Uint8Array) => new Uint8Array([...bytes, 0]) },
    { name: "27 bytes left", change: (bytes: Uint8Array) => bytes.subarray(0, 27) },
    { name: "nothing left", change: () => new Uint8Array() },
  ]
) {
  Deno.test(`openSealed() refuses a blob with ${name}, and leaves nothing of it open`, async () => {
    await withFolder(async (folder) => {
      const { key, bytes } = await sealed(new Uint8Array(1_000).fill(5));
      const sha256 = await kept(folder, change(bytes));
      await assert.rejects(openSealed(folder, sha256, { key, author: author.pubkey }, reader), {
        name: "BlobTransferError",
        code: "bad_key",
      });
      assert.deepEqual(await Array.fromAsync(folder.all()), [sha256]);
    });
  });
}

Deno.test("openSealed() refuses a key for another reader, of another author, of another blob or of no blob", async () => {
  await withFolder(async (folder) => {
    const { key, bytes } = await sealed(new Uint8Array(1_000));
    const sha256 = await kept(folder, bytes);
    const open = (key: string, by = author.pubkey, who = reader) =>
      openSealed(folder, sha256, { key, author: by }, who);
    const refused = { name: "BlobTransferError", code: "bad_key" };
    await assert.rejects(open(key, author.pubkey, stranger), refused);
    await assert.rejects(open(key, stranger.pubkey), refused);
    await assert.rejects(open((await sealed(new Uint8Array(1_000))).key), refused);
    await assert.rejects(open("no key"), refused);
    for (const secret of ["", "not base64!", new Uint8Array(31).toBase64()]) {
      const short = await author.encrypt(reader.pubkey, secret || " ");
      await assert.rejects(open(short), (error: Error) => {
        assert.match(error.message, /its key does not have 32 bytes/);
        assert.ok(secret === "" || !error.message.includes(secret), "the key is in no message");
        return true;
      });
    }
    await open(key);
  });
});
