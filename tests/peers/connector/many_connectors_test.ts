/** Several connectors as one: which is used, what happens when one is away, refuses or is silent, and that nothing is paid twice. */
import assert from "node:assert/strict";
import { connected, payment } from "../../network/connector/rig.ts";
import { countingTerminal } from "../../network/connector/counting_terminal.ts";
import { until } from "../../until.ts";
import { barrier, effects, pair, signed, stalling } from "./connector_pair.ts";

Deno.test("manyConnectors() pays over the connector with the longest prefix, and by the order among equals", async () => {
  await using net = await pair();
  const client = net.open({ east: { reaches: ["test.east", "test.hub.relay.blobs"] } });
  assert.equal((await client.pay(payment(100n, "test.east.bob"))).state, "fulfilled");
  assert.deepEqual(await signed(net), [0n, 100n]);
  assert.equal((await client.pay(payment(10n))).state, "fulfilled");
  assert.deepEqual(await signed(net), [10n, 100n]);
});

Deno.test("manyConnectors() pays over the next connector where the first has no route, and over none twice", async () => {
  await using net = await pair();
  const client = net.open();
  const far = payment(100n, "test.east.bob");
  assert.equal((await client.pay(far)).state, "fulfilled");
  assert.deepEqual(effects(net), [0, 1]);
  const again = await client.pay(far);
  assert.equal(again.state === "fulfilled" && again.alreadyPaid, true);
  assert.deepEqual(effects(net), [0, 1]);
  // The refused amount is credit at the first, and pays for the next packet there.
  assert.equal((await client.pay(payment(100n))).state, "fulfilled");
  assert.deepEqual(await signed(net), [100n, 100n]);
  const nowhere = await client.pay(payment(5n, "test.nowhere"));
  assert.equal(nowhere.state === "refused" && nowhere.code, "F02");
});

Deno.test("manyConnectors() refuses a destination that no prefix names, and signs nothing", async () => {
  await using net = await pair();
  const client = net.open({ west: { reaches: ["test.west"] }, east: { reaches: ["test.east"] } });
  const outcome = await client.pay(payment(5n, "test.eastern.bob"));
  assert.equal(outcome.state === "refused" && outcome.local && outcome.code, "no_route");
  assert.deepEqual(await signed(net), [0n, 0n]);
});

Deno.test("manyConnectors() leaves out a strict connector with a shorter prefix, whose refusal would cost the amount", async () => {
  await using net = await pair();
  await net.east.connector.close();
  const client = net.open({
    west: { peerRule: "strict" },
    east: { reaches: ["test.east"] },
  });
  const stop = AbortSignal.timeout(2_000);
  const outcome = await client.pay(payment(5n, "test.east.bob"), { signal: stop });
  assert.equal(outcome.state === "refused" && outcome.code, "cancelled");
  assert.deepEqual(await signed(net), [0n, 0n]);
});

Deno.test("manyConnectors() goes on over the second when the first is gone, and returns to the first", async () => {
  await using net = await pair();
  const client = net.open();
  assert.equal((await client.pay(payment(1n))).state, "fulfilled");
  await net.west.connector.close();
  await until(async () => (await client.status()).line.state === "offline");
  assert.equal((await client.pay(payment(2n))).state, "fulfilled");
  assert.deepEqual(await signed(net), [1n, 2n]);
  await net.west.start();
  await until(async () => (await client.status()).line.state === "connected");
  assert.equal((await client.pay(payment(4n))).state, "fulfilled");
  assert.deepEqual(await signed(net), [5n, 2n]);
});

Deno.test("manyConnectors() waits for the connector that reaches a destination while the others have no route", async () => {
  await using net = await pair();
  await net.east.connector.close();
  const client = net.open();
  let done = false;
  const paying = client.pay(payment(3n, "test.east.bob")).finally(() => done = true);
  await until(async () => (await signed(net))[0] === 3n);
  assert.equal(done, false);
  await net.east.start();
  assert.equal((await paying).state, "fulfilled");
  assert.deepEqual(effects(net), [0, 1]);
});

Deno.test("manyConnectors() leaves a payment with the connector that stalls, and sends the next one to another", async () => {
  const west = stalling();
  await using net = await pair(undefined, undefined, [west.terminal, countingTerminal()]);
  const client = net.open();
  await connected(client);
  const stalled = payment(7n);
  const paying = client.pay(stalled);
  await until(async () => (await signed(net))[0] === 7n);
  net.later(25_000);
  assert.equal((await client.pay(payment(2n))).state, "fulfilled");
  assert.deepEqual(await signed(net), [7n, 2n]);
  const stop = AbortSignal.timeout(1_500);
  assert.equal((await client.pay(stalled, { signal: stop })).state, "unknown");
  assert.deepEqual(await signed(net), [7n, 2n], "nothing more was signed for it");
  west.go();
  assert.equal((await paying).state, "fulfilled");
  assert.deepEqual(effects(net), [1, 1]);
});

