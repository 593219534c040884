/** What a job may ask its proxy, and of which hosts. */
import assert from "node:assert/strict";
import { CLOSED_RANGES, without } from "../../../base/public_address.ts";
import {
  closedRanges,
  faultOfEntry,
  isListed,
  namedLocally,
  parseTarget,
} from "../../../skills/egress/allowed_hosts.ts";
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

Deno.test("isListed() takes a star alone for every host, at ports 80 and 443 or at its own", () => {
  const asks = (list: readonly string[], text: string) => isListed(list, parseTarget(text, null)!);
  assert.deepEqual(["a.test:80", "9.9.9.9:443", "a.test:22"].map((text) => asks(["*"], text)), [
    true,
    true,
    false,
  ]);
  assert.deepEqual([asks(["*:22"], "a.test:22"), asks(["*:22"], "a.test:80")], [true, false]);
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

Deno.test("namedLocally() gives an address of this machine or its network only to an entry that names exactly it", () => {
  const list = ["*", "localhost:11434", "192.168.1.5:80", "[fd00::1]:80", "9.9.9.9", "*.a.test"];
  const asks = (text: string) => namedLocally(list, parseTarget(text, null)!);
  assert.deepEqual(asks("LOCALHOST:11434"), ["127.0.0.1", "::1"]);
  assert.deepEqual(asks("192.168.1.5:80"), ["192.168.1.5"]);
  assert.deepEqual(asks("[fd00::1]:80"), ["fd00::1"]);
  for (
    const text of [
      "localhost:80",
      "x.localhost:80",
      "127.0.0.1:11434",
      "[::1]:11434",
      "192.168.1.5:443",
      "192.168.1.6:80",
      "[fd00:0:0:0:0:0:0:1]:80",
      "[::ffff:192.168.1.5]:80",
      "9.9.9.9:80",
      "192.168.1.5.a.test:80",
      "169.254.169.254:80",
    ]
  ) {
    assert.equal(asks(text), null, text);
  }
});

Deno.test("faultOfEntry() refuses entries that the proxy could not hold, and addresses that nobody should reach", () => {
  for (
    const entry of [
      ...["a.test", "*.a.test:81", "9.9.9.9", "*", "*:8443", "localhost:80", "x.localhost"],
      ...["10.0.0.1:80", "127.0.0.1", "169.254.1.1:80", "[::1]:80", "[fd00::1]", "[2606::1]:80"],
    ]
  ) {
    assert.equal(faultOfEntry(entry), null, entry);
  }
  const invalid = [
    "",
    "2130706433",
    "127.1:80",
    "a.test:0",
    "a.test:70000",
    "*:70000",
    "*.",
    "a.",
    "a,b",
  ];
  for (const entry of invalid) assert.match(faultOfEntry(entry)!, /^is not a host/, entry);
  for (const entry of ["*.localhost", "*.127.0.0.1", "*.9.9.9.9", "*.x.localhost:80"]) {
    assert.match(faultOfEntry(entry)!, /^has a wildcard/, entry);
  }
  const never = ["0.0.0.0:80", "224.0.0.1", "255.255.255.255", "[::]:80", "[ff02::1]", "[fe80::1]"];
  for (const entry of [...never, "[::ffff:127.0.0.1]:80", "[64:ff9b::7f00:1]"]) {
    assert.match(faultOfEntry(entry)!, /may never reach/, entry);
  }
});

Deno.test("closedRanges() leaves out exactly the addresses that the list names", () => {
  assert.deepEqual(closedRanges(["a.test", "*"]), [...CLOSED_RANGES, "[::1]"]);
  const ranges = closedRanges(["localhost:80", "10.1.2.3:80"]);
  assert.ok(!ranges.includes("[::1]"));
  const isClosed = (address: string) =>
    ranges.some((range) => without(range, address)[0] !== range);
  assert.deepEqual(["127.0.0.1", "10.1.2.3"].map(isClosed), [false, false]);
  for (
    const near of ["127.0.0.0", "127.0.0.2", "127.255.255.255", "10.1.2.2", "10.1.2.4", "10.0.0.0"]
  ) {
    assert.equal(isClosed(near), true, near);
  }
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
