/**
 * A minimal client of `crosstown mcp`: each message is a line of JSON-RPC. An agent's program has its own client; in
 * TypeScript that is `@modelcontextprotocol/client`.
 *
 * @module
 */
import { crosstown, documents } from "./crosstown.ts";

/** The output of a tool: its document, or `{"error":{...}}`. */
export interface Called {
  // deno-lint-ignore no-explicit-any -- each tool gives the document of its command
  readonly document: any;
  readonly isError: boolean;
}

/** A running server. When it is disposed, the server ends; a job that was bought continues. */
export interface ToolServer extends AsyncDisposable {
  call(tool: string, given: Record<string, unknown>): Promise<Called>;
}

/** A message of the server, as far as it is used here. */
interface Message {
  readonly id?: number;
  readonly result?: { readonly structuredContent?: unknown; readonly isError?: boolean };
  readonly error?: { readonly message: string };
}

/** Starts `crosstown mcp ARGS`. Throws the server's error for a call that it does not understand. */
export async function toolServer(args: readonly string[]): Promise<ToolServer> {
  const child = crosstown(["mcp", ...args], { stdin: "piped", stdout: "piped" }).spawn();
  const messages = documents<Message>(child.stdout);
  const writer = child.stdin.getWriter();
  const send = (message: Record<string, unknown>) =>
    writer.write(new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`));
  let id = 0;
  const request = async (method: string, params: Record<string, unknown>) => {
    await send({ id: ++id, method, params });
    for (;;) {
      const { value, done } = await messages.next();
      if (done) throw new Error("the server ended");
      if (value.id !== id) continue; // a note of progress
      if (value.error !== undefined) throw new Error(value.error.message);
      return value.result ?? {};
    }
  };
  const clientInfo = { name: "example", version: "1" };
  await request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
  await send({ method: "notifications/initialized" });
  return {
    async call(name, given) {
      const { structuredContent, isError = false } = await request("tools/call", {
        name,
        arguments: given,
      });
      return { document: structuredContent, isError };
    },
    async [Symbol.asyncDispose]() {
      await writer.close();
      await child.status;
    },
  };
}
