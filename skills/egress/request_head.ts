/**
 * Parses the head of one request to the proxy: `CONNECT host:port`, or a request with an absolute http URL. A head that two programs could
 * read differently is refused.
 *
 * @module
 */
import { parseTarget, type Target } from "./allowed_hosts.ts";

/** The longest head, in bytes. */
export const MAX_HEAD_BYTES = 16_384;

/** One request. */
export type ProxyRequest =
  | { readonly type: "tunnel"; readonly target: Target }
  | {
    readonly type: "plain";
    readonly target: Target;
    /** The head that is sent to the other side. */
    readonly head: Uint8Array;
    /** The size of the body in bytes. Further bytes are not passed on. */
    readonly bodyBytes: number;
  };

/** The request is refused. The error has the status of the answer and the reason. */
export class RequestRefusal extends Error {
  /** Always `RequestRefusal`. */
  override readonly name = "RequestRefusal";
  /** The HTTP status. */
  readonly status: number;

  /** `message` is the reason. */
  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

const bad = (message: string) => new RequestRefusal(400, message);

// Fields that are only for the proxy, or would allow more than one request on a connection.
const DROPPED = [
  "connection",
  "proxy-connection",
  "proxy-authorization",
  "proxy-authenticate",
  "keep-alive",
  "te",
  "trailer",
  "upgrade",
  "expect",
  "host",
];

/** Reads a head without its empty line. Throws RequestRefusal. */
export function parseRequestHead(bytes: Uint8Array): ProxyRequest {
  // One character for each byte, so that lengths and checks count bytes.
  const text = String.fromCharCode(...bytes);
  // deno-lint-ignore no-control-regex -- Control characters are what is looked for.
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text.replaceAll("\r\n", ""))) {
    throw bad("control characters");
  }
  const [first, ...lines] = text.split("\r\n");
  if ([first, ...lines].some((line) => /[\r\n]/.test(line))) {
    throw bad("a line must end with CR LF");
  }
  const [method, address, version, ...more] = first.split(" ");
  if (more.length > 0 || !/^HTTP\/1\.[01]$/.test(version ?? "") || !/^[A-Z]{1,16}$/.test(method)) {
    throw bad("this proxy takes HTTP/1.1");
  }
  const fields = lines.map((line) => {
    const found = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line);
    if (found === null) throw bad("a field is malformed");
    return [found[1].toLowerCase(), found[2], found[1]] as const;
  });
  const values = (name: string) => fields.filter(([key]) => key === name).map(([, value]) => value);
  const hosts = values("host");
  if (hosts.length > 1) throw bad("two Host fields");
  if (method === "CONNECT") {
    const target = parseTarget(address, null);
    if (target === null) throw bad("CONNECT takes host:port");
    return { type: "tunnel", target };
  }
  const found = /^http:\/\/([^/?#@\\]*)([/?][\x21-\x22\x24-\x7e]*)?$/i.exec(address);
  const target = found === null ? null : parseTarget(found[1], 80);
  if (found === null || target === null) {
    throw bad("this proxy takes CONNECT and http:// addresses");
  }
  const named = hosts.length === 0 ? target : parseTarget(hosts[0], 80);
  if (named === null || named.host !== target.host || named.port !== target.port) {
    throw bad("the Host field names another host than the address");
  }
  if (values("transfer-encoding").length > 0) {
    throw new RequestRefusal(411, "a body needs its length before it");
  }
  const lengths = values("content-length");
  if (lengths.length > 1 || !lengths.every((each) => /^(0|[1-9]\d{0,14})$/.test(each))) {
    throw bad("the length of the body is not plain");
  }
  // The Connection field can name further fields that must not be passed on.
  const dropped = new Set([
    ...DROPPED,
    ...values("connection").flatMap((value) =>
      value.toLowerCase().split(",").map((each) => each.trim())
    ),
  ]);
  dropped.delete("content-length");
  const path = (found[2] ?? "/").replace(/^\?/, "/?");
  const head = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${target.host.includes(":") ? `[${target.host}]` : target.host}${
      target.port === 80 ? "" : `:${target.port}`
    }`,
    ...fields.filter(([key]) => !dropped.has(key)).map(([, value, name]) => `${name}: ${value}`),
    "Connection: close",
  ].join("\r\n");
  return {
    type: "plain",
    target,
    head: Uint8Array.from(`${head}\r\n\r\n`, (character) => character.charCodeAt(0)),
    bodyBytes: Number(lengths[0] ?? 0),
  };
}
