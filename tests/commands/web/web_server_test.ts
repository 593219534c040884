import assert from "node:assert/strict";
import { serveWeb } from "../../../commands/web/web_server.ts";
import type { WebView } from "../../../commands/web/web_screens.ts";

const TOKEN = "0123456789abcdef0123456789abcdef";

/** A server whose screens record their requests; it accepts `room` browsers. */
function served(room = 1) {
  const asked: WebView[] = [];
  const server = serveWeb(0, TOKEN, {
    open(view) {
      asked.push(view);
      if (room-- <= 0) return null;
      return new ReadableStream({ start: (controller) => controller.enqueue("[]") });
    },
  });
  return { asked, server, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

/** The status line and headers of an answer; fetch() chooses Host and Origin itself. */
async function raw(url: string, lines: readonly string[]): Promise<string> {
  using connection = await Deno.connect({ hostname: "127.0.0.1", port: Number(new URL(url).port) });
  await connection.write(new TextEncoder().encode(`${lines.join("\r\n")}\r\n\r\n`));
  const buffer = new Uint8Array(4_096);
  const length = await connection.read(buffer) ?? 0;
  return new TextDecoder().decode(buffer.subarray(0, length)).split("\r\n\r\n")[0];
}

Deno.test("serveWeb() gives its files below the token, each with a policy that lets no inline script run", async () => {
  await using web = served();
  const { url } = web.server;
  for (
    const [name, type] of [["", "text/html"], ["dashboard.js", "text/javascript"], [
      "dashboard.css",
      "text/css",
    ]]
  ) {
    const answer = await fetch(`${url}${name}`);
    const text = await answer.text();
    assert.equal(answer.status, 200, name);
    assert.ok(answer.headers.get("content-type")!.startsWith(type));
    const policy = answer.headers.get("content-security-policy")!;
    assert.match(policy, /default-src 'none'; script-src 'self';/);
    assert.ok(!policy.includes("unsafe"));
    assert.equal(answer.headers.get("referrer-policy"), "no-referrer");
    assert.equal(answer.headers.get("cache-control"), "no-store");
    if (name === "") assert.ok(!/<script>|\son\w+=|style=/.test(text), "nothing inline");
  }
});

for (
  const { name, path = `/${TOKEN}/`, method = "GET", host, origin, status } of [
    { name: "another token", path: `/${TOKEN.replace("0", "1")}/`, status: 404 },
    { name: "a part of the token", path: `/${TOKEN.slice(0, 31)}/`, status: 404 },
    { name: "no token", path: "/", status: 404 },
    { name: "a file that is none", path: `/${TOKEN}/constructor`, status: 404 },
    { name: "a deeper path", path: `/${TOKEN}/a/b`, status: 404 },
    { name: "a name that somebody gave this address", host: "evil.example", status: 403 },
    { name: "a page of another origin", origin: "http://evil.example", status: 403 },
    { name: "another port's origin", origin: "http://127.0.0.1:1", status: 403 },
    { name: "POST", method: "POST", status: 405 },
    { name: "localhost", host: "localhost", status: 200 },
  ]
) {
  Deno.test(`serveWeb() answers ${name} with ${status}`, async () => {
    await using web = served();
    const head = await raw(web.server.url, [
      `${method} ${path} HTTP/1.1`,
      `Host: ${host ?? new URL(web.server.url).host}`,
      "Connection: close",
      ...(method === "POST" ? ["Content-Length: 0"] : []),
      ...(origin === undefined ? [] : [`Origin: ${origin}`]),
    ]);
    assert.match(head, new RegExp(`^HTTP/1\\.1 ${status} `));
    assert.match(head, /content-security-policy: default-src 'none'/);
  });
}

Deno.test("serveWeb() streams frames of what was asked, within bounds, and refuses more browsers than fit", async () => {
  await using web = served();
  const { url } = web.server;
  const answer = await fetch(
    `${url}frames?columns=9999&rows=-1&choice=constructor&job=../../etc`,
  );
  assert.equal(answer.headers.get("content-type"), "text/event-stream");
  const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
  assert.equal((await reader.read()).value, "data: []\n\n");
  await reader.cancel();
  assert.deepEqual(web.asked, [{ columns: 400, rows: 40, choice: "all", jobId: null }]);
  const second = await fetch(`${url}frames`);
  await second.body?.cancel();
  assert.equal(second.status, 503);
});

Deno.test("serveWeb() says which port is taken", async () => {
  await using web = served();
  const port = Number(new URL(web.server.url).port);
  assert.throws(() => serveWeb(port, TOKEN, { open: () => null }), { code: "no_web" });
});
