/**
 * Who may do what with a blob: a signed event of kind 24242 in the `Authorization` field of a request. Without effects.
 *
 * @see https://github.com/hzrd149/blossom/blob/master/buds/11.md
 * @module
 */
import {
  type EventTemplate,
  type NostrEvent,
  parseEvent,
  tagValue,
} from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import { hasOwnId } from "../protocols/nostr/event_id.ts";
import { BLOB_AUTHORIZATION_KIND } from "../protocols/nostr/kinds.ts";

/** The operation on a server. */
export type BlobVerb = "get" | "upload" | "list" | "delete";

/** The most hashes in one authorization, so that it fits a request's head. */
export const MAX_HASHES = 64;
/** How long a client's authorization is valid. */
const HOLDS_S = 600;
/** How far a client's clock may be ahead. */
const MAX_AHEAD_S = 60;

/** An event to sign that authorizes `verb` on these blobs at this server. */
export function authorizationTemplate(
  verb: BlobVerb,
  hashes: readonly string[],
  server: string,
  nowS: number,
): EventTemplate {
  if (hashes.length > MAX_HASHES) throw new RangeError(`at most ${MAX_HASHES} hashes fit`);
  return {
    kind: BLOB_AUTHORIZATION_KIND,
    created_at: nowS,
    content: `${verb} blobs`,
    tags: [
      ["t", verb],
      ...hashes.map((hash) => ["x", hash]),
      ["server", new URL(server).hostname.toLowerCase()],
      ["expiration", String(nowS + HOLDS_S)],
    ],
  };
}

/** The value of the `Authorization` field. */
export function authorizationField(event: NostrEvent): string {
  const bytes = new TextEncoder().encode(JSON.stringify(event));
  return `Nostr ${bytes.toBase64({ alphabet: "base64url", omitPadding: true })}`;
}

/** What an authorization must allow. */
interface Wanted {
  readonly verb: BlobVerb;
  /** Must be among the event's `x` tags; null if none is needed. */
  readonly sha256: string | null;
  /** Host names of this server; an authorization for others is refused. */
  readonly servers: ReadonlySet<string>;
  readonly nowS: number;
}

/**
 * The event of an `Authorization` field, or why it does not allow the operation. The signature is not checked here.
 */
export function readAuthorization(
  field: string | undefined,
  { verb, sha256, servers, nowS }: Wanted,
): { readonly event: NostrEvent } | { readonly refusal: string } {
  if (field === undefined) return no("an Authorization field with a signed event is needed");
  const text = /^Nostr ([A-Za-z0-9+/_=-]+)$/i.exec(field)?.[1];
  if (text === undefined) return no("the Authorization field must be: Nostr BASE64URL");
  let event: NostrEvent;
  try {
    const bytes = Uint8Array.fromBase64(text.replaceAll("+", "-").replaceAll("/", "_"), {
      alphabet: "base64url",
    });
    event = parseEvent(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)));
  } catch (error) {
    const why = error instanceof EventError ? error.message : "it is no base64url of JSON";
    return no(`the authorization cannot be read: ${why}`);
  }
  if (event.kind !== BLOB_AUTHORIZATION_KIND) {
    return no(`an authorization has kind ${BLOB_AUTHORIZATION_KIND} (got ${event.kind})`);
  }
  if (event.created_at > nowS + MAX_AHEAD_S) return no("the authorization is from the future");
  const expiration = tagValue(event, "expiration") ?? "";
  if (!/^\d{1,12}$/.test(expiration) || Number(expiration) <= nowS) {
    return no("the authorization has expired, or names no expiration");
  }
  if (tagValue(event, "t") !== verb) return no(`the authorization is not for ${verb}`);
  const named = event.tags.filter(([name]) => name === "server").map(([, host]) => host);
  if (named.length > 0 && !named.some((host) => servers.has(hostOf(host)))) {
    return no("the authorization is for another server");
  }
  if (sha256 !== null) {
    const hashes = event.tags.filter(([name]) => name === "x").map(([, hash]) => hash);
    if (!hashes.includes(sha256)) return no("the authorization does not name this blob");
  }
  if (!hasOwnId(event)) return no("the authorization's id is not that of its content");
  return { event };
}

/** Older clients put the whole URL into the tag. */
function hostOf(text: string | undefined): string {
  if (text === undefined) return "";
  return (URL.canParse(text) ? new URL(text).hostname : text).toLowerCase();
}

function no(refusal: string): { readonly refusal: string } {
  return { refusal };
}
