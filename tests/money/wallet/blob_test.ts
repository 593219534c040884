import assert from "node:assert/strict";
import { createCipheriv, createDecipheriv, hkdfSync } from "node:crypto";
import { argon2id } from "@noble/hashes/argon2.js";
import { BlobError, openBlob, sealBlob, sealUnderRandomKey } from "../../../money/wallet/blob.ts";
import { generateWalletKeys, openWallet, sealWallet } from "../../../money/wallet/wallet_keys.ts";

const key = Uint8Array.from({ length: 32 }, (_, at) => at);
const passphrase = "correct horse battery staple é";
const counting = (first: number) => {
  let next = first;
  return (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, () => next++ & 0xff);
};

/** The encryption of a wallet, written a second time with other libraries. */
function independentKey(words: string, salt: Uint8Array): Uint8Array {
  return argon2id(new TextEncoder().encode(words), salt, { t: 1, m: 65_536, p: 4, dkLen: 32 });
}

Deno.test("sealBlob() is base64(salt 16, nonce 12, ciphertext and tag) of Argon2id and AES-256-GCM", async () => {
  const blob = await sealBlob(key, passphrase, counting(1));
  const bytes = Uint8Array.fromBase64(blob);
  assert.equal(bytes.length, 16 + 12 + 32 + 16);
  assert.deepEqual([...bytes.subarray(0, 28)], Array.from({ length: 28 }, (_, at) => at + 1));

  const other = independentKey(passphrase, bytes.subarray(0, 16));
  const decipher = createDecipheriv("aes-256-gcm", other, bytes.subarray(16, 28));
  decipher.setAuthTag(bytes.subarray(60));
  const opened = [...decipher.update(bytes.subarray(28, 60)), ...decipher.final()];
  assert.deepEqual(opened, [...key]);

  // And the other way: a blob that they seal with the same key can be opened here.
  const nonce = new Uint8Array(12).fill(9);
  const cipher = createCipheriv("aes-256-gcm", other, nonce);
  const sealed = [...cipher.update(key), ...cipher.final()];
  const theirs = new Uint8Array([
    ...bytes.subarray(0, 16),
    ...nonce,
    ...sealed,
    ...cipher.getAuthTag(),
  ]);
  assert.deepEqual(await openBlob(theirs.toBase64(), passphrase), key);
});

const randomKey = "5a".repeat(32);

Deno.test("sealUnderRandomKey() is key: and base64(salt 16, nonce 12, ciphertext and tag) of HKDF-SHA256 and AES-256-GCM", async () => {
  const blob = await sealUnderRandomKey(key, randomKey, counting(1));
  assert.equal(blob.slice(0, 4), "key:");
  const bytes = Uint8Array.fromBase64(blob.slice(4));
  const [salt, nonce] = [bytes.subarray(0, 16), bytes.subarray(16, 28)];
  assert.deepEqual([...salt, ...nonce], Array.from({ length: 28 }, (_, at) => at + 1));
  const other = hkdfSync("sha256", Uint8Array.fromHex(randomKey), salt, new Uint8Array(0), 32);
  const decipher = createDecipheriv("aes-256-gcm", new Uint8Array(other), nonce);
  decipher.setAuthTag(bytes.subarray(60));
  const opened = [...decipher.update(bytes.subarray(28, 60)), ...decipher.final()];
  assert.deepEqual(opened, [...key]);
  assert.deepEqual(await openBlob(blob, randomKey), key);
  assert.deepEqual(await openBlob(`${blob}\n`, randomKey), key);
});

Deno.test("sealUnderRandomKey() and openBlob() take no words for a random key, and no other key", async () => {
  const blob = await sealUnderRandomKey(key, randomKey);
  for (const words of [passphrase, "", randomKey.toUpperCase(), `${randomKey}00`]) {
    await assert.rejects(sealUnderRandomKey(key, words), { name: "BlobError", code: "passphrase" });
    await assert.rejects(openBlob(blob, words), { name: "BlobError", code: "passphrase" });
  }
  await assert.rejects(openBlob(blob, "5b".repeat(32)), { name: "BlobError", code: "passphrase" });
  // Neither form opens as the other one.
  await assert.rejects(openBlob(blob.slice(4), randomKey), { code: "passphrase" });
  const stretched = await sealBlob(key, randomKey);
  await assert.rejects(openBlob(`key:${stretched}`, randomKey), { code: "passphrase" });
  await assert.rejects(openBlob(`key:${blob}`, randomKey), { code: "format" });
});

Deno.test("sealBlob() never writes the same blob twice", async () => {
  assert.notEqual(await sealBlob(key, passphrase), await sealBlob(key, passphrase));
});

Deno.test("openBlob() refuses a wrong passphrase and every changed part in one and the same way", async () => {
  const blob = await sealBlob(key, passphrase);
  const shapes = new Set<string>();
  const attempt = async (text: string, words: string) => {
    const error = await openBlob(text, words).then(() => null, (thrown) => thrown);
    assert.ok(error instanceof BlobError);
    assert.equal(error.cause, undefined);
    shapes.add(JSON.stringify({ name: error.name, code: error.code, message: error.message }));
    assert.ok(!Deno.inspect(error).includes(words));
  };
  await attempt(blob, "correct horse battery staple");
  for (const at of [0, 16, 28, 60, 75]) {
    const bytes = Uint8Array.fromBase64(blob);
    bytes[at] ^= 1;
    await attempt(bytes.toBase64(), passphrase);
  }
  assert.deepEqual([...shapes], [
    '{"name":"BlobError","code":"passphrase","message":"Cannot open the wallet: wrong passphrase or changed file"}',
  ]);
});

