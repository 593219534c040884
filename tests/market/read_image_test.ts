import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createEventSigning } from "../../money/signer/event_signing.ts";
import { imageIndex } from "../../market/image_index.ts";
import { readContext } from "../../market/read_context.ts";
import { gzip, type TarEntry, writeTar } from "../../protocols/tar/tar_writer.ts";
import { readTar } from "../../skills/builtin/ci_run/tar_reader.ts";

const signing = (key: number) =>
  createEventSigning(new Uint8Array(32).fill(key), (length) => new Uint8Array(length));
const PROVIDER = signing(7);
const REQUEST = "1".repeat(64);
const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
const file = (path: string, bytes: Uint8Array): TarEntry => ({
  path,
  type: "file",
  executable: false,
  target: "",
  bytes,
});
const blob = (bytes: Uint8Array) => file(`blobs/sha256/${digestOf(bytes).slice(7)}`, bytes);

interface Changes {
  readonly platform?: string;
  readonly stated?: string;
  readonly signer?: typeof PROVIDER;
  readonly request?: string;
  readonly entries?: (all: TarEntry[]) => TarEntry[];
  readonly without?: "statement" | "archive_gzip" | "image";
}

/** A result event with an image of one layer. */
async function result(changes: Changes = {}): Promise<{ document: Uint8Array; digest: string }> {
  const layer = new TextEncoder().encode("a layer");
  const config = encode({ os: "linux", architecture: "arm64" });
  const manifest = encode({
    schemaVersion: 2,
    config: { digest: digestOf(config), size: config.length },
    layers: [{ digest: digestOf(layer), size: layer.length }],
  });
  const digest = digestOf(manifest);
  const platform = changes.platform ?? "linux/arm64";
  const statement = (changes.signer ?? PROVIDER).signBuild({
    name: "hello",
    digest: (changes.stated ?? digest).slice(7),
    platform,
    emulated: true,
    sandbox: "bubblewrap",
    engine: "buildah",
    inputs: [],
    parameters: {},
    startedAtMs: 1,
    finishedAtMs: 2,
  }, { buyer: "2".repeat(64), requestId: changes.request ?? REQUEST, amountUnits: "1" });
  const entries = [blob(manifest), blob(config), blob(layer)];
  const content: Record<string, unknown> = {
    exit_code: 0,
    summary: "Build: SUCCESS",
    platform,
    emulated: true,
    image: {
      name: "hello",
      digest,
      size_bytes: 3,
      layers: [{ digest: digestOf(layer), size: layer.length }],
    },
    statement,
    archive_gzip: (await gzip(await writeTar(changes.entries?.(entries) ?? entries))).toBase64(),
    log: "",
  };
  if (changes.without !== undefined) delete content[changes.without];
  const event = PROVIDER.sign({
    pubkey: PROVIDER.pubkey,
    created_at: 1_760_000_000,
    kind: 6602,
    tags: [["e", REQUEST]],
    content: JSON.stringify(content),
  });
  return { document: encode(event), digest };
}

Deno.test("imageIndex() puts images under one index, with every blob that they need", async () => {
  const { document, digest } = await result();
  const index = await imageIndex("hello", 5602, [document]);
  assert.deepEqual(
    index.images.map(({ digest, platform, emulated }) => [digest, platform, emulated]),
    [[digest, "linux/arm64", true]],
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
  assert.equal(files.size, 6);
  const again = await imageIndex("hello", 5602, [document]);
  assert.deepEqual(again.archive, index.archive);
});

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
  Deno.test(`imageIndex() refuses an image ${name}`, async () => {
    const { document } = await result(changes);
    await assert.rejects(imageIndex("hello", 5602, [document]), { name: "ImageError", code });
  });
}

Deno.test("readContext() finds bases and test of a packed folder, and says where there is no Containerfile", async () => {
  const text = `FROM debian:12\nLABEL crosstown.test='["/t"]'\n`;
  const bytes = await gzip(await writeTar([file("Dockerfile", new TextEncoder().encode(text))]));
  const packed = {
    type: "tar" as const,
    input: ["i", bytes.toBase64(), "text"],
    params: [],
    sizeBytes: bytes.length,
  };
  const question = { packed, dockerfile: null, args: {} };
  assert.deepEqual(await readContext(question), { bases: ["debian:12"], test: '["/t"]' });
  await assert.rejects(readContext({ ...question, dockerfile: "x" }), { code: "no_containerfile" });
});
