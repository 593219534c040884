/**
 * Finds the `created_at` of a document without decoding it. The value only decides where a subscription resumes, and the caller caps it by
 * its own clock. So a document that hides or forges it can make its reader fetch more, but cannot make it lose other documents.
 *
 * @module
 */

const LATIN = new TextDecoder("latin1");
/** In TOON a line that starts at column 0 is a top-level key, because strings never contain a raw line feed. */
const TOON_LINE = /(?:^|\n)(?:created_at|"created_at"): *(\d{1,12})(?=[ \r\n]|$)/;
/** In JSON these bytes cannot occur inside a string, because the quotes would be escaped. */
const JSON_MEMBER = /"created_at"\s*:\s*(\d{1,12})(?=\s*[,}])/;

/** Seconds since the epoch, or null if none was found. */
export function findCreatedAt(
  bytes: Uint8Array,
  encoding: "toon" | "json",
): number | null {
  const match = (encoding === "toon" ? TOON_LINE : JSON_MEMBER).exec(
    LATIN.decode(bytes),
  );
  return match === null ? null : Number(match[1]);
}
