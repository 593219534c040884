import assert from "node:assert/strict";
import type { ChannelView } from "../../../money/claims/channel_manager.ts";
import type { Effect } from "../../../money/receiver/terminal.ts";
import { prepareOf, RawPeer } from "./raw_peer.ts";
import { signClaimAs } from "./raw_claim.ts";
import { channelBetween, connected, payment, type Rig } from "./rig.ts";
import { countingTerminal, fulfilmentOf } from "./counting_terminal.ts";
import { until } from "../../until.ts";
import { MANAGER_NEVER, pinnedRig, proven, providing } from "./pinned_rig.ts";

Deno.test("startConnector() binds a pinned peer to the channel that its sign-in proves, and pays through it", async () => {
  await using net = await pinnedRig();
  const channel = channelBetween(net.provider, net.hub, 77);
  net.facts.set(channel.channelId, channel);
  const terminal = countingTerminal();
  await connected(providing(net, channel.channelId, terminal));
  await proven(net);
  const client = net.client();
  assert.equal((await client.pay(payment(5_000n, "test.hub.provider"))).state, "fulfilled");
  const [payer] = net.connector.status().payers;
  assert.deepEqual([payer.channelId, payer.spent], [channel.channelId, 5_000n]);
});

Deno.test("startConnector() takes claims of a pinned peer on any channel between the two, and on no other", async () => {
  await using net = await pinnedRig();
  const second = channelBetween(net.buyer, net.hub, 78);
  const others = channelBetween(net.provider, net.hub, 79);
  for (const channel of [second, others]) net.facts.set(channel.channelId, channel);
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  for (const channelId of [net.channels.buyer.channelId, second.channelId]) {
    const { packet } = await peer.pay(
      prepareOf(10n),
      await signClaimAs("buyer", channelId, 1, 10n),
    );
    assert.equal(packet?.type, "fulfill");
  }
  const stolen = await signClaimAs("provider", others.channelId, 1, 10n);
  assert.equal((await peer.pay(prepareOf(10n), stolen)).ack?.reason, "wrong_channel");
  // The claim names another party and has the sender's own signature: the chain decides whose channel it is.
  const lying = await signClaimAs("buyer", others.channelId, 1, 10n);
  assert.equal((await peer.pay(prepareOf(10n), lying)).ack?.reason, "wrong_signer");
  assert.equal(net.terminal.effects.size, 2);
});

for (
  const { name, change } of [
    { name: "unknown", change: () => null },
    {
      name: "another's with us",
      change: (net: Rig) => channelBetween(net.buyer, net.hub, 80),
    },
    {
      name: "the peer's with another",
      change: (net: Rig) => channelBetween(net.provider, net.buyer, 80),
    },
  ]
) {
  Deno.test(`startConnector() refuses a sign-in whose proof names a channel that is ${name}`, async () => {
    await using net = await pinnedRig();
    const named = channelBetween(net.provider, net.hub, 80);
    const facts = change(net);
    if (facts !== null) {
      net.facts.set(named.channelId, { ...facts, channelId: named.channelId });
    }
    const client = providing(net, named.channelId, countingTerminal());
    await until(async () => (await client.status()).line.state === "unauthorized");
  });
}

Deno.test("a channel that is replaced on reconnect keeps its open packet, and new packets use the new one", async () => {
  await using net = await pinnedRig();
  const [old, next] = [81, 82].map((at) => channelBetween(net.provider, net.hub, at));
  net.facts.set(old.channelId, old);
  let attempts = 0;
  const terminal = countingTerminal({
    effect: (prepare) => {
      attempts += 1;
      return attempts === 1
        ? Promise.reject<Effect>(new Error("ended"))
        : Promise.resolve({ fulfilment: fulfilmentOf(prepare.data), data: new Uint8Array(0) });
    },
  });
  const first = providing(net, old.channelId, terminal);
  await connected(first);
  await proven(net);
  const client = net.client();
  const request = payment(1_000n, "test.hub.provider");
  const paying = client.pay(request);
  await until(() => attempts === 1);
  await first.close();
  net.facts.set(old.channelId, { ...old, state: "closed" });
  net.facts.set(next.channelId, next);
  await net.provider.reopen();
  await connected(providing(net, next.channelId, terminal));
  assert.equal((await paying).state, "fulfilled", "settled on the closed channel");
  await until(async () =>
    (await client.pay(payment(300n, "test.hub.provider"))).state === "fulfilled"
  );
  const spent = Object.fromEntries(
    net.connector.status().payers.map((payer) => [payer.channelId, payer.spent]),
  );
  assert.deepEqual(spent, { [old.channelId]: 1_000n, [next.channelId]: 300n });
});

Deno.test("a connector that was restarted settles what was open on a channel bound before", async () => {
  await using net = await pinnedRig();
  const { peers } = { peers: net.connector.status() };
  assert.equal(peers.payers.length, 0);
  const channel = channelBetween(net.provider, net.hub, 83);
  net.facts.set(channel.channelId, channel);
  let attempts = 0;
  const terminal = countingTerminal({
    effect: () => ++attempts === 1 ? Promise.reject(new Error("ended")) : null,
  });
  const provider = providing(net, channel.channelId, terminal);
  await connected(provider);
  await proven(net);
  const client = net.client();
  const paying = client.pay(payment(1_000n, "test.hub.provider"));
  await until(() => attempts === 1);
  await provider.close();
  await net.connector.close();
  await net.hub.reopen();
  await net.provider.reopen();
  const pin = (username: "buyer" | "provider") => ({
    username,
    token: `${username} token`,
    channelId: null,
    peerAddress: net[username].address,
    settlementAddress: net[username].address,
  });
  await net.start({ peers: [pin("buyer"), pin("provider")] });
  assert.equal(net.connector.status().payers[0].openPackets, 1);
  await connected(providing(net, channel.channelId, terminal));
  assert.equal((await paying).state, "fulfilled");
  assert.deepEqual([...terminal.effects.values()], [1]);
});

