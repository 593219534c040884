import assert from "node:assert/strict";
import { RelayClient } from "./relay_client.ts";
import { event, json } from "./signed_events.ts";
import { ids, NOW_S, start, write } from "./served_relay.ts";

Deno.test("relay server keeps the newest of a replaceable event, the lower id on a tie", async () => {
  await using relay = await start();
  const at = (created_at: number, content: string) => event({ kind: 10_002, created_at, content });
  const first = at(NOW_S - 10, "first");
  await write(relay, first);
  assert.equal((await relay.write(json(at(NOW_S - 11, "older")))).code, "superseded");
  const tied = ["a", "b", "c", "d", "e", "f"].map((content) => at(NOW_S - 10, content));
  const lowest = [first, ...tied].sort((x, y) => x.id < y.id ? -1 : 1)[0]!;
  for (const each of tied) await relay.write(json(each));
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(await client.stored("s", { kinds: [10_002] }), [lowest]);
  const newer = at(NOW_S - 1, "newer");
  await write(relay, newer, event({ kind: 10_002, created_at: NOW_S - 50 }, 2));
  assert.deepEqual(ids(await client.stored("s", { kinds: [10_002] }))[0], newer.id);
});

Deno.test("relay server keeps the newest of an addressable event per d", async () => {
  await using relay = await start();
  const at = (d: string | null, created_at: number) =>
    event({ kind: 31_990, created_at, tags: d === null ? [] : [["d", d]] });
  const [a, b, none] = [at("a", NOW_S - 3), at("b", NOW_S - 2), at(null, NOW_S - 1)];
  await write(relay, at("a", NOW_S - 9), a!, b!, none!);
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(await client.stored("s", { kinds: [31_990] }), [none, b, a]);
});

Deno.test("relay server passes ephemeral events on and keeps none", async () => {
  await using relay = await start();
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(await client.stored("s", { kinds: [20_001] }), []);
  const passing = event({ kind: 20_001 });
  assert.equal((await relay.write(json(passing))).code, "broadcast");
  assert.deepEqual(await client.next(), ["EVENT", "s", passing]);
  assert.equal((await relay.write(json(passing))).code, "duplicate");
  assert.equal((await relay.write(json(event({ kind: 20_001, created_at: 5 })))).code, "expired");
  assert.deepEqual(await client.stored("t", { kinds: [20_001] }), []);
  assert.equal(relay.status().events, 0);
});

Deno.test("relay server deletes only for the author, and permanently (NIP-09)", async () => {
  await using relay = await start();
  const mine = event({ content: "mine" });
  const theirs = event({ content: "theirs" }, 2);
  const profile = event({ kind: 30_000, created_at: NOW_S - 9, tags: [["d", "x"]] });
  await write(relay, mine, theirs, profile);
  const deletion = event({
    kind: 5,
    tags: [["e", mine.id], ["e", theirs.id], ["a", `30000:${mine.pubkey}:x`], [
      "a",
      `30000:${theirs.pubkey}:x`,
    ]],
  });
  await write(relay, deletion);
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(new Set(ids(await client.stored("s", {}))), new Set([theirs.id, deletion.id]));
  assert.equal((await relay.write(json(mine))).code, "deleted");
  assert.equal((await relay.check(json(mine))).takenBefore, true);
  assert.equal((await relay.write(json(profile))).code, "deleted");
  const undo = event({ kind: 5, tags: [["e", deletion.id]] });
  await write(relay, undo, event({ kind: 30_000, tags: [["d", "x"]], created_at: NOW_S + 100 }));
  assert.equal((await relay.write(json(deletion))).code, "duplicate");
});

Deno.test("relay server serves nothing that has expired (NIP-40)", async () => {
  let nowMs = NOW_S * 1_000;
  await using relay = await start({ clock: () => nowMs });
  const passing = event({ created_at: NOW_S, tags: [["expiration", String(NOW_S + 60)]] });
  await write(relay, passing);
  using client = await RelayClient.connect(relay.url);
  assert.deepEqual(await client.stored("s", {}), [passing]);
  nowMs += 60_000;
  assert.deepEqual(await client.stored("s", {}), []);
});

Deno.test("write() is durable: events are there after the relay was started again on the same folder", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/relay.db`;
    const one = event({ content: "kept" });
    {
      await using relay = await start({ file });
      const results = await Promise.all([relay.write(json(one)), relay.write(json(one))]);
      assert.deepEqual(results.map(({ result }) => result), ["stored", "duplicate"]);
    }
    await using relay = await start({ file });
    using client = await RelayClient.connect(relay.url);
    assert.deepEqual(await client.stored("s", {}), [one]);
    assert.equal((await relay.write(json(one))).result, "duplicate");
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
