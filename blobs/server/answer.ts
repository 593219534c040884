/**
 * The answers of a blob server, and their bytes on the wire.
 *
 * @module
 */

/** An answer to one request. */
export interface Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string>>;
  /** Length of the body, also if only the head is sent. */
  readonly length: number;
  /** Null if there is no body. */
  readonly body: (() => AsyncIterable<Uint8Array>) | null;
  /** The request's body was not read, so the connection must be closed. */
  readonly closes?: boolean;
  /** Called when the answer was sent or abandoned. */
  readonly end?: () => void;
}

const REASONS: Readonly<Record<number, string>> = {
  200: "OK",
  201: "Created",
  204: "No Content",
  206: "Partial Content",
  400: "Bad Request",
  401: "Unauthorized",
  402: "Payment Required",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  409: "Conflict",
  411: "Length Required",
  413: "Content Too Large",
  416: "Range Not Satisfiable",
  429: "Too Many Requests",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  507: "Insufficient Storage",
};

/** In every answer (BUD-01): any web page may read, and write with an authorization. */
const CORS =
  "access-control-allow-origin: *\r\naccess-control-allow-headers: authorization, *\r\n" +
  "access-control-allow-methods: GET, HEAD, PUT, PATCH, DELETE\r\naccess-control-expose-headers: *\r\n";

/** The bytes of the answer's head. */
export function answerHead({ status, fields, length }: Answer, goesOn: boolean): Uint8Array {
  let text = `HTTP/1.1 ${status} ${REASONS[status] ?? "Unknown"}\r\n${CORS}`;
  for (const [name, value] of Object.entries(fields)) text += `${name}: ${value}\r\n`;
  if (status !== 204) text += `content-length: ${length}\r\n`;
  text += `connection: ${goesOn ? "keep-alive" : "close"}\r\n\r\n`;
  return new TextEncoder().encode(text);
}

/** A JSON document. */
export function json(status: number, value: unknown, fields: Answer["fields"] = {}): Answer {
  const bytes = new TextEncoder().encode(JSON.stringify(value));
  return {
    status,
    fields: { "content-type": "application/json", ...fields },
    length: bytes.length,
    body: async function* () {
      await Promise.resolve();
      yield bytes;
    },
  };
}

/** A refusal. Its message is in the body and, for HEAD, in `X-Reason`. The request's body is not read. */
export function refusal(
  status: number,
  message: string,
  fields: Answer["fields"] = {},
): Answer {
  const reason = message.replaceAll(/[^\x20-\x7e]/g, "?");
  return { ...json(status, { message }, { "x-reason": reason, ...fields }), closes: true };
}
