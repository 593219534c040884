/**
 * The head of an HTTP/1.1 answer (RFC 9112): its status and its headers.
 *
 * @module
 */

/** The most bytes of a head. Node's HTTP client has the same limit. */
export const MAX_HEAD_BYTES = 16_384;

/** A head, and what followed it. */
export interface AnswerHead {
  /** The status code, from 100 to 999. */
  readonly status: number;
  /** By name in lowercase; values of a repeated header are joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
  /** The bytes after the head. */
  readonly rest: Uint8Array<ArrayBuffer>;
}

/**
 * Reads the head of an answer, from all of its bytes so far. Returns null while it is incomplete.
 *
 * @throws {Error} if the head is too long or cannot be read
 */
export function readHead(bytes: Uint8Array<ArrayBuffer>): AnswerHead | null {
  const endAt = endOfHead(bytes);
  if ((endAt ?? bytes.length) > MAX_HEAD_BYTES) throw new Error("The answer's head is too long");
  if (endAt === null) return null;
  const [first, ...lines] = latin1.decode(bytes.subarray(0, endAt)).split("\r\n");
  const status = /^HTTP\/1\.1 ([1-9]\d{2})(?: |$)/.exec(first)?.[1];
  if (status === undefined) throw new Error("The answer is not HTTP/1.1");
  return { status: Number(status), headers: headersOf(lines), rest: bytes.subarray(endAt + 4) };
}

const latin1 = new TextDecoder("latin1");

/** Where the empty line begins, or null. */
function endOfHead(bytes: Uint8Array): number | null {
  for (let at = bytes.indexOf(13); at !== -1; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return null;
}

function headersOf(lines: readonly string[]): Map<string, string> {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const [, name, text] = /^([!#$%&'*+.^_`|~\w-]+):(.*)$/.exec(line) ?? [];
    if (name === undefined) throw new Error("The answer has a header that cannot be read");
    const key = name.toLowerCase();
    const value = withoutEnds(text);
    const before = headers.get(key);
    headers.set(key, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

/** Without spaces and tabs around it. A pattern would take a time that grows with the square of the spaces inside. */
function withoutEnds(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text, from)) from++;
  while (to > from && isBlank(text, to - 1)) to--;
  return text.slice(from, to);
}

function isBlank(text: string, at: number): boolean {
  return text[at] === " " || text[at] === "\t";
}
