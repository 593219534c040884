import assert from "node:assert/strict";
import { definition } from "../../market/image_writer_service.ts";
import { readResultDocument } from "../../market/read_result_document.ts";
import { readImage } from "../../market/read_image.ts";
import { gzip, type TarEntry } from "../../protocols/tar/tar_writer.ts";
import { readTar } from "../../skills/builtin/ci_run/tar_reader.ts";
import {
  BLOB,
  type Changes,
  encode,
  HELLO,
  indexOf,
  result,
  signing,
  tarOf,
} from "./image_results.ts";

Deno.test("image-writer puts images under one index, with every blob that they need", async () => {
  const { document, digest } = await result();
  const index = await indexOf([document]);
  assert.deepEqual(
    index.images.map(({ digest, platform }) => [digest, platform]),
    [[digest, "linux/arm64"]],
  );
  const files = new Map(
    readTar(index.archive, { totalBytes: 1 << 20, entries: 100 }).flatMap((entry) =>
      entry.type === "file" ? [[entry.path, new TextDecoder().decode(entry.bytes)]] : []
    ),
  );
  const top = JSON.parse(files.get("index.json")!);
  assert.equal(top.manifests[0].digest, index.digest);
  const named = JSON.parse(files.get(`blobs/sha256/${index.digest.slice(7)}`)!);
  assert.deepEqual(named.manifests[0].platform, { architecture: "arm64", os: "linux" });
  assert.ok(files.has(`blobs/sha256/${digest.slice(7)}`));
  assert.equal(files.size, 7);
  const [docker] = JSON.parse(files.get("manifest.json")!);
  assert.deepEqual(docker.RepoTags, ["hello:latest"]);
  assert.ok(files.has(docker.Config) && files.has(docker.Layers[0]));
  assert.equal(index.sizeBytes, index.archive.length);
  const again = await indexOf([document]);
  assert.deepEqual(again.archive, index.archive);
});

Deno.test("image-writer takes an image from an archive that was fetched as from one in the result", async () => {
  const inline = await indexOf([(await result()).document]);
  const { document } = await result({ without: "archive_gzip", content: { archive: BLOB } });
  const fetched = await indexOf([document]);
  assert.deepEqual(fetched.archive, inline.archive);
});

Deno.test("readResultDocument() tells of an archive what sequences can hand on as JSON", async () => {
  const { document } = await result({ without: "archive_gzip", content: { archive: BLOB } });
  const { image } = await readResultDocument(5602, document);
  const { storage_units: _units, ...archive } = BLOB;
  assert.deepEqual(image?.archive, archive);
  assert.equal(JSON.parse(JSON.stringify(image)).storage_units, "57221");
});

Deno.test("readImage() refuses a statement before anybody fetches the archive", async () => {
  const { document } = await result({ signer: signing(8), content: { archive: BLOB } });
  await assert.rejects(readImage(5602, document), { name: "ImageError", code: "bad_statement" });
});

for (
  const { name, content } of [
    { name: "no blob", content: { archive: { ...BLOB, sha256: "x" } } },
    { name: "no URL", content: { archive: { ...BLOB, urls: "x" } } },
    { name: "no amount of storage", content: { archive: { ...BLOB, storage_units: "-1" } } },
    { name: "a reason that is no word", content: { archive_error: "\u001b[2J" } },
  ]
) {
  Deno.test(`readImage() refuses an archive that names ${name}`, async () => {
    const { document } = await result({ content });
    await assert.rejects(readImage(5602, document), { name: "ResultContentError" });
  });
}

Deno.test("readImage() says why an image was not handed over", async () => {
  const content = { archive_error: "storage_not_paid" };
  const { document } = await result({ without: "archive_gzip", content });
  await assert.rejects(readImage(5602, document), { code: "no_image", message: /half of what/ });
});

for (
  const { name, archive } of [
    { name: "is no tar", archive: new Uint8Array(2_048).fill(7) },
    { name: "is cut off", archive: (await tarOf()).subarray(0, 1_024 + 20) },
    { name: "is empty", archive: new Uint8Array(0) },
  ]
) {
  Deno.test(`image-writer refuses an archive that ${name}`, async () => {
    const { digest } = await result();
    const writer = await definition.start({ archives: [], to: null });
    const image = { digest, platform: "linux/arm64", archive: { gzip: await gzip(archive) } };
    await assert.rejects(writer.write(HELLO, [image]), { name: "ImageError", code: "bad_image" });
  });
}

for (
  const { name, changes, code } of [
    { name: "without a statement", changes: { without: "statement" }, code: "bad_statement" },
    { name: "stated by another key", changes: { signer: signing(8) }, code: "bad_statement" },
    {
      name: "whose statement is of another image",
      changes: { stated: `sha256:${"3".repeat(64)}` },
      code: "bad_statement",
    },
    {
      name: "whose statement is of another request",
      changes: { request: "4".repeat(64) },
      code: "bad_statement",
    },
    { name: "that is not there", changes: { without: "archive_gzip" }, code: "no_image" },
    { name: "of a build that failed", changes: { without: "image" }, code: "no_image" },
    { name: "for another platform", changes: { platform: "linux/amd64" }, code: "bad_image" },
    {
      name: "whose layer is missing",
      changes: { entries: (all: TarEntry[]) => all.slice(0, 2) },
      code: "bad_image",
    },
    {
      name: "with a blob under a foreign name",
      changes: {
        entries: (all: TarEntry[]) => [...all.slice(0, 2), { ...all[2], bytes: encode("other") }],
      },
      code: "bad_image",
    },
  ] as readonly { name: string; changes: Changes; code: string }[]
) {
  Deno.test(`readImage() and image-writer refuse an image ${name}`, async () => {
    const { document } = await result(changes);
    await assert.rejects(indexOf([document]), { name: "ImageError", code });
  });
}

Deno.test("readImage() refuses an image for another platform than was asked for", async () => {
  const { document } = await result();
  assert.equal(
    (await readImage(5602, document, { platform: "linux/arm64" })).platform,
    "linux/arm64",
  );
  await assert.rejects(readImage(5602, document, { platform: "linux/amd64" }), {
    code: "bad_image",
    message: /for linux\/arm64, and linux\/amd64 was asked for/,
  });
});