Deno.test("a second proven session waits, and receives once the first has ended", async () => {
  await using net = await pinnedRig();
  const [one, two] = [countingTerminal(), countingTerminal()];
  const first = providing(net, net.channels.provider.channelId, one);
  await connected(first);
  await proven(net);
  const second = providing(net, net.channels.provider.channelId, two, { senderId: "again" });
  await connected(second);
  const client = net.client();
  assert.equal((await client.pay(payment(10n, "test.hub.provider"))).state, "fulfilled");
  assert.deepEqual([one.effects.size, two.effects.size], [1, 0]);
  await first.close();
  await until(async () =>
    (await client.pay(payment(10n, "test.hub.provider"))).state === "fulfilled"
  );
  assert.equal(two.effects.size, 1);
});

Deno.test("startConnector() lets guests pay only allowed destinations, up to their limit, and never as a peer", async () => {
  await using closed = await pinnedRig();
  const stranger = await RawPeer.dial(closed.connector.url);
  assert.equal((await stranger.signIn("anyone", "")).type, "error");

  await using net = await pinnedRig({ guests: { maxSessions: 2 } });
  await using guest = await RawPeer.dial(net.connector.url);
  assert.equal((await guest.signIn("anyone", "")).type, "response");
  const claim = await signClaimAs("buyer", net.channels.buyer.channelId, 1, 10n);
  assert.equal((await guest.pay(prepareOf(10n), claim)).packet?.type, "fulfill");
  const taken = await RawPeer.dial(net.connector.url);
  assert.equal(
    (await taken.signIn("provider", "")).type,
    "error",
    "a peer's name needs its secret",
  );
  const client = net.client({ auth: null });
  await connected(client);
  const paid = await client.pay(payment(20n));
  assert.equal(
    paid.state === "refused" && paid.code,
    "halted",
    "it is told of a nonce not its own",
  );
  const third = await RawPeer.dial(net.connector.url);
  assert.equal((await third.signIn("one too many", "")).type, "error");
  const sessions = net.connector.status().sessions.map(({ username, proven }) =>
    `${username} ${proven}`
  );
  assert.deepEqual(
    sessions,
    ["guest false", "guest false"],
    "proven or not, nothing is sent to a guest",
  );
});

Deno.test("startConnector() shows the figures of a channel only to its own peer", async () => {
  await using net = await pinnedRig({ guests: { maxSessions: 2 } });
  assert.equal((await net.client().pay(payment(700n))).state, "fulfilled");
  const { channelId } = net.channels.buyer;
  await using guest = await RawPeer.dial(net.connector.url);
  await guest.signIn("anyone", "");
  // A pinned peer also names the buyer's channel, but its claims are for its own.
  await using peer = await RawPeer.signedIn(net.connector.url, "provider");
  const before = net.connector.status().accounts;
  for (const [asker, names] of [[guest, "buyer"], [guest, "provider"], [peer, "buyer"]] as const) {
    for (const nonce of [1, 2, 2 ** 40]) {
      const claim = await signClaimAs(names, channelId, nonce, 900n, { signedBy: "provider" });
      const { packet, ack } = await asker.pay(prepareOf(10n), claim);
      assert.equal(packet?.type === "reject" && packet.code, "F06");
      assert.match(ack?.reason ?? "", /^wrong_(channel|signer)$/, `${names}, nonce ${nonce}`);
      const { nonce: told, credited, spent, held } = ack!;
      assert.deepEqual([told, credited, spent, held], [0, 0n, 0n, 0n]);
    }
  }
  assert.deepEqual(net.connector.status().accounts, before);
  // The channel's owner gets the figures, also with a refused claim.
  const old = await signClaimAs("buyer", channelId, 1, 1n);
  const { ack } = await guest.pay(prepareOf(1n), old);
  assert.deepEqual([ack?.reason, ack?.credited], ["nonce_not_advancing", 700n]);
});

Deno.test("a provider that had no channel at its sign-in receives once somebody opened one", async () => {
  await using net = await pinnedRig();
  const opened = channelBetween(net.provider, net.hub, 91);
  const terminal = countingTerminal();
  const views: ChannelView[] = [];
  const provider = net.client(
    {
      channel: { channelId: null, peerAddress: net.hub.address },
      receive: { terminal, ilpAddress: "test.hub.provider", minSettlementTimeoutS: 3_600 },
    },
    net.provider,
    { manager: { ...MANAGER_NEVER, list: () => Promise.resolve(views) } },
  );
  await connected(provider);
  assert.equal(net.connector.status().sessions.some((session) => session.proven), false);
  net.facts.set(opened.channelId, opened);
  const peer = { name: "hub", address: net.hub.address };
  views.push({ channelId: opened.channelId, status: "open", peer } as unknown as ChannelView);
  await proven(net);
  const client = net.client();
  await until(async () =>
    (await client.pay(payment(50n, "test.hub.provider"))).state === "fulfilled"
  );
});