const malformed: readonly [string, string][] = [
  ["nothing", ""],
  ["no base64", "not base64 at all!"],
  ["base64url", "-_-_".repeat(20)],
  ["44 bytes, so no ciphertext", new Uint8Array(44).toBase64()],
  ["a bad padding", `${new Uint8Array(76).toBase64().slice(0, -2)}`],
  ["a megabyte", "A".repeat(1_048_576)],
];
for (const [name, text] of malformed) {
  Deno.test(`openBlob() refuses ${name} as no blob`, async () => {
    await assert.rejects(openBlob(text, passphrase), { name: "BlobError", code: "format" });
  });
}

Deno.test("sealBlob() and openBlob() refuse a passphrase that is empty, too long or no text", async () => {
  const blob = new Uint8Array(76).toBase64();
  for (const words of ["", "x".repeat(1_025), undefined, 7] as string[]) {
    await assert.rejects(sealBlob(key, words), { name: "BlobError", code: "passphrase" });
    await assert.rejects(openBlob(blob, words), { name: "BlobError", code: "passphrase" });
  }
});

Deno.test("sealBlob() refuses nothing and too much", async () => {
  for (const size of [0, 4_097]) {
    await assert.rejects(sealBlob(new Uint8Array(size), passphrase), { code: "format" });
  }
});

Deno.test("openBlob() takes the line feed that a file ends with", async () => {
  assert.deepEqual(await openBlob(`${await sealBlob(key, passphrase)}\n`, passphrase), key);
});

Deno.test("sealWallet() writes one key as 32 bytes and two as 65, and openWallet() reads both", async () => {
  const other = key.toReversed();
  const one = await sealWallet({ nostrKey: key, paymentKey: key }, passphrase);
  assert.equal(Uint8Array.fromBase64(one).length, 76);
  assert.deepEqual(await openBlob(one, passphrase), key);
  assert.deepEqual(await openWallet(one, passphrase), { nostrKey: key, paymentKey: key });
  const two = await sealWallet({ nostrKey: key, paymentKey: other }, passphrase);
  assert.deepEqual(await openBlob(two, passphrase), new Uint8Array([1, ...key, ...other]));
  assert.deepEqual(await openWallet(two, passphrase), { nostrKey: key, paymentKey: other });
});

Deno.test("openWallet() refuses contents of another form", async () => {
  for (const contents of [new Uint8Array(31), new Uint8Array(65).fill(2), new Uint8Array(64)]) {
    const blob = await sealBlob(contents, passphrase);
    await assert.rejects(openWallet(blob, passphrase), { name: "BlobError", code: "format" });
  }
});

Deno.test("sealWallet() refuses keys of another length", async () => {
  const wrong = { nostrKey: key.subarray(1), paymentKey: key };
  await assert.rejects(sealWallet(wrong, passphrase), { name: "BlobError", code: "format" });
});

Deno.test("generateWalletKeys() asks its source again after an invalid key, and gives up on a broken source", () => {
  let asked = 0;
  const keys = generateWalletKeys(
    (sizeBytes) => new Uint8Array(sizeBytes).fill(asked++),
    (bytes) => bytes[0] !== 0,
  );
  assert.deepEqual([keys.nostrKey[0], keys.paymentKey[0]], [1, 2]);
  assert.throws(() => generateWalletKeys((size) => new Uint8Array(size), () => false), {
    name: "BlobError",
  });
});

const vectors: readonly {
  readonly name: string;
  readonly secret: string;
  readonly passphrase: string;
  readonly blob: string;
}[] = JSON.parse(
  Deno.readTextFileSync(new URL("./blob_vectors.json", import.meta.url)),
);
for (const { name, secret, passphrase, blob } of vectors) {
  Deno.test(`a blob that other code made opens here, and comes out the same: ${name}`, async () => {
    assert.equal((await openBlob(blob, passphrase)).toHex(), secret);
    const bytes = Uint8Array.fromBase64(blob);
    const parts = [bytes.slice(0, 16), bytes.slice(16, 28)];
    const again = await sealBlob(Uint8Array.fromHex(secret), passphrase, () => parts.shift()!);
    assert.equal(again, blob);
    await assert.rejects(openBlob(blob, `${passphrase.slice(0, 20)}.`), { code: "passphrase" });
  });
}

Deno.test("sealBlob() takes 4,096 bytes, which openBlob() gives back, and not one more", async () => {
  const most = new Uint8Array(4_096).fill(7);
  assert.deepEqual(
    await openBlob(await sealBlob(most, passphrase), passphrase),
    most,
  );
  await assert.rejects(sealBlob(new Uint8Array(4_097), passphrase), {
    code: "format",
  });
});
