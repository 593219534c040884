/** One connection of a job to its proxy, with a server of this machine as its other side. */
import assert from "node:assert/strict";
import { serveConnection } from "../../../skills/egress/connection.ts";
import { RequestRefusal } from "../../../skills/egress/request_head.ts";

const HOSTNAME = "127.0.0.1";
const BODY = "x".repeat(100);

/** What a client gets that sends `head`, where `allowed` bytes may come in and the server answers `answer` and waits for more. */
async function answerTo(head: string, answer: string, allowed: number): Promise<string> {
  using server = Deno.listen({ hostname: HOSTNAME, port: 0 });
  using proxy = Deno.listen({ hostname: HOSTNAME, port: 0 });
  const served = server.accept().then(async (conn) => {
    await conn.write(new TextEncoder().encode(answer));
    await new Response(conn.readable).text().catch(() => undefined);
  });
  let bytesIn = 0;
  const run = proxy.accept().then((client) =>
    serveConnection(client, {
      open: () => Deno.connect({ hostname: HOSTNAME, port: server.addr.port }),
      count: (direction, bytes) => {
        if (direction === "out") return;
        if (bytesIn + bytes > allowed) throw new RequestRefusal(403, "the job has used its bytes");
        bytesIn += bytes;
      },
      times: { headMs: 120_000, idleMs: 120_000 },
    })
  );
  const client = await Deno.connect({ hostname: HOSTNAME, port: proxy.addr.port });
  await client.write(new TextEncoder().encode(head));
  const text = await new Response(client.readable).text();
  await Promise.all([served, run]);
  return text;
}

Deno.test("serveConnection() answers with the reason why an answer is refused", async () => {
  const answer = `HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n${BODY}`;
  const text = await answerTo("GET http://a.test/ HTTP/1.1\r\n\r\n", answer, 0);
  assert.match(text, /^HTTP\/1\.1 403 Refused\r\n[^]*crosstown: the job has used its bytes\n$/);
});

Deno.test("serveConnection() writes no error of its own into a tunnel when its bytes are used up", async () => {
  const text = await answerTo("CONNECT a.test:443 HTTP/1.1\r\n\r\n", BODY, 50);
  assert.equal(text, "HTTP/1.1 200 Connection established\r\n\r\n");
});

Deno.test("serveConnection() writes no error of its own into a body, where it would look like the body's end", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n";
  const text = await answerTo(
    "GET http://a.test/ HTTP/1.1\r\n\r\n",
    head + "x".repeat(200_000),
    199_000,
  );
  assert.equal(text.slice(0, head.length), head);
  assert.equal(text.slice(head.length).replaceAll("x", ""), "");
});
