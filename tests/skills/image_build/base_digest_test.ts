import assert from "node:assert/strict";
import { writeTar } from "../../../protocols/tar/tar_writer.ts";
import { baseDigest } from "../../../skills/builtin/image_build/base_digest.ts";
import { temporaryFolder } from "../machine.ts";

const DIGEST = "a".repeat(64);
const one = { manifests: [{ digest: `sha256:${DIGEST}` }] };

async function archive(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  return await writeTar(
    Object.entries(files).map(([path, text]) => ({
      path,
      type: "file",
      executable: false,
      target: "",
      bytes: new TextEncoder().encode(text),
    })),
  );
}

for (
  const { name, tar, digest } of [
    {
      name: "behind other files",
      tar: await archive({
        "blobs/sha256/x": "x".repeat(1_500),
        "index.json": JSON.stringify(one),
        "oci-layout": "{}",
      }),
      digest: DIGEST,
    },
    {
      name: "that names two images",
      tar: await archive({
        "index.json": JSON.stringify({ manifests: [...one.manifests, ...one.manifests] }),
      }),
      digest: null,
    },
    {
      name: "with another digest",
      tar: await archive({ "index.json": JSON.stringify({ manifests: [{ digest: "sha512:1" }] }) }),
      digest: null,
    },
    { name: "that is no JSON", tar: await archive({ "index.json": "{" }), digest: null },
    { name: "that is null", tar: await archive({ "index.json": "null" }), digest: null },
    { name: "that is not there", tar: await archive({ "oci-layout": "{}" }), digest: null },
    {
      name: "that is cut off",
      tar: (await archive({ "index.json": JSON.stringify(one) })).subarray(0, 520),
      digest: null,
    },
    { name: "in a file of zeros", tar: new Uint8Array(4_096), digest: null },
  ]
) {
  Deno.test(`baseDigest() ${digest ? "reads" : "is null for"} an index ${name}`, async () => {
    await using folder = await temporaryFolder();
    await Deno.writeFile(`${folder.path}/base.tar`, tar);
    assert.equal(await baseDigest(`${folder.path}/base.tar`), digest);
  });
}

Deno.test("baseDigest() is null for a file that is not there", async () => {
  assert.equal(await baseDigest("/nowhere/base.tar"), null);
});
