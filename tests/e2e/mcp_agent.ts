/** An agent's program as a client of `crosstown mcp` on its standard streams. */
import assert from "node:assert/strict";
import { started } from "../program.ts";

const ROOT = new URL("../../", import.meta.url);

/** A message of the protocol. */
export interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly code: number; readonly message: string };
}

/** An MCP client that writes its lines itself, so that it sends exactly what is written here. */
export class Agent implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #waiting = new Map<number, (message: Message) => void>();
  readonly notes: Message[] = [];
  /** What each request says of the client, as in the revision 2026-07-28. By default the client says it once, with `hello`. */
  envelope: Record<string, unknown> = {};
  #id = 0;
  /** Answers the questions of the server; by default it declines everything. */
  answers: (message: Message) => unknown = () => ({ action: "decline" });

  constructor(args: readonly string[]) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: started(["mcp", ...args]),
      cwd: ROOT.pathname,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    void this.#read();
  }

  async #read() {
    let rest = "";
    for await (const text of this.#child.stdout.pipeThrough(new TextDecoderStream())) {
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const message = JSON.parse(line) as Message;
        const waiting = this.#waiting.get(message.id ?? -1);
        if (message.method !== undefined && message.id !== undefined) {
          await this.#send({ id: message.id, result: this.answers(message) });
        } else if (waiting === undefined) this.notes.push(message);
        else waiting(message);
      }
    }
  }

  #send(message: Record<string, unknown>) {
    return this.#writer.write(
      new TextEncoder().encode(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`),
    );
  }

  async request(method: string, params: Record<string, unknown>): Promise<Message> {
    const id = 1_000 + ++this.#id;
    const answer = new Promise<Message>((resolve) => this.#waiting.set(id, resolve));
    const _meta = { ...this.envelope, ...(params._meta ?? {}) };
    await this.#send({ id, method, params: { ...params, _meta } });
    return await answer;
  }

  async hello(capabilities: Record<string, unknown> = {}) {
    const { result } = await this.request("initialize", {
      protocolVersion: "2025-11-25",
      capabilities,
      clientInfo: { name: "test", version: "1" },
    });
    await this.#send({ method: "notifications/initialized" });
    return result!;
  }

  /** The document of a tool, and whether it is an error. */
  async tool(name: string, given: Record<string, unknown>) {
    const { result, error } = await this.request("tools/call", {
      name,
      arguments: given,
      _meta: { progressToken: `p${this.#id}` },
    });
    const [{ text }] = (result?.content ?? [{ text: "" }]) as [{ text: string }];
    const document = (result?.structuredContent ?? {}) as Record<string, unknown>;
    const { code = null } = (document.error ?? {}) as { code?: string };
    return { isError: error !== undefined || result?.isError === true, document, code, text };
  }

  async [Symbol.asyncDispose]() {
    await this.#writer.close().catch(() => undefined);
    assert.equal((await this.#child.status).code, 0, "it ends when its client goes away");
  }
}
