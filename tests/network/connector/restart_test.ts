import assert from "node:assert/strict";
import { connected, payment, rig } from "./rig.ts";
import { countingTerminal, fulfilmentOf } from "./counting_terminal.ts";
import { until } from "../../until.ts";

Deno.test("connectorClient() resolves a packet whose connector went away before FULFILL", async () => {
  let release = () => {};
  let reached = () => {};
  const atWork = new Promise<void>((resolve) => reached = resolve);
  let first = true;
  const terminal = countingTerminal({
    effect: async () => {
      if (!first) return null;
      first = false;
      reached();
      await new Promise<void>((resolve) => release = resolve);
      throw new Error("the process ended here");
    },
  });
  await using net = await rig({}, terminal);
  const client = net.client();
  await connected(client);
  const request = payment(700n);
  const patience = new AbortController();
  const paying = client.pay(request, { signal: patience.signal });
  await atWork;
  await net.connector.close();
  release();
  patience.abort();
  assert.equal((await paying).state, "unknown", "a caller's patience never closes a packet");
  assert.equal((await client.status()).payer?.openPackets, 1);
  await net.start();
  const outcome = await client.pay(request);
  assert.equal(outcome.state, "fulfilled");
  assert.equal(await client.resolve(), 0);
  assert.deepEqual([...terminal.effects.values()], [1]);
  assert.deepEqual(await client.account(), { nonce: 1, credited: 700n, spent: 700n, held: 0n });
});

Deno.test("connectorClient() gets a FULFILL that was lost with its connector, and pays once", async () => {
  const gone: Promise<void>[] = [];
  const terminal = countingTerminal({
    effect: (prepare) => {
      // The outcome is stored, but the peer is no longer connected.
      if (gone.length === 0) gone.push(net.connector.close());
      return Promise.resolve({ fulfilment: fulfilmentOf(prepare.data), data: new Uint8Array(0) });
    },
  });
  await using net = await rig({}, terminal);
  const client = net.client();
  await connected(client);
  const paying = client.pay(payment(900n));
  await until(() => gone.length > 0);
  await gone[0];
  await net.start();
  assert.equal((await paying).state, "fulfilled");
  assert.deepEqual(await client.account(), { nonce: 1, credited: 900n, spent: 900n, held: 0n });
});

Deno.test("connectorClient() continues open packets after its own restart, byte for byte", async () => {
  let hold = true;
  const terminal = countingTerminal({
    effect: () => hold ? Promise.reject(new Error("not now")) : null,
  });
  await using net = await rig({}, terminal);
  const client = net.client();
  await connected(client);
  const request = payment(300n);
  void client.pay(request);
  await until(() => net.connector.status().accounts[0]?.heldPackets === 1);
  await client.close();
  await net.buyer.reopen();
  hold = false;
  const again = net.client();
  const outcome = await again.pay(request);
  assert.equal(outcome.state, "fulfilled");
  const { payer } = await again.status();
  assert.deepEqual([payer?.nonce, payer?.spent, payer?.signed], [1, 300n, 300n]);
});

Deno.test("a provider that was gone for the outcome gets and settles the same packet", async () => {
  await using net = await rig();
  let attempts = 0;
  const terminal = countingTerminal({
    effect: () => ++attempts === 1 ? Promise.reject(new Error("ended")) : null,
  });
  const provider = net.providerClient(terminal);
  await connected(provider);
  await until(() => net.connector.status().sessions.some((session) => session.proven));
  const client = net.client();
  const paying = client.pay(payment(1_000n, "test.hub.provider"));
  await until(() => attempts === 1);
  await provider.close();
  await net.provider.reopen();
  await connected(net.providerClient(terminal));
  assert.equal((await paying).state, "fulfilled");
  assert.deepEqual([...terminal.effects.values()], [1]);
  const row = net.connector.status().accounts[0];
  assert.deepEqual([row.spent, row.held], [1_000n, 0n]);
});

Deno.test("a channel with a nonce that we never issued is halted, never bumped", async () => {
  await using net = await rig();
  const client = net.client();
  assert.equal((await client.pay(payment(100n))).state, "fulfilled");
  await client.close();
  // A backup of the wallet pays from elsewhere.
  const { signClaimAs } = await import("./raw_claim.ts");
  const { prepareOf, RawPeer } = await import("./raw_peer.ts");
  {
    await using thief = await RawPeer.signedIn(net.connector.url, "buyer");
    const claim = await signClaimAs("buyer", net.channels.buyer.channelId, 2, 200n);
    assert.equal((await thief.pay(prepareOf(100n), claim)).packet?.type, "fulfill");
  }
  await net.buyer.reopen();
  const again = net.client();
  const outcome = await again.pay(payment(100n));
  assert.equal(outcome.state === "refused" && outcome.code, "halted");
  assert.match((await again.status()).payer?.halted ?? "", /nonce 2/);
});
