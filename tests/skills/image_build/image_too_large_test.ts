import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { archivedImage } from "../../../market/image_archive.ts";
import { contentBytes, type SkillBlobs } from "../../../skills/skill.ts";
import { contextTags, helloFiles, noBuilder, PLATFORM } from "./builder_machine.ts";
import { run } from "./image_build_run.ts";

/** A context whose image needs this many bytes more than fit the event. */
async function largeContext(bytes: number): Promise<string[][]> {
  const files = await helloFiles();
  const noise = new Uint8Array(bytes);
  for (let at = 0; at < bytes; at += 65_536) {
    crypto.getRandomValues(noise.subarray(at, Math.min(bytes, at + 65_536)));
  }
  const Dockerfile = `${files.Dockerfile}COPY noise /noise\n`;
  return await contextTags({ ...files, Dockerfile, noise });
}

/** Stores blobs, as a home does. */
function keptBlobs() {
  const kept: { bytes: Uint8Array; reader?: string }[] = [];
  const blobs: SkillBlobs = {
    async put(source, { reader } = {}) {
      assert("file" in source);
      const bytes = await Deno.readFile(source.file);
      kept.push({ bytes, reader });
      const sha256 = createHash("sha256").update(bytes).digest("hex");
      return { sha256, size: bytes.length, urls: [`http://127.0.0.1:1/${sha256}`] };
    },
    fetch: () => Promise.reject(new Error("nothing is fetched")),
  };
  return { kept, blobs };
}

Deno.test(
  `imageBuild() keeps an image that does not fit its result as an OCI archive beside it${noBuilder.why}`,
  { ignore: noBuilder.ignore },
  async () => {
    const { kept, blobs } = keptBlobs();
    const storage = { maxBytes: 10 << 20, unitsPerMib: 1_000n };
    const tags = await largeContext(3_000_000);
    const more = { maxContentBytes: 20_000, storage };
    const { outcome, content } = await run(tags, more, {}, blobs);
    assert(contentBytes(outcome.content) <= 20_000);
    assert.equal(content.archive_gzip, undefined);
    const [{ bytes, reader }] = kept;
    assert.equal(reader, undefined);
    assert.equal(content.archive?.size, bytes.length);
    assert.equal(content.archive?.storage_units, String(Math.ceil(bytes.length / 1048.576)));
    const archive = {
      read(at: number, into: Uint8Array): Promise<number> {
        const piece = bytes.subarray(at, at + into.length);
        into.set(piece);
        return Promise.resolve(piece.length);
      },
    };
    const image = await archivedImage(archive, content.image!.digest);
    assert.equal(image.platform, PLATFORM);
    for (const blob of image.blobs) for await (const _ of blob.pieces());

    const sealed = await run(tags, { ...more, encrypted: true }, {}, blobs);
    assert.equal(sealed.outcome.status, "success");
    assert.equal(kept[1].reader, "2".repeat(64));
  },
);

for (
  const { name, storage, error } of [
    { name: "nothing is kept", storage: undefined, error: "no_server" },
    {
      name: "the payment does not cover its storage",
      storage: { maxBytes: 60_000, unitsPerMib: 1n },
      error: "storage_not_paid",
    },
  ]
) {
  Deno.test(
    `imageBuild() leaves out an image that does not fit, but not what it is, where ${name}${noBuilder.why}`,
    { ignore: noBuilder.ignore },
    async () => {
      const { kept, blobs } = keptBlobs();
      const tags = await largeContext(60_000);
      const more = { maxContentBytes: 20_000, storage };
      const { outcome, content } = await run(tags, more, {}, blobs);
      assert.equal(content.summary, "Build: SUCCESS");
      assert.equal(content.archive_gzip, undefined);
      assert.equal(content.archive, undefined);
      assert.equal(content.archive_error, error);
      assert.notEqual(content.statement, undefined);
      assert.equal(kept.length, 0);
      assert(contentBytes(outcome.content) <= 20_000);
    },
  );
}
