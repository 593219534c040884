/** Host and port of an address, as a `net` permission names them. */
import assert from "node:assert/strict";
import { hostAndPort, hostOfUrl } from "../../base/urls.ts";

for (
  const [url, host] of [
    ["wss://relay.example", "relay.example:443"],
    ["ws://127.0.0.1:7777/path", "127.0.0.1:7777"],
    ["ws://localhost", "localhost:80"],
    ["btp+wss://connector.example", "connector.example:443"],
    ["btp+ws://127.0.0.1:3000", "127.0.0.1:3000"],
    ["https://rpc.example/key", "rpc.example:443"],
    ["http://[::1]:8545", "[::1]:8545"],
    ["http://[::1]", "[::1]:80"],
  ]
) {
  Deno.test(`hostOfUrl() of ${url} is ${host}`, () => assert.equal(hostOfUrl(url), host));
}

Deno.test("hostAndPort() puts an IPv6 address in brackets, once", () => {
  assert.equal(hostAndPort("::1", 80), "[::1]:80");
  assert.equal(hostAndPort("[::1]", 80), "[::1]:80");
  assert.equal(hostAndPort("0.0.0.0", 0), "0.0.0.0:0");
});
