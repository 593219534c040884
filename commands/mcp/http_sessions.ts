/**
 * Clients that speak MCP as of 2025 keep a session over HTTP: the server asks them back over it, for example whether a job may be
 * bought. Sessions of later revisions are single requests.
 *
 * At most 32 at once: a new one ends the one that was silent the longest.
 *
 * @module
 */
import {
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";

/** See the module. */
export class HttpSessions {
  readonly #makeServer: () => McpServer;
  readonly #maxRequestBodySize: number;
  /** The one that was silent the longest first. */
  readonly #open = new Map<string, WebStandardStreamableHTTPServerTransport>();

  /** Holds nothing before the first request. */
  constructor(makeServer: () => McpServer, maxRequestBodySize: number) {
    this.#makeServer = makeServer;
    this.#maxRequestBodySize = maxRequestBodySize;
  }

  /** Serves a request of a session, or one that opens a session. */
  async fetch(request: Request): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    if (id === null) return await (await this.#begin()).handleRequest(request);
    const session = this.#open.get(id);
    // The client opens a new one then.
    if (session === undefined) return new Response(null, { status: 404 });
    this.#open.delete(id);
    this.#open.set(id, session);
    return await session.handleRequest(request);
  }

  /** Ends every session. */
  async close(): Promise<void> {
    const sessions = [...this.#open.values()];
    this.#open.clear();
    await Promise.all(sessions.map((session) => session.close()));
  }

  /** A session counts from its first valid request on. */
  async #begin(): Promise<WebStandardStreamableHTTPServerTransport> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: () => crypto.randomUUID(),
      maxRequestBodySize: this.#maxRequestBodySize,
      onsessioninitialized: async (id) => {
        this.#open.set(id, transport);
        const [oldest] = this.#open.keys();
        if (this.#open.size <= MAX_SESSIONS) return;
        const session = this.#open.get(oldest);
        this.#open.delete(oldest);
        await session?.close();
      },
      onsessionclosed: (id) => void this.#open.delete(id),
    });
    await this.#makeServer().connect(transport);
    return transport;
  }
}

/** As many clients at once; each holds one server in memory. */
const MAX_SESSIONS = 32;
