import assert from "node:assert/strict";
import { connected, payment, rig } from "./rig.ts";
import { countingTerminal, fulfilmentOf } from "./counting_terminal.ts";

Deno.test("connectorClient() pays a local terminal, and both sides' books agree", async () => {
  await using net = await rig();
  const client = net.client();
  await connected(client);
  const request = payment(17_000n);
  const outcome = await client.pay(request);
  assert.equal(outcome.state, "fulfilled");
  if (outcome.state !== "fulfilled") return;
  assert.deepEqual(outcome.fulfilment, fulfilmentOf(request.data));
  assert.equal(new TextDecoder().decode(outcome.data), "done 1700");
  assert.deepEqual(await client.account(), {
    nonce: 1,
    credited: 17_000n,
    spent: 17_000n,
    held: 0n,
  });
  const again = await client.pay(request);
  assert.equal(again.state === "fulfilled" && again.alreadyPaid, true);
  assert.equal(net.terminal.effects.size, 1);
  assert.equal((await client.status()).payer?.spent, 17_000n);
});

Deno.test("connectorClient() pays 64 in flight in nonce order, one effect each", async () => {
  await using net = await rig();
  const client = net.client();
  const outcomes = await Promise.all(
    Array.from({ length: 128 }, () => client.pay(payment(100n))),
  );
  assert.deepEqual(new Set(outcomes.map((outcome) => outcome.state)), new Set(["fulfilled"]));
  assert.equal(net.terminal.effects.size, 128);
  assert.deepEqual(new Set(net.terminal.effects.values()), new Set([1]));
  assert.deepEqual(await client.account(), {
    nonce: 128,
    credited: 12_800n,
    spent: 12_800n,
    held: 0n,
  });
});

Deno.test("startConnector() forwards to a proven session and commits both sides", async () => {
  await using net = await rig();
  const terminal = countingTerminal();
  const provider = net.providerClient(terminal);
  const client = net.client();
  await connected(provider);
  await connected(client);
  const outcome = await client.pay(payment(5_000n, "test.hub.provider.jobs"));
  assert.equal(
    outcome.state,
    "fulfilled",
    JSON.stringify(outcome, (_, v) => typeof v === "bigint" ? String(v) : v),
  );
  assert.equal(terminal.effects.size, 1);
  const status = net.connector.status();
  const toProvider = status.payers.find((row) => row.channelId === net.channels.provider.channelId);
  assert.equal(toProvider?.spent, 5_000n);
  assert.equal((await provider.status()).receiver[0].spent, 5_000n);
  assert.equal((await client.account())?.spent, 5_000n);
});
