/**
 * Sessions over HTTP for clients of MCP's 2025 revisions. The server uses the session to ask the client back, e.g. whether a job may be
 * bought. Clients of later revisions send single requests.
 *
 * At most 32 sessions exist. A new one ends the session that was idle longest.
 *
 * @module
 */
import {
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";

/** The open sessions. See the module. */
export class HttpSessions {
  readonly #makeServer: () => McpServer;
  readonly #maxRequestBodySize: number;
  /** Ordered by last use, the longest idle first. */
  readonly #open = new Map<string, WebStandardStreamableHTTPServerTransport>();

  /** Holds no session before the first request. */
  constructor(makeServer: () => McpServer, maxRequestBodySize: number) {
    this.#makeServer = makeServer;
    this.#maxRequestBodySize = maxRequestBodySize;
  }

  /** Serves a request of a session, or a request that opens one. */
  async fetch(request: Request): Promise<Response> {
    const id = request.headers.get("mcp-session-id");
    if (id === null) return await (await this.#begin()).handleRequest(request);
    const session = this.#open.get(id);
    // A client without a valid session opens a new one.
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

  /** Opens a session, which is stored after its first valid request. */
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

/** The most sessions at once. Each holds one server in memory. */
const MAX_SESSIONS = 32;
