import assert from "node:assert/strict";
import { blobsOf, imetaTag } from "../../blobs/blob_reference.ts";
import { encryptedBytes, readEncrypted, SEAL_BYTES } from "../../blobs/private_blob.ts";

async function withFile(work: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "private-" });
  try {
    await work(path);
  } finally {
    await Deno.remove(path);
  }
}

for (const size of [0, 1, 1 << 18, 600_000]) {
  Deno.test(`readEncrypted() gives back ${size} bytes that encryptedBytes() encrypted`, async () => {
    await withFile(async (path) => {
      const plain = new Uint8Array(size).map((_, at) => at * 7);
      const { secret, bytes } = await encryptedBytes(plain);
      assert.equal(bytes.length, size + SEAL_BYTES);
      await Deno.writeFile(path, bytes);
      assert.deepEqual(await readEncrypted(path, secret), plain);
    });
  });
}

Deno.test("encryptedBytes() uses another key and gives other bytes each time", async () => {
  const plain = new Uint8Array(64);
  const [one, two] = [await encryptedBytes(plain), await encryptedBytes(plain)];
  assert.notEqual(one.secret, two.secret);
  assert.notEqual(one.bytes.toHex(), two.bytes.toHex());
});

const OTHER = new Uint8Array(32).fill(7).toBase64();
const CHANGES: readonly {
  readonly name: string;
  readonly change: (bytes: Uint8Array) => Uint8Array;
  readonly secret?: string;
}[] = [
  { name: "a changed byte", change: (bytes) => bytes.with(20, bytes[20] ^ 1) },
  { name: "a missing end", change: (bytes) => bytes.subarray(0, -1) },
  { name: "27 bytes", change: (bytes) => bytes.subarray(0, 27) },
  { name: "no bytes", change: () => new Uint8Array() },
  { name: "another key", change: (bytes) => bytes, secret: OTHER },
  { name: "a short key", change: (bytes) => bytes, secret: "c2VjcmV0LW1hcms=" },
  { name: "a key that is no base64", change: (bytes) => bytes, secret: "secret-mark!" },
];
for (const { name, change, secret: other } of CHANGES) {
  Deno.test(`readEncrypted() refuses a file with ${name}, and names no key`, async () => {
    await withFile(async (path) => {
      const { secret, bytes } = await encryptedBytes(new Uint8Array(1_000).fill(5));
      await Deno.writeFile(path, change(bytes));
      await assert.rejects(readEncrypted(path, other ?? secret), (error: Error) => {
        assert.equal((error as { code?: string }).code, "bad_key");
        for (const each of [secret, other ?? secret, "secret-mark"]) {
          assert.ok(!error.message.includes(each));
        }
        return true;
      });
    });
  });
}

Deno.test("readEncrypted() follows no link", async () => {
  await withFile(async (path) => {
    const { secret, bytes } = await encryptedBytes(new Uint8Array(9));
    await Deno.writeFile(path, bytes);
    await Deno.symlink(path, `${path}.link`);
    try {
      await assert.rejects(readEncrypted(`${path}.link`, secret));
    } finally {
      await Deno.remove(`${path}.link`);
    }
  });
});

Deno.test("imetaTag() writes the key of a private blob, and blobsOf() refuses one that is none", () => {
  const reference = { sha256: "a".repeat(64), size: 3, urls: ["https://b.example/a"] };
  const secret = new Uint8Array(32).toBase64();
  const tag = imetaTag({ ...reference, secret });
  assert.deepEqual(blobsOf({ tags: [tag] }), [{ ...reference, secret }]);
  for (const wrong of ["", "AAAA", `${secret}=`, secret.replace("A", "-")]) {
    const tags = [tag.map((each) => each.startsWith("secret ") ? `secret ${wrong}` : each)];
    assert.throws(() => blobsOf({ tags }), { code: "bad_reference" });
  }
});
