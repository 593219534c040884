/** `crosstown mcp --http`: who may ask, sessions, and what is refused. */
import assert from "node:assert/strict";
import { MemoryIo, run } from "../commands/memory_io.ts";
import { temporaryFolder } from "../skills/machine.ts";

interface Served extends AsyncDisposable {
  readonly url: string;
  /** The names of its tools. */
  readonly tools: readonly string[];
  ask(body: unknown, headers?: Record<string, string>, url?: string): Promise<Response>;
}

/** The command at work for an empty home. */
async function served(...more: string[]): Promise<Served> {
  const folder = await temporaryFolder();
  const io = new MemoryIo();
  io.variables = { HOME: folder.path, GASTOWN_HOME: `${folder.path}/home` };
  const stop = new AbortController();
  const args = ["mcp", "--http", "127.0.0.1:0", "--max-total", "1", "--max-job", "0.1"];
  const ended = run([...args, ...more, "--output", "json"], { io, signal: stop.signal });
  await Promise.race([io.until("\n"), ended]);
  assert.notEqual(io.out, "", io.err);
  const { url, tools } = JSON.parse(io.out);
  return {
    url,
    tools,
    ask: (body, headers = {}, to = url) =>
      fetch(to, {
        method: "POST",
        headers: {
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
          ...headers,
        },
        body: typeof body === "string" ? body : JSON.stringify(body),
      }),
    async [Symbol.asyncDispose]() {
      stop.abort(new Error("stopped"));
      await ended;
      await folder[Symbol.asyncDispose]();
    },
  };
}

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: {
    protocolVersion: "2025-06-18",
    capabilities: {},
    clientInfo: { name: "test", version: "0" },
  },
};

Deno.test("mcp --http opens a session for a client with the token, in the path or as a bearer token, and lists its tools", async () => {
  await using mcp = await served();
  const { origin, pathname } = new URL(mcp.url);
  const [, token] = pathname.split("/");
  const bearer = { authorization: `Bearer ${token}` };
  for (const [url, headers] of [[mcp.url, {}], [`${origin}/mcp`, bearer]] as const) {
    const opened = await mcp.ask(INITIALIZE, headers, url);
    assert.equal(opened.status, 200, await opened.clone().text());
    const session = opened.headers.get("mcp-session-id")!;
    await opened.body?.cancel();
    const within = { ...headers, "mcp-session-id": session };
    const listed = await mcp.ask({ jsonrpc: "2.0", id: 2, method: "tools/list" }, within, url);
    const text = await listed.text();
    assert.ok(mcp.tools.length > 3);
    for (const name of mcp.tools) assert.ok(text.includes(`"name":"${name}"`), text);
    const closed = await fetch(url, { method: "DELETE", headers: within });
    await closed.body?.cancel();
    assert.equal(closed.status, 200);
    const gone = await mcp.ask({ jsonrpc: "2.0", id: 3, method: "tools/list" }, within, url);
    await gone.body?.cancel();
    assert.equal(gone.status, 404);
  }
});

Deno.test("mcp --http answers nobody without the token, from another origin or under another name", async () => {
  await using mcp = await served();
  const { origin, pathname } = new URL(mcp.url);
  const [, token] = pathname.split("/");
  const wrong = token.replace(/^./, (first) => first === "0" ? "1" : "0");
  for (
    const [url, headers, status] of [
      [`${origin}/mcp`, {}, 404],
      [`${origin}/${wrong}/mcp`, {}, 404],
      [`${origin}/${token.slice(1)}/mcp`, {}, 404],
      [`${origin}/${token}/other`, {}, 404],
      [`${origin}/mcp`, { authorization: `Bearer ${wrong}` }, 404],
      [`${origin}/mcp`, { authorization: `Basic ${token}` }, 404],
      [mcp.url, { origin: "http://evil.example" }, 403],
    ] as [string, Record<string, string>, number][]
  ) {
    const answer = await mcp.ask(INITIALIZE, headers, url);
    await answer.body?.cancel();
    assert.equal(answer.status, status, `${url} ${JSON.stringify(headers)}`);
    assert.equal(answer.headers.get("mcp-session-id"), null);
  }
});

Deno.test("mcp --http refuses a body that is none or too long, and works on", async () => {
  await using mcp = await served();
  for (const body of ["{", "x".repeat(3 << 20)]) {
    const answer = await mcp.ask(body);
    await answer.body?.cancel();
    assert.ok(answer.status >= 400 && answer.status < 500, `${answer.status}`);
  }
  const opened = await mcp.ask(INITIALIZE);
  await opened.body?.cancel();
  assert.equal(opened.status, 200);
});

