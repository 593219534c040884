/**
 * MCP over HTTP on the loopback address. A client must know the token, in the path or as a bearer token. This keeps out other users of the
 * machine and web pages in a browser.
 *
 * @module
 */
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  isLegacyRequest,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type McpServer,
  originValidationResponse,
} from "@modelcontextprotocol/server";
import { sameText } from "../base/loopback_http.ts";
import { UsageError } from "../shell/errors.ts";
import { HttpSessions } from "./http_sessions.ts";

/** A running endpoint. */
interface HttpEndpoint {
  /** The address with the token. Anyone who knows it can spend up to the ceilings. */
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Starts to listen. Throws UsageError if the address is not a loopback address. */
export function serveHttp(
  at: { readonly hostname: string; readonly port: number },
  token: string,
  makeServer: () => McpServer,
): HttpEndpoint {
  if (!LOOPBACK.has(at.hostname)) {
    throw new UsageError(
      `${at.hostname} is not a loopback address`,
      "e.g. --http 127.0.0.1:7790; for another machine use an SSH tunnel",
    );
  }
  const limit = { maxRequestBodySize: MAX_BODY_BYTES };
  const handler = createMcpHandler(makeServer, { ...limit, legacy: "reject" });
  const sessions = new HttpSessions(makeServer, MAX_BODY_BYTES);
  let working = 0;
  const server = Deno.serve(
    { hostname: at.hostname, port: at.port, onListen: () => undefined, onError: () => failed(500) },
    async (request, { completed }) => {
      const refusal = hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
        originValidationResponse(request, localhostAllowedOrigins());
      if (refusal !== undefined) return refusal;
      if (!knowsToken(request, token)) return failed(404);
      if (working >= MAX_AT_ONCE) return failed(503);
      working++;
      try {
        // When a client disconnects, its call is aborted.
        const gone = new AbortController();
        completed.catch(() => gone.abort());
        const { url, method, headers, body } = request;
        const asked = new Request(url, { method, headers, body, signal: gone.signal });
        return await isLegacyRequest(asked, undefined, limit)
          ? await sessions.fetch(asked)
          : await handler.fetch(asked);
      } finally {
        working--;
      }
    },
  );
  const { hostname, port } = server.addr;
  return {
    url: `http://${hostname}:${port}/${token}/mcp`,
    close: async () => {
      await Promise.all([handler.close(), sessions.close()]);
      await server.shutdown();
    },
  };
}

const LOOPBACK: ReadonlySet<string> = new Set(["127.0.0.1", "localhost"]);
const MAX_BODY_BYTES = 2 * 1024 * 1024;
const MAX_AT_ONCE = 32;

function failed(status: number): Response {
  return new Response(null, { status });
}

function knowsToken(request: Request, token: string): boolean {
  const { pathname } = new URL(request.url);
  const bearer = /^Bearer ([^\s]{1,200})$/.exec(request.headers.get("authorization") ?? "");
  if (bearer !== null && pathname === "/mcp") return sameText(bearer[1], token);
  const [, given, rest] = pathname.split("/", 3);
  return rest === "mcp" && sameText(given, token);
}
