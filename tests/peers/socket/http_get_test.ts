/** Documents of real HTTP servers, and of one that lies. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { httpGet } from "../../../peers/socket/http_get.ts";
import { until } from "../../until.ts";

const OPTIONS = { accept: "application/nostr+json", maxBytes: 1_000 };
const never = new AbortController().signal;

const get = (port: number, path = "/", signal = never) =>
  httpGet(new URL(`http://127.0.0.1:${port}${path}`), OPTIONS, signal)
    .then((bytes) => bytes && new TextDecoder().decode(bytes));

/** A server that sends these bytes, whatever it is asked, and then ends the connection, if it is told to. */
function rawServer(answer: string, ends = true) {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const asked: string[] = [];
  const open: Deno.Conn[] = [];
  const serving = (async () => {
    for await (const connection of listener) {
      const buffer = new Uint8Array(4_096);
      const count = await connection.read(buffer) ?? 0;
      asked.push(new TextDecoder().decode(buffer.subarray(0, count)));
      await connection.write(new TextEncoder().encode(answer)).catch(() => {});
      if (ends) connection.close();
      else open.push(connection);
    }
  })();
  return {
    ...{ asked, port: (listener.addr as Deno.NetAddr).port },
    async [Symbol.asyncDispose]() {
      listener.close();
      for (const connection of open) connection.close();
      await serving;
    },
  };
}

Deno.test("httpGet() reads a document of Deno's server, with its path and media type, whole or in chunks", async () => {
  const seen: string[] = [];
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    const { pathname, search } = new URL(request.url);
    const { headers } = request;
    seen.push(`${pathname}${search} ${headers.get("accept")} ${headers.get("accept-encoding")}`);
    if (pathname === "/missing") return new Response("none", { status: 404 });
    if (pathname === "/away") return Response.redirect("http://127.0.0.1:1/");
    const text = "x".repeat(pathname === "/large" ? 1_001 : 1_000);
    const half = new TextEncoder().encode(text.slice(0, 500));
    return search !== "?chunks" ? new Response(text) : new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(half);
          controller.enqueue(half);
          controller.close();
        },
      }),
    );
  });
  const { port } = server.addr;
  try {
    assert.equal((await get(port))?.length, 1_000);
    assert.equal((await get(port, "/a%20b?chunks"))?.length, 1_000);
    assert.equal(await get(port, "/missing"), null);
    assert.equal(await get(port, "/away"), null);
    await assert.rejects(get(port, "/large"), /larger than 1000/);
    assert.deepEqual(seen.slice(0, 2), [
      "/ application/nostr+json identity",
      "/a%20b?chunks application/nostr+json identity",
    ]);
  } finally {
    await server.shutdown();
  }
});

Deno.test("httpGet() reads a document of Node's server, also after an interim answer", async () => {
  const server = createServer((_request, response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload" });
    response.write("{");
    response.end("}");
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
  try {
    assert.equal(await get((server.address() as AddressInfo).port), "{}");
  } finally {
    server.close();
  }
});

Deno.test("httpGet() gives up on answers that lie", async () => {
  for (
    const [answer, expected] of [
      ["", /ended before/],
      ["HTTP/1.1 200 OK\r\nContent-Le", /ended before/],
      ["HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort", /ended before/],
      ["HTTP/1.1 200 OK\r\nContent-Length: 99999\r\n\r\n", /larger than/],
      ["HTTP/1.1 101 Switching Protocols\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", /does not end/],
      ["HTTP/1.1 102 Processing\r\n\r\n".repeat(9) + "HTTP/1.1 200 OK\r\n\r\n", /does not end/],
      [`HTTP/1.1 200 OK\r\n${"a: b\r\n".repeat(4_000)}\r\n`, /too long/],
      ["SSH-2.0-OpenSSH_9.2\r\n\r\n", /not HTTP/],
    ] as const
  ) {
    await using server = rawServer(answer);
    await assert.rejects(get(server.port), expected, answer.slice(0, 60));
  }
});

Deno.test("httpGet() ends with its signal, while a server says nothing or does not end", async () => {
  for (const answer of ["", "HTTP/1.1 200 OK\r\n\r\nbeginning"]) {
    await using server = rawServer(answer, false);
    const cut = new AbortController();
    let isOver = false;
    const got = get(server.port, "/", cut.signal).finally(() => isOver = true);
    got.catch(() => {});
    await until(() => server.asked.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(isOver, false);
    cut.abort();
    await assert.rejects(got);
  }
  await assert.rejects(get(1, "/", AbortSignal.abort()));
  await assert.rejects(httpGet(new URL("ftp://127.0.0.1/"), OPTIONS, never), /not an HTTP address/);
});