/** A call of a tool as a client of the revision 2026-07-28 sends it. */
function callOf(name: string, given: unknown, client: Record<string, unknown>) {
  const body = {
    jsonrpc: "2.0",
    id: 1,
    method: "tools/call",
    params: {
      name,
      arguments: given,
      _meta: Object.fromEntries(
        Object.entries({ protocolVersion: REVISION, clientCapabilities: {}, ...client })
          .map(([key, value]) => [`io.modelcontextprotocol/${key}`, value]),
      ),
    },
  };
  const headers = {
    "mcp-protocol-version": REVISION,
    "mcp-method": "tools/call",
    "mcp-name": name,
  };
  return [body, headers] as const;
}

const REVISION = "2026-07-28";

// The conformance suite tests this with tools of its own example server; here it is tested with ours.
Deno.test("mcp --http asks a client for an approval only if the client can ask a person, and only in its result", async () => {
  await using mcp = await served("--ask-above", "0.001");
  const order = { type: "echo", text: "a" };
  for (const clientCapabilities of [{}, { elicitation: { url: {} } }]) {
    const refused = await mcp.ask(...callOf("submit_job", order, { clientCapabilities }));
    assert.equal(refused.status, 400);
    const { error } = await refused.json();
    assert.deepEqual([error.code, error.data], [-32021, {
      requiredCapabilities: { elicitation: { form: {} } },
    }]);
  }
  const client = { clientCapabilities: { elicitation: { form: {} } } };
  const asked = await mcp.ask(...callOf("submit_job", order, client));
  assert.equal(asked.status, 200);
  const [message, ...others] = messagesOf(await asked.text());
  assert.deepEqual(others, []);
  assert.equal(message.result?.resultType, "input_required");
  assert.deepEqual(Object.keys(message.result?.inputRequests ?? {}), ["approve"]);
});

interface Answered {
  readonly result?: { readonly resultType?: string; readonly inputRequests?: object };
}

/** The messages of an answer, which is JSON or a stream of events. */
function messagesOf(text: string): Answered[] {
  if (text.startsWith("{")) return [JSON.parse(text)];
  return text.split("\n").filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice("data: ".length)));
}

for (
  const { args, says } of [
    { args: ["--http", "0.0.0.0:0"], says: /0\.0\.0\.0 is not a loopback address/ },
    { args: ["--http", "127.0.0.1:65536"], says: /--http takes HOST:PORT/ },
    { args: ["--http", "7790"], says: /--http takes HOST:PORT/ },
    { args: ["--max-total", "21sat"], says: /--max-total must be in M2M/ },
    { args: ["--share", "/no/such/folder"], says: /there is no folder/ },
    { args: ["--passphrase-fd", "0"], says: /can be read once/ },
  ]
) {
  Deno.test(`mcp ${args.join(" ")} is refused with exit 2`, async () => {
    const io = new MemoryIo();
    io.variables = { HOME: "/nonexistent", GASTOWN_HOME: "/nonexistent/home" };
    const { code, out, err } = await run(["mcp", ...args], { io });
    assert.deepEqual([code, out], [2, ""], err);
    assert.match(err, says);
  });
}

Deno.test("mcp --ask-above asks, whatever answer a first call brings, and again for an answer to another question", async () => {
  await using mcp = await served("--ask-above", "0.01");
  const meta = "io.modelcontextprotocol/";
  const call = async (text: string, more: object) => {
    const params = {
      name: "submit_job",
      arguments: { type: "echo", text, bid: "0.1" },
      ...more,
      _meta: {
        [`${meta}protocolVersion`]: "2026-07-28",
        [`${meta}clientInfo`]: { name: "test", version: "0" },
        [`${meta}clientCapabilities`]: { elicitation: {} },
      },
    };
    const answer = await mcp.ask({ jsonrpc: "2.0", id: 1, method: "tools/call", params }, {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": "submit_job",
    });
    const [document] = /\{"(?:result|jsonrpc)".*\}/.exec(await answer.text())!;
    return JSON.parse(document).result;
  };
  const agreed = { approve: { action: "accept", content: { approve: true } } };
  const unasked = await call("x", { inputResponses: agreed });
  assert.equal(unasked.resultType, "input_required");
  const { requestState } = unasked;
  const other = await call("y", { inputResponses: agreed, requestState });
  assert.equal(other.resultType, "input_required");
  const own = await call("x", { inputResponses: agreed, requestState });
  // The person agreed. This home has no network, so it goes no further.
  assert.equal(own.isError, true);
  const again = await call("x", { inputResponses: agreed, requestState });
  assert.equal(again.resultType, "input_required");
});
