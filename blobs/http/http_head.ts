/**
 * Parses the head of an HTTP/1.1 message strictly: what two programs may read differently is refused. Without effects.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9112
 * @module
 */

/** Field values by lowercase name. The values of a repeated name are joined with a comma. */
export type HttpFields = ReadonlyMap<string, string>;

/** A request without its body. */
export interface RequestHead {
  readonly method: string;
  /** The target of the first line; begins with `/`. */
  readonly target: string;
  readonly fields: HttpFields;
  /** HTTP/1.1 without `connection: close`. */
  readonly keepAlive: boolean;
}

/** An answer without its body. */
interface ResponseHead {
  readonly status: number;
  readonly fields: HttpFields;
  readonly keepAlive: boolean;
}

/** A head that was refused. */
export class HttpHeadError extends Error {
  /** Always `HttpHeadError`. */
  override readonly name = "HttpHeadError";
}

/** A longer head is refused. */
export const MAX_HEAD_BYTES = 16_384;
const MAX_FIELDS = 64;
/** A repetition of these could be meant for another program on the way. */
const ONCE = new Set(["content-length", "transfer-encoding", "authorization", "host", "range"]);

/** Reads a request's head; `bytes` ends with the empty line. Throws HttpHeadError. */
export function parseRequestHead(bytes: Uint8Array): RequestHead {
  const [first, ...lines] = linesOf(bytes);
  const match = /^([A-Z]{1,16}) (\/[\x21-\x7e]{0,4095}) HTTP\/1\.([01])$/.exec(first);
  if (match === null) throw new HttpHeadError("the first line is no HTTP/1.1 request");
  const fields = fieldsOf(lines);
  return { method: match[1], target: match[2], fields, keepAlive: keeps(match[3], fields) };
}

/** Reads an answer's head. Throws HttpHeadError. */
export function parseResponseHead(bytes: Uint8Array): ResponseHead {
  const [first, ...lines] = linesOf(bytes);
  const match = /^HTTP\/1\.([01]) ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/.exec(first);
  if (match === null) throw new HttpHeadError("the first line is no HTTP/1.1 answer");
  const fields = fieldsOf(lines);
  return { status: Number(match[2]), fields, keepAlive: keeps(match[1], fields) };
}

/** The length of the body according to the head; null if there is none. Throws HttpHeadError if it is not a number. */
export function contentLength(fields: HttpFields): number | null {
  const text = fields.get("content-length");
  if (text === undefined) return null;
  if (!/^(0|[1-9]\d{0,14})$/.test(text)) throw new HttpHeadError("content-length is no number");
  return Number(text);
}

function linesOf(bytes: Uint8Array): string[] {
  const text = new TextDecoder("latin1").decode(bytes);
  if (!text.endsWith("\r\n\r\n")) throw new HttpHeadError("the head does not end");
  const lines = text.slice(0, -4).split("\r\n");
  if (lines.some((line) => /[\r\n\0]/.test(line))) {
    throw new HttpHeadError("a line of the head ends in LF or CR alone, or holds NUL");
  }
  return lines;
}

function fieldsOf(lines: readonly string[]): HttpFields {
  if (lines.length > MAX_FIELDS) throw new HttpHeadError(`more than ${MAX_FIELDS} field lines`);
  const fields = new Map<string, string>();
  for (const line of lines) {
    const match = /^([!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (match === null) throw new HttpHeadError("a field line is malformed");
    const name = match[1].toLowerCase();
    const before = fields.get(name);
    if (before !== undefined && ONCE.has(name)) throw new HttpHeadError(`${name} came twice`);
    fields.set(name, before === undefined ? match[2] : `${before}, ${match[2]}`);
  }
  if (fields.has("content-length") && fields.has("transfer-encoding")) {
    throw new HttpHeadError("content-length and transfer-encoding exclude each other");
  }
  return fields;
}

function keeps(minor: string, fields: HttpFields): boolean {
  return minor === "1" && !/\bclose\b/i.test(fields.get("connection") ?? "");
}
