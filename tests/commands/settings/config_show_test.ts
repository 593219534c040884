/** What `crosstown config` shows. */
import assert from "node:assert/strict";
import { home } from "../configured_home.ts";
import { run } from "../memory_io.ts";

Deno.test("config shows each value, where it came from, and the network's banner", async () => {
  await using dir = await home("[jobs]\ntimeout_s = 60\n");
  dir.io.variables.CROSSTOWN_RELAY_URL = "wss://env.example.org";
  const { code, out } = await run(["config", "--mayor", "m2"], { io: dir.io });
  assert.equal(code, 0);
  assert.match(out, /^TESTNET base-sepolia/);
  assert.match(out, /^mayor +m2 +\(--mayor\)$/m);
  assert.match(out, /^relay +wss:\/\/env\.example\.org\/? +\(CROSSTOWN_RELAY_URL\)$/m);
  assert.match(out, /^jobs\.timeout_s +60 +\(.+crosstown\.toml\)$/m);
});

Deno.test("config prints JSON and CSV of the same values and hides secrets", async () => {
  await using dir = await home();
  const key = "ab".repeat(32);
  dir.io.variables.GASTOWN_WALLET_PRIVATE_KEY = key;
  dir.io.variables.GASTOWN_ALLOW_UNENCRYPTED_KEYS = "true";
  const json = (await run(["config", "--output", "json"], { io: dir.io })).out;
  const { values, testnet } = JSON.parse(json);
  assert.equal(testnet, true);
  dir.io.out = "";
  const csv = (await run(["config", "--output", "csv"], { io: dir.io })).out;
  assert.equal(csv.split("\r\n")[0], "key,value,source,in_force");
  assert.equal(csv.split("\r\n").length - 2, values.length);
  assert.ok(!json.includes(key) && !csv.includes(key));
});

Deno.test("config exits 2 on an unknown key, with the key that was meant", async () => {
  await using dir = await home('relai = "wss://x.example.org"\n');
  const { code, out } = await run(["config", "--output", "json"], { io: dir.io });
  assert.equal(code, 2);
  assert.match(JSON.parse(out).error.suggestion, /relay/);
});
