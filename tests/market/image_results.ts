/** Results of image builds, good and bad. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createEventSigning } from "../../money/signer/event_signing.ts";
import { definition } from "../../market/image_writer_service.ts";
import { readImage } from "../../market/read_image.ts";
import type { BuildFacts } from "../../protocols/slsa/build_statement.ts";
import { gzip, type TarEntry, writeTar } from "../../protocols/tar/tar_writer.ts";
import { gunzipBounded } from "../../skills/builtin/ci_run/tar_reader.ts";

export const signing = (key: number) =>
  createEventSigning(new Uint8Array(32).fill(key), (length) => new Uint8Array(length));
export const PROVIDER = signing(7);
export const REQUEST = "1".repeat(64);
export const encode = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
export const digestOf = (bytes: Uint8Array) =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;
export const file = (path: string, bytes: Uint8Array): TarEntry => ({
  path,
  type: "file",
  executable: false,
  target: "",
  bytes,
});
export const blob = (bytes: Uint8Array) => file(`blobs/sha256/${digestOf(bytes).slice(7)}`, bytes);

export interface Changes {
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
export async function result(
  changes: Changes = {},
): Promise<{ document: Uint8Array; digest: string }> {
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

export const HELLO = { name: "hello", own: "linux/amd64" };

/** Reads the images and puts them into one file. */
export async function indexOf(documents: readonly Uint8Array[]) {
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
export async function tarOf(): Promise<Uint8Array> {
  const image = await readImage(5602, (await result()).document);
  assert("gzip" in image.archive);
  return await gunzipBounded(image.archive.gzip, 1 << 20);
}

export const BLOB = {
  sha256: "5".repeat(64),
  size: 60_000_000,
  urls: [`http://127.0.0.1:1/${"5".repeat(64)}`],
  storage_units: "57221",
};
