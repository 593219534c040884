import assert from "node:assert/strict";
import { formatProfile } from "../../../config/profiles.ts";
import { BASE_SEPOLIA } from "../../../config/base_sepolia.ts";
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
    assert.match(
      await Deno.readTextFile(file),
      new RegExp(`^\\[relays\\]\nbase-sepolia = "${url}/?"$`, "m"),
    );
    assert.equal((await Deno.stat(file)).mode! & 0o777, 0o600);
    const watched = await crosstown("relay", "watch", "--changes", "1", "--output", "json");
    assert.equal(JSON.parse(watched.out).state, "connected");

    for (
      const { mode, lines } of [
        { mode: "json", lines: [/^\{.*"state":"connected".*\}$/, /^\{.*"state":"offline".*\}$/] },
        {
          mode: "csv",
          lines: [/^relay_url,state,since,reason,latency_ms$/, /,connected,/, /,offline,/],
        },
      ]
    ) {
      const shown = await emptyRelay({ name: "here" });
      assert.equal(
        (await crosstown("relay", "connect", `ws://127.0.0.1:${shown.port}`)).code,
        0,
      );
      io.out = "";
      const changes = run(
        ["relay", "watch", "--changes", "2", "--every", "1", "--output", mode],
        { io },
      );
      await io.until("connected");
      await shown[Symbol.asyncDispose]();
      const { out } = await changes;
      const printed = out.trimEnd().split(/\r?\n/);
      assert.equal(printed.length, lines.length, out);
      for (const [i, line] of lines.entries()) assert.match(printed[i], line);
    }
    assert.equal((await crosstown("relay", "connect", url)).code, 0);

    await relay[Symbol.asyncDispose]();
    const gone = await crosstown("relay", "watch", "--changes", "1");
    assert.match(gone.out, /offline since/);
    const refused = await crosstown("relay", "connect", "ws://127.0.0.1:1");
    assert.equal(refused.code, 1);
    assert.match(await Deno.readTextFile(file), new RegExp(`${relay.port}`));

    const stands = await Deno.readTextFile(file);
    const dry = await crosstown("relay", "disconnect", "--dry-run");
    assert.equal(dry.code, 0, dry.err);
    assert.equal(await Deno.readTextFile(file), stands);
    assert.equal((await crosstown("relay", "disconnect")).code, 0);
    assert.equal(await Deno.readTextFile(file), before);
  } finally {
    await Deno.remove(home, { recursive: true });
  }
});

Deno.test("relay connect --network sets the relay of that network and of no other", async () => {
  const home = await Deno.makeTempDir({ prefix: "crosstown-home-" });
  const io = new MemoryIo();
  io.variables = { GASTOWN_HOME: home, HOME: home };
  const dev = { ...BASE_SEPOLIA, name: "dev", relayUrl: "ws://127.0.0.1:7100" };
  await Deno.mkdir(`${home}/dev`, { mode: 0o700 });
  await Deno.writeTextFile(`${home}/dev/profile.toml`, formatProfile(dev), { mode: 0o600 });
  const club = '[networks.club]\nwrite = "nostr"\nrelay_url = "wss://club.example"\n';
  await Deno.writeTextFile(`${home}/crosstown.toml`, club, { mode: 0o600 });
  const crosstown = async (...args: string[]) => {
    io.out = io.err = "";
    return await run([...args, "--output", "json"], { io });
  };
  const relays = async () => {
    const all: Record<string, string> = {};
    for (const name of ["dev", "base-sepolia", "club"]) {
      const { out } = await crosstown("config", "--network", name);
      const { values } = JSON.parse(out) as { values: { key: string; value: string }[] };
      all[name] = new URL(values.find(({ key }) => key === "relay")!.value).host;
    }
    return all;
  };
  try {
    await using relay = await emptyRelay({ name: "here" });
    const before = await relays();
    const url = `ws://127.0.0.1:${relay.port}`;
    const connected = await crosstown("relay", "connect", url, "--network", "base-sepolia");
    assert.equal(connected.code, 0, connected.out);
    assert.deepEqual(await relays(), { ...before, "base-sepolia": `127.0.0.1:${relay.port}` });

    for (const words of [["connect", url], ["disconnect"]]) {
      const refused = await crosstown("relay", ...words);
      assert.equal(refused.code, 1);
      assert.equal(JSON.parse(refused.out).error.code, "own_relay");
    }
    assert.equal((await crosstown("relay", "disconnect", "--network", "base-sepolia")).code, 0);
    assert.deepEqual(await relays(), before);
    assert.equal(await Deno.readTextFile(`${home}/crosstown.toml`), club);
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
