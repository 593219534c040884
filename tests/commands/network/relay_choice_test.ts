import assert from "node:assert/strict";
import { MemoryIo, run } from "../memory_io.ts";
import { emptyRelay } from "../peers.ts";

Deno.test("relay connect uses a relay that answers, watch shows when it goes, disconnect forgets it", async () => {
  const home = await Deno.makeTempDir({ prefix: "crosstown-home-" });
  const file = `${home}/crosstown.toml`;
  const before = '# mine\nnetwork = "base-sepolia"\n';
  await Deno.writeTextFile(file, before, { mode: 0o600 });
  const io = new MemoryIo();
  io.variables = { GASTOWN_HOME: home, HOME: home };
  const crosstown = async (...args: string[]) => {
    io.out = "";
    return await run(args, { io });
  };
  try {
    const relay = await emptyRelay({ name: "here" });
    const url = `ws://127.0.0.1:${relay.port}`;
    const connected = await crosstown("relay", "connect", url);
    assert.equal(connected.code, 0, connected.err);
    assert.match(connected.out, /^TESTNET base-sepolia/);
    assert.match(await Deno.readTextFile(file), new RegExp(`^relay = "${url}/?"$`, "m"));
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
    const watched = await crosstown("relay", "watch", "--changes", "1", "--output", "json");
    assert.equal(JSON.parse(watched.out).state, "connected");

    await relay[Symbol.asyncDispose]();
    const gone = await crosstown("relay", "watch", "--changes", "1");
    assert.match(gone.out, /offline since/);
    const refused = await crosstown("relay", "connect", "ws://127.0.0.1:1");
    assert.equal(refused.code, 1);
    assert.match(await Deno.readTextFile(file), new RegExp(`${relay.port}`));

    assert.equal((await crosstown("relay", "disconnect")).code, 0);
    assert.equal(await Deno.readTextFile(file), before);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("export is payments export under a shorter name", async () => {
  const home = await Deno.makeTempDir({ prefix: "crosstown-home-" });
  const io = new MemoryIo();
  io.variables = { GASTOWN_HOME: home, HOME: home };
  try {
    const long = await run(["payments", "export"], { io });
    const text = long.out;
    io.out = "";
    const short = await run(["export"], { io });
    assert.equal(short.code, 0, short.err);
    assert.equal(short.out, text);
    assert.match(short.out, /^seq,time,type/);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});
