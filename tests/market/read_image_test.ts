import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createEventSigning } from "../../money/signer/event_signing.ts";
import { definition } from "../../market/image_writer_service.ts";
import { readResultDocument } from "../../market/read_result_document.ts";
import { readImage } from "../../market/read_image.ts";
import { readContext } from "../../market/read_context.ts";
import type { BuildFacts } from "../../protocols/slsa/build_statement.ts";
import { gzip, type TarEntry, writeTar } from "../../protocols/tar/tar_writer.ts";
import { gunzipBounded, readTar } from "../../skills/builtin/ci_run/tar_reader.ts";

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
  readonly inputs?: BuildFacts["inputs"];
  readonly entries?: (all: TarEntry[]) => TarEntry[];
  readonly without?: "statement" | "archive_gzip" | "image";
  /** Fields that replace those of the content. */
  readonly content?: Readonly<Record<string, unknown>>;
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
    inputs: changes.inputs ?? [],
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
  Object.assign(content, changes.content);
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

const HELLO = { name: "hello", own: "linux/amd64" };

/** Reads the images and puts them into one file. */
async function indexOf(documents: readonly Uint8Array[]) {
  const folder = await Deno.makeTempDir();
  try {
    const to = `${folder}/images.tar`;
    const images = await Promise.all(documents.map((each) => readImage(5602, each)));
    const archives: string[] = [];
    const written = images.map(({ digest, platform, archive }) => {
      if ("gzip" in archive) return { digest, platform, archive };
      const path = `${folder}/${archive.blob.sha256}`;
      archives.push(path);
      return { digest, platform, archive: { path } };
    });
    for (const path of archives) await Deno.writeFile(path, await tarOf());
    const writer = await definition.start({ archives, to });
    try {
      return { ...await writer.write(HELLO, written), archive: await Deno.readFile(to), images };
    } finally {
      const left = [...Deno.readDirSync(folder)].map(({ name }) => name);
      assert.ok(left.every((name) => !name.endsWith(".part")), left.join());
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The archive of `result()`'s image. */
async function tarOf(): Promise<Uint8Array> {
  const image = await readImage(5602, (await result()).document);
  assert("gzip" in image.archive);
  return await gunzipBounded(image.archive.gzip, 1 << 20);
}

const BLOB = {
  sha256: "5".repeat(64),
  size: 60_000_000,
  urls: [`http://127.0.0.1:1/${"5".repeat(64)}`],
  storage_units: "57221",
};

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

const COMMIT = "c".repeat(40);
const REPOSITORY = { name: `https://host.example/r.git#${COMMIT}`, sha256: null };

for (
  const { name, asked, gitCommit, error } of [
    { name: "takes the commit that was asked for", asked: COMMIT, gitCommit: COMMIT },
    { name: "takes it in large letters", asked: COMMIT.toUpperCase(), gitCommit: COMMIT },
    { name: "takes any commit of a branch", asked: "main", gitCommit: COMMIT },
    { name: "takes any commit of a short id", asked: "ddddddd", gitCommit: COMMIT },
    { name: "refuses another commit", asked: "d".repeat(40), gitCommit: COMMIT, error: true },
    { name: "refuses no commit", asked: COMMIT, gitCommit: undefined, error: true },
  ]
) {
  Deno.test(`readImage() ${name}, for a context by URL`, async () => {
    const { document } = await result({ inputs: [{ ...REPOSITORY, gitCommit }] });
    const read = readImage(5602, document, { url: `https://host.example/r.git#${asked}` });
    if (error) await assert.rejects(read, { code: "bad_statement", message: /another commit/ });
    else assert.equal((await read).platform, "linux/arm64");
  });
}

Deno.test("readImage() refuses a statement that names the commit as one of several", async () => {
  const inputs = [COMMIT, "d".repeat(40)].map((gitCommit) => ({ ...REPOSITORY, gitCommit }));
  const { document } = await result({ inputs });
  const url = `https://host.example/r.git#${COMMIT}`;
  await assert.rejects(readImage(5602, document, { url }), { code: "bad_statement" });
});

/** A request whose context is this text, or is not sent. */
function requestOf(context: string | null): Uint8Array {
  const sent = (text: string) => [
    ["i", new TextEncoder().encode(text).toBase64(), "text"],
    ["param", "encoding", "base64"],
    ["param", "mime", "application/gzip"],
  ];
  // A home keeps it as it was made, without a signature.
  return encode({
    pubkey: signing(9).pubkey,
    created_at: 1_760_000_000,
    kind: 5602,
    tags: context === null ? [["i", "https://host.example/r.git", "url"]] : sent(context),
    content: "",
  });
}

const CONTEXT = {
  name: "context",
  sha256: digestOf(new TextEncoder().encode("mine")).slice("sha256:".length),
};

for (
  const { name, inputs, request, error } of [
    { name: "takes the context that was sent", inputs: [CONTEXT], request: requestOf("mine") },
    { name: "refuses another context", inputs: [CONTEXT], request: requestOf("o"), error: true },
    { name: "refuses no context", inputs: [], request: requestOf("mine"), error: true },
    {
      name: "refuses it among the base images alone",
      inputs: [{ name: "context", sha256: "e".repeat(64) }, CONTEXT],
      request: requestOf("mine"),
      error: true,
    },
    { name: "takes any context that was not sent", inputs: [CONTEXT], request: requestOf(null) },
  ]
) {
  Deno.test(`readImage() ${name}, by the statement`, async () => {
    const { document } = await result({ inputs });
    const read = readImage(5602, document, { request });
    if (error) await assert.rejects(read, { code: "bad_statement", message: /another context/ });
    else assert.equal((await read).platform, "linux/arm64");
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
