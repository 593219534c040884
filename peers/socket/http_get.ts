/**
 * Requests a small document by HTTP/1.1, on a connection of its own. Redirects are not followed, and nothing compressed is accepted. `fetch`
 * takes 2.4 MB more of a worker that has such connections already.
 *
 * Held: the document, at most `maxBytes`, and the head of the answer.
 *
 * @module
 */
import { AnswerBody } from "../../protocols/http/body.ts";
import { type AnswerHead, readHead } from "../../protocols/http/head.ts";
import { close, readUntil, withConnection, writeText } from "./connect.ts";

/** What is requested. */
interface GetOptions {
  /** The media type. */
  readonly accept: string;
  /** The largest document that is read, in bytes. */
  readonly maxBytes: number;
}

const READ_BYTES = 16_384;
/** Answers with a status of 1xx come before the real one. */
const MAX_INTERIM = 8;

/**
 * The document at an `http:` or `https:` address; null if the server refuses.
 *
 * @throws {Error} if there is no connection or no valid answer, if the document is too large, and after `signal`
 */
export async function httpGet(
  url: URL,
  { accept, maxBytes }: GetOptions,
  signal: AbortSignal,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const isSecure = url.protocol === "https:";
  if (!isSecure && url.protocol !== "http:") {
    throw new Error(`not an HTTP address: ${url.protocol}`);
  }
  return await withConnection(url, { isSecure }, signal, async (connection) => {
    try {
      await writeText(connection, requestOf(url, accept));
      const { status, headers, rest } = await readUntil(connection, finalHead());
      if (status !== 200) return null;
      const body = new AnswerBody(headers, maxBytes);
      const buffer = new Uint8Array(READ_BYTES);
      for (let isWhole = body.push(rest); !isWhole;) {
        const count = await connection.read(buffer);
        if (count === null) break;
        isWhole = body.push(buffer.subarray(0, count));
      }
      return body.whole();
    } finally {
      close(connection);
    }
  });
}

function requestOf(url: URL, accept: string): string {
  return [
    `GET ${url.pathname}${url.search} HTTP/1.1`,
    `Host: ${url.host}`,
    "Connection: close",
    `Accept: ${accept}`,
    // Without it, a server may answer in any coding.
    "Accept-Encoding: identity",
    "\r\n",
  ].join("\r\n");
}

/** Finds the head of the final answer. What came before it is not read again. */
function finalHead(): (bytes: Uint8Array<ArrayBuffer>) => AnswerHead | null {
  let interim = 0;
  let from = 0;
  return (bytes) => {
    for (;;) {
      const head = readHead(bytes.subarray(from));
      if (head === null || head.status >= 200) return head;
      if (++interim > MAX_INTERIM || head.status === 101) {
        throw new Error("The answer does not end");
      }
      from = bytes.length - head.rest.length;
    }
  };
}
