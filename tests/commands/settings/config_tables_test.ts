/** `crosstown config get` of keys under `[networks.NAME]` and `[connectors.NETWORK.NAME]`. */
import assert from "node:assert/strict";
import { MemoryIo, run } from "../memory_io.ts";

const FILE = `[networks.club]
write = "nostr"
relay_url = "wss://relay.example"
more_relays = ["wss://b.example", "wss://c.example"]
[networks.club.connector_auth]
username = "me"
token = "the secret"
[connectors.dev.east]
url = "btp+wss://east.example"
peer_address = "0x${"6".repeat(40)}"
[relays]
base-sepolia = "wss://own.example"
`;

Deno.test("config get prints a key of a network, a connector or a relay of the file, and no secret", async () => {
  const path = await Deno.makeTempDir({ prefix: "ct-" });
  try {
    await Deno.writeTextFile(`${path}/crosstown.toml`, FILE, { mode: 0o600 });
    const get = async (...args: string[]) => {
      const io = new MemoryIo();
      io.variables = { GASTOWN_HOME: path, HOME: path };
      return await run(["config", ...args], { io });
    };
    for (
      const [key, value] of [
        ["networks.club.relay_url", "wss://relay.example"],
        ["networks.club.more_relays", "wss://b.example,wss://c.example"],
        ["networks.club.connector_auth.username", "me"],
        ["networks.club.connector_auth.token", "(hidden)"],
        ["connectors.dev.east.url", "btp+wss://east.example"],
        ["relays.base-sepolia", "wss://own.example"],
      ]
    ) {
      const { out, code } = await get("get", key, "--output", "json");
      assert.equal(code, 0, key);
      const document = JSON.parse(out);
      assert.deepEqual([document.value, document.source], [value, `${path}/crosstown.toml`]);
    }
    for (
      const [key, why] of [
        ["networks.club", /there is no setting .*\n.*config list/],
        ["networks.club.wir", /there is no setting .*\n.*did you mean 'networks.club.wire'/],
        ["networks.club.wire", /is not set in .*\n.*config set networks.club.wire interledger/],
        [
          "networks.other.relay_url",
          /is not set in .*\n.*config set networks.other.relay_url wss:/,
        ],
        ["networks.club.more_relays.x", /there is no setting/],
      ] as const
    ) {
      const { code, err } = await get("get", key);
      assert.equal(code, 2, key);
      assert.match(err, why);
    }
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});
