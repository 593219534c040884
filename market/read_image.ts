/**
 * Reads the image of a result after its provider's statement was checked. The key that signed the result must also have signed the
 * statement, and the statement must name this request and this image. Only then is the image fetched (image_writer_service.ts).
 *
 * @module
 */
import type { BlobReference } from "../blobs/blob_reference.ts";
import { type NostrEvent, parseEvent, type Pubkey } from "../protocols/nostr/event.ts";
import { type Envelope, openEnvelope } from "../protocols/slsa/build_statement.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { parseResultContent } from "./read_result.ts";
import { ImageError } from "./image_error.ts";

/** An image as its provider stated it. */
export interface StatedImage {
  /** The digest of its manifest: `sha256:` and 64 hex digits. */
  readonly digest: string;
  /** The platform, e.g. `linux/arm64`. */
  readonly platform: string;
  /** The statement as its provider signed it. */
  readonly statement: Envelope;
  /** The provider that signed it. */
  readonly provider: Pubkey;
  /** Its OCI archive: gzipped in the result, or stored as a blob. */
  readonly archive: { readonly gzip: Uint8Array } | { readonly blob: BlobReference };
}

/** Reads the image of an accepted result event's bytes. Throws ImageError `bad_statement`, `no_image`, `bad_image`. */
export async function readImage(requestKind: number, document: Uint8Array): Promise<StatedImage> {
  const event = parseEvent(decodeDocument(document).event);
  const { image, build } = parseResultContent(requestKind, event.content);
  if (image === null || build === null) {
    throw new ImageError("no_image", "the result holds no image: the build failed");
  }
  const content = JSON.parse(event.content) as Readonly<Record<string, unknown>>;
  const statement = await checkStatement(content.statement, event, image.digest);
  return {
    digest: image.digest,
    platform: build.platform,
    statement,
    provider: event.pubkey,
    archive: image.archive === undefined
      ? { gzip: inlineOf(content.archive_gzip, image.archive_error) }
      : { blob: image.archive },
  };
}

function inlineOf(archive: unknown, reason: string | undefined): Uint8Array {
  if (typeof archive !== "string") {
    const why = reason === "storage_not_paid"
      ? "its storage would cost more than half of what the job paid"
      : reason ?? "it is too large for the result event";
    throw new ImageError(
      "no_image",
      `the provider built the image and did not deliver it: ${why}`,
    );
  }
  try {
    return Uint8Array.fromBase64(archive);
  } catch {
    throw new ImageError("bad_image", "Cannot use the image: its archive is not base64");
  }
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
