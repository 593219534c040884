/**
 * Reads the image of a result after its provider's statement was checked. The key that signed the result must also have signed the
 * statement, and the statement must name this request, its context and this image. Only then is the image fetched
 * (image_writer_service.ts).
 *
 * @module
 */
import type { BlobReference } from "../blobs/blob_reference.ts";
import {
  type NostrEvent,
  parseEvent,
  parseUnsignedEvent,
  type Pubkey,
} from "../protocols/nostr/event.ts";
import { type Envelope, isCommit, openEnvelope } from "../protocols/slsa/build_statement.ts";
import { decodeDocument } from "../protocols/toon/decode.ts";
import { parseBuildSpec } from "../skills/builtin/image_build/spec.ts";
import { inputsOf } from "../skills/builtin/image_build/stated.ts";
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

/** What a buyer asked for. The image and its statement must be of this. */
export interface AskedImage {
  /** The URL of the context; null if it was sent. If it names a commit by its whole id, the statement must name the same. */
  readonly url?: string | null;
  /** e.g. `linux/arm64`. */
  readonly platform?: string;
  /** The request as a home keeps it: JSON, without a signature. If it contains or names a context with a SHA-256, the statement must name the same. */
  readonly request?: Uint8Array;
}

/** Reads the image of an accepted result event's bytes. Throws ImageError `bad_statement`, `no_image`, `bad_image`. */
export async function readImage(
  requestKind: number,
  document: Uint8Array,
  asked: AskedImage = {},
): Promise<StatedImage> {
  const event = parseEvent(decodeDocument(document).event);
  const { image, build } = parseResultContent(requestKind, event.content);
  if (image === null || build === null) {
    throw new ImageError("no_image", "the result holds no image: the build failed");
  }
  if (asked.platform !== undefined && build.platform !== asked.platform) {
    const why = `it is for ${build.platform}, and ${asked.platform} was asked for`;
    throw new ImageError("bad_image", `Cannot use the image: ${why}`);
  }
  const content = JSON.parse(event.content) as Readonly<Record<string, unknown>>;
  const statement = await checkStatement(content.statement, event, image.digest, asked);
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
  { url = null, request }: AskedImage,
): Promise<Envelope> {
  const refuse = (why: string): never => {
    throw new ImageError("bad_statement", `Cannot use the image: its statement ${why}`);
  };
  const statement = await openEnvelope(envelope, event.pubkey);
  if (statement === null) return refuse("is missing, or not signed by its provider");
  const { subject, builderId, requestId, gitCommits, contextSha256 } = statement;
  if (subject.length !== 1 || `sha256:${subject[0].digest.sha256}` !== digest) {
    refuse("is of another image");
  }
  if (builderId !== `nostr:${event.pubkey}`) refuse("names another builder");
  const asked = event.tags.find(([name]) => name === "e")?.[1];
  if (requestId !== asked) refuse("is of another request");
  const commit = commitIn(url);
  if (commit !== null && gitCommits.join() !== commit) refuse("is of another commit");
  const context = request === undefined ? null : contextIn(request);
  if (context !== null && contextSha256 !== context) refuse("is of another context");
  return envelope as Envelope;
}

/** The SHA-256 of the context that a request contains or names; null if it has none. */
function contextIn(request: Uint8Array): string | null {
  const event = parseUnsignedEvent(JSON.parse(new TextDecoder().decode(request)));
  const { input } = parseBuildSpec(event, { allowLoopback: true, encrypted: true });
  return inputsOf(input, null, [])[0].sha256;
}

/** The commit that a repository's URL names by its whole id. Null for a branch, a tag or a short id, which only the provider resolves. */
function commitIn(url: string | null): string | null {
  const named = url === null ? "" : url.slice(url.indexOf("#") + 1);
  return isCommit(named.toLowerCase()) ? named.toLowerCase() : null;
}