Deno.test("manyConnectors() keeps a signed payment with its connector over a restart, also where that one is away", async () => {
  const west = stalling();
  await using net = await pair(undefined, undefined, [west.terminal, countingTerminal()]);
  const first = net.open();
  await connected(first);
  const one = payment(7n);
  const stop = new AbortController();
  const paying = first.pay(one, { signal: stop.signal });
  await until(async () => (await signed(net))[0] === 7n);
  stop.abort();
  assert.equal((await paying).state, "unknown");
  await first.close();
  await net.west.connector.close();
  const second = net.open();
  await until(async () => (await second.status()).line.state === "offline");
  const outcome = await second.pay(one, { signal: AbortSignal.timeout(3_000) });
  assert.equal(outcome.state, "unknown");
  assert.deepEqual([await signed(net), effects(net)], [[7n, 0n], [0, 0]]);
  west.go();
  await net.west.start();
  assert.equal((await second.pay(one)).state, "fulfilled");
  assert.deepEqual([await signed(net), effects(net)], [[7n, 0n], [1, 0]]);
});

Deno.test("manyConnectors() signs for an obligation once, however many ask at the same time and whoever goes away", async () => {
  await using net = await pair();
  const client = net.open();
  await connected(client);
  const one = payment(5n);
  const all = Array.from({ length: 20 }, () => client.pay(one));
  await net.west.connector.close();
  await net.west.start();
  for (const outcome of await Promise.all(all)) assert.equal(outcome.state, "fulfilled");
  const rows = await net.west.buyer.store.outgoingByObligation(one.obligation);
  assert.equal(rows.filter(({ state }) => state === "fulfilled").length, 1);
  assert.equal(rows.filter(({ state }) => state === "open").length, 0);
  assert.equal(effects(net)[0] + effects(net)[1], 1);
});

Deno.test("manyConnectors() pays over the second where the first refuses every packet, and loses no more than its window", async () => {
  const refusing = countingTerminal({
    inspect: () => Promise.resolve({ reject: { code: "T01", message: "not now" } }),
  });
  await using net = await pair(undefined, undefined, [refusing, countingTerminal()]);
  const client = net.open();
  for (let at = 0; at < 5; at++) assert.equal((await client.pay(payment(9n))).state, "fulfilled");
  const [west, east] = await signed(net);
  // Each refused amount is credit that the next packet uses.
  assert.deepEqual([west, east, effects(net)], [9n, 45n, [0, 5]]);
  assert.ok(net.lines.includes("a connector refused, and the next one is used"));
});

Deno.test("a packet of one connector's channel is never sent to another connector", async () => {
  const west = stalling();
  await using net = await pair(undefined, undefined, [west.terminal, countingTerminal()]);
  const client = net.open();
  await connected(client);
  const one = payment(7n);
  const paying = client.pay(one, { signal: AbortSignal.timeout(60_000) });
  await until(async () => (await signed(net))[0] === 7n);
  await client.close();
  assert.equal((await paying).state, "unknown");
  // The home was told to use the other connector only, and has no channel with it yet.
  const other = net.east.client(
    {
      auth: { username: "buyer", token: "buyer token" },
      channel: { channelId: null, peerAddress: net.east.hub.address },
    },
    net.west.buyer,
    {
      manager: {
        ensure: () => Promise.reject(new Error("no channel")),
        list: () => Promise.resolve([]),
        refusesPackets: () => Promise.resolve(null),
      },
    },
  );
  await connected(other);
  const outcome = await other.pay(one, { signal: AbortSignal.timeout(3_000) });
  assert.equal(outcome.state, "unknown");
  const [row] = await net.west.buyer.store.outgoingByObligation(one.obligation);
  assert.equal(row.state, "open");
  west.go();
});

Deno.test("manyConnectors() pays nothing new over a connector that is barred, and goes by the others", async () => {
  await using net = await pair();
  const { state, barred } = barrier();
  const client = net.open({ east: { reaches: ["test.hub.relay", "test.east"], barred } });
  assert.equal((await client.pay(payment(100n))).state, "fulfilled");
  assert.deepEqual(await signed(net), [100n, 0n]);
  const only = await client.pay(payment(100n, "test.east.bob"));
  assert.deepEqual(only.state === "refused" && [only.code, only.message], [
    ...["terms", "its terms expired"],
  ]);
  assert.deepEqual(await signed(net), [200n, 0n]);
  state.why = null;
  assert.equal((await client.pay(payment(10n))).state, "fulfilled");
  assert.deepEqual(await signed(net), [200n, 10n]);
  await client.close();
});

Deno.test("manyConnectors() gets the answer to what it signed over a connector that is barred since", async () => {
  const slow = stalling();
  await using net = await pair(undefined, undefined, [countingTerminal(), slow.terminal]);
  const { state, barred } = barrier();
  state.why = null;
  const east = { reaches: ["test.hub.relay"], barred };
  const first = net.open({ east });
  const request = payment(100n);
  const stop = new AbortController();
  const begun = first.pay(request, { signal: stop.signal });
  await until(async () => (await signed(net))[1] === 100n);
  stop.abort();
  await begun;
  await first.close();
  state.why = "its terms changed";
  const second = net.open({ east });
  const again = second.pay(request);
  slow.go();
  assert.equal((await again).state, "fulfilled");
  assert.deepEqual(await signed(net), [0n, 100n]);
  assert.deepEqual(effects(net), [0, 1]);
  await second.close();
});
