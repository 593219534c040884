/**
 * Takes the image out of a result. Its provider's statement is checked first: it must be signed by the key that signed the result, and
 * name this request and this image. Then every blob is held to its digest. All of it is a stranger's.
 *
 * @module
 */
import { hash as digestOf } from "node:crypto";
import { type NostrEvent, parseEvent } from "../protocols/nostr/event.ts";
import { type Envelope, openEnvelope } from "../protocols/slsa/build_statement.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { gunzipBounded, readTar } from "../skills/builtin/ci_run/tar_reader.ts";
import { SkillError } from "../skills/skill_error.ts";
import { parseResultContent } from "./read_result.ts";
import { ImageError } from "./image_error.ts";

/** An image that is what its provider stated. */
interface ReadImage {
  /** Of its manifest, `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** e.g. `linux/arm64`. */
  readonly platform: string;
  /** Whether its steps ran under an emulator. */
  readonly emulated: boolean;
  /** The statement as its provider signed it. */
  readonly statement: Envelope;
  /** Media type of its manifest. */
  readonly mediaType: string;
  /** Bytes of its manifest, configuration and layers, by digest. */
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** An image that unpacks to more is not taken out of an event. */
const MAX_BYTES = 64 << 20;
const MAX_ENTRIES = 1_200;

/** Reads the image of an accepted result event's bytes. Throws ImageError. */
export async function readImage(requestKind: number, document: Uint8Array): Promise<ReadImage> {
  const event = parseEvent(decodeDocument(document).event);
  const { image, build } = parseResultContent(requestKind, event.content);
  if (image === null || build === null) {
    throw new ImageError("no_image", "the result holds no image: the build failed");
  }
  const content = JSON.parse(event.content) as Readonly<Record<string, unknown>>;
  const statement = await checkStatement(content.statement, event, image.digest);
  const blobs = await blobsOf(content.archive_gzip);
  const manifest = json(blobs, image.digest);
  const config = json(blobs, String(manifest.config?.digest));
  const layers = Array.isArray(manifest.layers) ? manifest.layers : [];
  for (const { digest } of layers) {
    if (!blobs.has(String(digest))) bad(`the layer ${String(digest).slice(0, 80)} is missing`);
  }
  const platform = `${config.os}/${config.architecture}`;
  if (platform !== build.platform) bad(`it is for ${platform.slice(0, 40)}, not ${build.platform}`);
  return {
    digest: image.digest,
    platform,
    emulated: build.emulated === true,
    statement,
    mediaType: String(manifest.mediaType ?? "application/vnd.oci.image.manifest.v1+json"),
    blobs,
  };
}

async function checkStatement(
  envelope: unknown,
  event: NostrEvent,
  digest: string,
): Promise<Envelope> {
  const refuse = (why: string): never => {
    throw new ImageError("bad_statement", `Cannot use the image: its statement ${why}`);
  };
  const statement = await openEnvelope(envelope, event.pubkey);
  if (statement === null) return refuse("is missing, or not signed by its provider");
  const { subject, builderId, requestId } = statement;
  if (subject.length !== 1 || `sha256:${subject[0].digest.sha256}` !== digest) {
    refuse("is of another image");
  }
  if (builderId !== `nostr:${event.pubkey}`) refuse("names another builder");
  const asked = event.tags.find(([name]) => name === "e")?.[1];
  if (requestId !== asked) refuse("is of another request");
  return envelope as Envelope;
}

async function blobsOf(archive: unknown): Promise<ReadonlyMap<string, Uint8Array>> {
  if (typeof archive !== "string") {
    throw new ImageError(
      "no_image",
      "the image is too large for the result event, which says only what it is",
    );
  }
  try {
    const tar = await gunzipBounded(Uint8Array.fromBase64(archive), MAX_BYTES);
    const blobs = new Map<string, Uint8Array>();
    for (const entry of readTar(tar, { totalBytes: MAX_BYTES, entries: MAX_ENTRIES })) {
      const [, hex] = /^blobs\/sha256\/([0-9a-f]{64})$/.exec(entry.path) ?? [];
      if (hex === undefined || entry.type !== "file") continue;
      if (digestOf("sha256", entry.bytes, "hex") !== hex) bad("a blob is not what its name says");
      blobs.set(`sha256:${hex}`, entry.bytes.slice());
    }
    return blobs;
  } catch (cause) {
    if (cause instanceof ImageError) throw cause;
    if (cause instanceof SkillError) return bad(cause.message);
    return bad("its archive is not base64");
  }
}

interface ImageJson {
  readonly mediaType?: string;
  readonly config?: { readonly digest?: string };
  readonly layers?: readonly { readonly digest?: string }[];
  readonly os?: string;
  readonly architecture?: string;
}

function json(blobs: ReadonlyMap<string, Uint8Array>, digest: string): ImageJson {
  const bytes = blobs.get(digest);
  if (bytes === undefined) return bad("its manifest or configuration is missing");
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    if (typeof value === "object" && value !== null) return value;
  } catch { /* said below */ }
  return bad("its manifest or configuration is not JSON");
}

function bad(why: string): never {
  throw new ImageError("bad_image", `Cannot use the image: ${why}`);
}
