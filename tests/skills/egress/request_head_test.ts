/** What a job may ask its proxy, and of which hosts. */
import assert from "node:assert/strict";
import { isListed, namesOwnNetwork, parseTarget } from "../../../skills/egress/allowed_hosts.ts";
import { parseRequestHead, RequestRefusal } from "../../../skills/egress/request_head.ts";

const head = (...lines: string[]) => new TextEncoder().encode(lines.join("\r\n"));
const words = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

Deno.test("parseTarget() accepts only plain names and addresses", () => {
  assert.deepEqual(parseTarget("API.Example.com:8443", null), {
    host: "api.example.com",
    port: 8443,
  });
  assert.deepEqual(parseTarget("[2606:4700::1]", 443), { host: "2606:4700::1", port: 443 });
  assert.deepEqual(parseTarget("9.9.9.9:1", null), { host: "9.9.9.9", port: 1 });
  const refused = [
    ...[
      "a.test",
      "a.test:0",
      "a.test:080",
      "a.test:65536",
      "a.test:+80",
      "a.test:80:81",
      "a.test.:80",
    ],
    ...[
      "u@a.test:80",
      "a b:80",
      "0x7f.1:80",
      "127.1:80",
      "2130706433:80",
      "1.2.3.4.5:80",
      "a..test:80",
    ],
    ...[
      "-a.test:80",
      "a-.test:80",
      "[127.0.0.1]:80",
      "[::1%lo]:80",
      "::1:80",
      "ä.test:80",
      `${"a".repeat(64)}.test:80`,
      ":80",
      "",
    ],
  ];
  for (const text of refused) assert.equal(parseTarget(text, null), null, text);
});

Deno.test("isListed() compares host and port, and a star stands for names below", () => {
  const list = ["a.test", "b.test:8080", "*.c.test", "9.9.9.9:53"];
  const asks = (text: string) => isListed(list, parseTarget(text, null)!);
  for (
    const text of [
      "a.test:80",
      "A.test:443",
      "b.test:8080",
      "x.c.test:443",
      "y.x.c.test:80",
      "9.9.9.9:53",
    ]
  ) {
    assert.equal(asks(text), true, text);
  }
  for (
    const text of [
      "a.test:22",
      "x.a.test:80",
      "b.test:443",
      "c.test:443",
      "xc.test:443",
      "x.c.test:22",
      "9.9.9.9:443",
    ]
  ) {
    assert.equal(asks(text), false, text);
  }
});

Deno.test("namesOwnNetwork() finds hosts that the proxy never reaches", () => {
  for (
    const entry of [
      "127.0.0.1:11434",
      "localhost",
      "x.localhost:80",
      "10.0.0.1",
      "[::1]:80",
      "[fd00::1]",
      "*",
    ]
  ) {
    assert.equal(namesOwnNetwork(["a.test", entry]), true, entry);
  }
  assert.equal(namesOwnNetwork(["a.test", "*.b.test:81", "9.9.9.9"]), false);
});

Deno.test("parseRequestHead() forwards a head that it wrote itself: one host, one length, one request", () => {
  const found = parseRequestHead(head(
    "POST http://A.test:8080/p?q=1 HTTP/1.1",
    "Host: a.test:8080",
    "Connection: close, X-Hop",
    "X-Hop: 1",
    "Proxy-Authorization: Basic eA==",
    "Content-Length: 3",
    "Accept: */*",
  ));
  assert.ok(found.type === "plain");
  assert.equal(
    words(found.head),
    "POST /p?q=1 HTTP/1.1\r\nHost: a.test:8080\r\nContent-Length: 3\r\nAccept: */*\r\nConnection: close\r\n\r\n",
  );
  assert.deepEqual([found.target, found.bodyBytes], [{ host: "a.test", port: 8080 }, 3]);
  const bare = parseRequestHead(head("GET http://a.test?x HTTP/1.0"));
  assert.ok(bare.type === "plain");
  assert.match(
    words(bare.head),
    /^GET \/\?x HTTP\/1\.1\r\nHost: a\.test\r\nConnection: close\r\n\r\n$/,
  );
  assert.deepEqual(parseRequestHead(head("CONNECT a.test:443 HTTP/1.1", "Host: whatever")), {
    type: "tunnel",
    target: { host: "a.test", port: 443 },
  });
});

for (
  const lines of [
    ["GET / HTTP/1.1", "Host: a.test"],
    ["GET https://a.test/ HTTP/1.1"],
    ["GET http://a.test/ HTTP/1.1", "Host: b.test"],
    ["GET http://a.test/ HTTP/1.1", "Host: a.test:81"],
    ["GET http://a.test/ HTTP/1.1", "Host: a.test", "Host: a.test"],
    ["GET http://a.test@b.test/ HTTP/1.1"],
    ["GET http://a.test\\@b.test/ HTTP/1.1"],
    ["GET http://a.test#@b.test/ HTTP/1.1"],
    ["GET http://a.test/x#y HTTP/1.1"],
    ["GET http://a.test/ HTTP/2"],
    ["GET http://a.test/  HTTP/1.1"],
    ["get http://a.test/ HTTP/1.1"],
    ["GET http://a.test/ HTTP/1.1", "X : y"],
    ["GET http://a.test/ HTTP/1.1", "X: y", " folded"],
    ["GET http://a.test/ HTTP/1.1", "X: y\nHost: b.test"],
    ["GET http://a.test/ HTTP/1.1", "X: y\rHost: b.test"],
    ["GET http://a.test/ HTTP/1.1", "X: \0"],
    ["POST http://a.test/ HTTP/1.1", "Transfer-Encoding: chunked"],
    ["POST http://a.test/ HTTP/1.1", "Content-Length: 1", "Content-Length: 1"],
    ["POST http://a.test/ HTTP/1.1", "Content-Length: +1"],
    ["POST http://a.test/ HTTP/1.1", "Content-Length: 0x1"],
    ["POST http://a.test/ HTTP/1.1", "Content-Length: 1, 1"],
    ["CONNECT a.test HTTP/1.1"],
    ["CONNECT http://a.test:443 HTTP/1.1"],
    [""],
  ]
) {
  Deno.test(`parseRequestHead() refuses ${JSON.stringify(lines)}`, () => {
    assert.throws(() => parseRequestHead(head(...lines)), RequestRefusal);
  });
}
