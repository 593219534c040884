/** Which answers to the opening handshake a client accepts. */
import assert from "node:assert/strict";
import { upgraded, upgradeRequest } from "../../../protocols/websocket/handshake.ts";

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const HEADERS = [
  "Upgrade: websocket",
  "Connection: Upgrade",
  "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
];

function answer(headers: readonly string[], first = "HTTP/1.1 101 Switching Protocols", rest = "") {
  return new TextEncoder().encode([first, ...headers, "", rest].join("\r\n"));
}

Deno.test("upgradeRequest() names the host with its port, and no user", () => {
  const lines = upgradeRequest(new URL("ws://me:secret@relay.example:81/a%20b?c=d#e"), KEY)
    .split("\r\n");
  assert.equal(lines[0], "GET /a%20b?c=d HTTP/1.1");
  assert.ok(lines.includes("Host: relay.example:81"));
  assert.ok(!lines.join().includes("secret"));
  assert.deepEqual(lines.slice(-2), ["", ""]);
});

Deno.test("upgraded() accepts an answer whatever the case and order of its headers", () => {
  const bytes = answer(
    [
      "date: Tue, 17 Feb 2026 12:00:00 GMT",
      "CONNECTION: keep-alive, upgrade",
      "UPGRADE:WebSocket",
      "sec-websocket-accept:   s3pPLMBiTxaQ9kYGzzhZRbK+xOo=  ",
    ],
    undefined,
    "frames",
  );
  const { date, rest } = upgraded(bytes, KEY)!;
  assert.equal(date, "Tue, 17 Feb 2026 12:00:00 GMT");
  assert.equal(new TextDecoder().decode(rest), "frames");
  // It is incomplete until its last byte.
  const head = bytes.subarray(0, bytes.length - "frames".length);
  for (let length = 0; length < head.length; length++) {
    assert.equal(upgraded(head.subarray(0, length), KEY), null);
  }
  assert.equal(upgraded(head, KEY)?.rest.length, 0);
});

Deno.test("upgraded() refuses every other answer", () => {
  const without = (name: string) => HEADERS.filter((each) => !each.startsWith(name));
  const cases: [string, RegExp, Uint8Array<ArrayBuffer>][] = [
    ["a refusal", /response: 403/, answer(HEADERS, "HTTP/1.1 403 Forbidden")],
    ["a redirect", /response: 302/, answer(["Location: ws://127.0.0.1/"], "HTTP/1.1 302 Found")],
    ["a page", /response: 200/, answer([], "HTTP/1.1 200 OK")],
    ["another protocol", /not HTTP\/1\.1/, answer(HEADERS, "SSH-2.0-OpenSSH")],
    ["HTTP/1.0", /not HTTP\/1\.1/, answer(HEADERS, "HTTP/1.0 101 Switching Protocols")],
    ["no Upgrade", /Upgrade/, answer(without("Upgrade"))],
    ["no Connection", /Upgrade/, answer(without("Connection"))],
    ["no Accept", /Accept/, answer(without("Sec"))],
    ["an answer to another key", /Accept/, answer([...without("Sec"), "Sec-WebSocket-Accept: x"])],
    ["two Accepts", /Accept/, answer([...HEADERS, HEADERS[2]])],
    [
      "compression",
      /extensions/,
      answer([...HEADERS, "Sec-WebSocket-Extensions: permessage-deflate"]),
    ],
    ["a subprotocol", /protocol/, answer([...HEADERS, "Sec-WebSocket-Protocol: x"])],
    ["a folded header", /cannot be read/, answer([...HEADERS, " more"])],
    ["a long head", /too long/, answer([...HEADERS, `X: ${"x".repeat(17_000)}`])],
  ];
  for (const [name, words, bytes] of cases) {
    assert.throws(() => upgraded(bytes, KEY), words, name);
  }
  assert.throws(() => upgraded(new Uint8Array(16_385), KEY), /too long/);
});
