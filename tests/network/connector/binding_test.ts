import assert from "node:assert/strict";
import { ChannelError, type ChannelView } from "../../../money/claims/channel_manager.ts";
import type { Effect } from "../../../money/receiver/terminal.ts";
import type { ConnectorClientOptions } from "../../../peers/connector/connector_client.ts";
import type { ConnectorOptions } from "../../../network/connector/connector_options.ts";
import { prepareOf, RawPeer } from "./raw_peer.ts";
import { signClaimAs } from "./raw_claim.ts";
import {
  channelBetween,
  connected,
  countingTerminal,
  fulfilmentOf,
  payment,
  type Rig,
  rig,
} from "./rig.ts";
import { until } from "../../until.ts";

const KEEPER_NEVER = {
  ensure: () => Promise.reject(new Error("no")),
  refusesPackets: () => Promise.resolve(null),
};

/** The rig's peers, known only by their addresses. */
async function pinnedRig(
  options: Partial<ConnectorOptions> = {},
  deps: Parameters<typeof rig>[3] = {},
): Promise<Rig> {
  const net = await rig({}, countingTerminal(), undefined, deps);
  await net.connector.close();
  const pin = (username: "buyer" | "provider") => ({
    username,
    token: `${username} token`,
    channelId: null,
    peerAddress: net[username].address,
    settlementAddress: net[username].address,
  });
  await net.start({ peers: [pin("buyer"), pin("provider")], ...options });
  return net;
}

/** A provider that proves and uses this channel. */
function providing(
  net: Rig,
  channelId: string,
  terminal: ReturnType<typeof countingTerminal>,
  more: Partial<ConnectorClientOptions> = {},
) {
  return net.client({
    channel: { channelId, peerAddress: net.hub.address },
    receive: { terminal, ilpAddress: "test.hub.provider", minSettlementTimeoutS: 3_600 },
    ...more,
  }, net.provider);
}

const proven = (net: Rig) =>
  until(() => net.connector.status().sessions.some((session) => session.proven));

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

Deno.test("startConnector() takes no packet through a channel that its manager refuses; the claim counts anyway", async () => {
  let refused: string | null = "closing";
  await using net = await pinnedRig({}, {
    manager: { ...KEEPER_NEVER, refusesPackets: () => Promise.resolve(refused) },
  });
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  const first = await peer.pay(prepareOf(10n), await signClaimAs("buyer", channelId, 1, 10n));
  assert.equal(first.packet?.type === "reject" && first.packet.code, "T01");
  assert.equal(first.ack?.credited, 10n);
  refused = null;
  await until(async () => {
    const nonce = (net.connector.status().accounts[0]?.nonce ?? 0) + 1;
    const claim = await signClaimAs("buyer", channelId, nonce, 10n);
    return (await peer.pay(prepareOf(10n), claim)).packet?.type === "fulfill";
  });
});

Deno.test("startConnector() deposits toward a next hop only for a packet that its payer's credit covers, and at most a window", async () => {
  const asked: unknown[] = [];
  await using net: Rig = await pinnedRig({ windowUnits: 100_000n }, {
    manager: {
      refusesPackets: () => Promise.resolve(null),
      ensure: (peer, freeUnits, options) => {
        asked.push([peer.address, freeUnits, options]);
        const funded = channelBetween(net.provider, net.hub, 85);
        net.facts.set(funded.channelId, funded);
        return Promise.resolve({ channelId: funded.channelId } as unknown as ChannelView);
      },
    },
  });
  const empty = channelBetween(net.provider, net.hub, 84, { deposit: 0n });
  net.facts.set(empty.channelId, empty);
  await connected(providing(net, empty.channelId, countingTerminal()));
  await proven(net);
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  let nonce = 0;
  const pay = async (amount: bigint, credit: bigint) => {
    const packet = prepareOf(amount, { destination: "test.hub.provider" });
    const claim = await signClaimAs("buyer", channelId, ++nonce, credit);
    const { packet: answer } = await peer.pay(packet, claim);
    return answer?.type === "reject" ? answer.code : answer?.type;
  };
  assert.equal(await pay(60_000n, 5_000n), "T04", "the credit does not cover it");
  assert.equal(await pay(100_001n, 200_000n), "F08", "it is larger than a window");
  assert.deepEqual(asked, []);
  assert.equal(await pay(60_000n, 200_000n), "fulfill", "it waits for its deposit");
  assert.deepEqual(asked, [[net.provider.address, 100_000n, { exact: true }]]);
});

Deno.test("startConnector() opens no channel toward an absent next hop for a packet that brings no money", async () => {
  const asked: bigint[] = [];
  await using net: Rig = await pinnedRig({}, {
    manager: {
      refusesPackets: () => Promise.resolve(null),
      ensure: (_peer, freeUnits) => {
        asked.push(freeUnits);
        return Promise.reject(new ChannelError("funds", "token missing"));
      },
    },
  });
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  let nonce = 0;
  const pay = async (amount: bigint, credit: bigint) => {
    const packet = prepareOf(amount, { destination: "test.hub.provider" });
    const claim = await signClaimAs("buyer", channelId, ++nonce, credit);
    const { packet: answer } = await peer.pay(packet, claim);
    return answer?.type === "reject" ? answer.code : answer?.type;
  };
  assert.equal(await pay(0n, 0n), "T01", "a claim over nothing pays for nothing");
  assert.equal(await pay(2n, 1n), "T01", "the credit does not cover it");
  assert.deepEqual(asked, []);
  assert.equal(await pay(1n, 1n), "T01");
  assert.deepEqual(asked, [1_000_000n], "a packet that is covered lets the peer get its channel");
});

Deno.test("startConnector() refuses a packet whose deposit fails with T04, and asks no more for a while", async () => {
  let asked = 0;
  await using net: Rig = await pinnedRig({}, {
    manager: {
      refusesPackets: () => Promise.resolve(null),
      ensure: () => {
        asked += 1;
        return Promise.reject(new ChannelError("funds", "token missing"));
      },
    },
  });
  const empty = channelBetween(net.provider, net.hub, 84, { deposit: 0n });
  net.facts.set(empty.channelId, empty);
  await connected(providing(net, empty.channelId, countingTerminal()));
  await proven(net);
  const outcome = await net.client().pay(payment(50n, "test.hub.provider"));
  assert.equal(outcome.state === "refused" && outcome.code, "T04");
  assert.equal(asked, 1);
  assert.equal(net.connector.status().accounts[0].held, 0n);
});

Deno.test("connectorClient() pays through the channel that its manager opens when a payment needs it, one flight at a time", async () => {
  await using net = await pinnedRig();
  const opened = channelBetween(net.buyer, net.hub, 90);
  const calls: bigint[] = [];
  const client = net.client(
    { channel: { channelId: null, peerAddress: net.hub.address } },
    net.buyer,
    {
      manager: {
        ...KEEPER_NEVER,
        list: () => Promise.resolve([]),
        ensure: async (_peer, freeUnits) => {
          calls.push(freeUnits);
          await until(() => true);
          net.facts.set(opened.channelId, opened);
          return { channelId: opened.channelId } as unknown as ChannelView;
        },
      },
    },
  );
  await connected(client);
  assert.equal((await client.status()).payer, null, "nothing is opened before a payment");
  const outcomes = await Promise.all([10n, 20n, 30n].map((amount) => client.pay(payment(amount))));
  assert.deepEqual(outcomes.map(({ state }) => state), ["fulfilled", "fulfilled", "fulfilled"]);
  assert.deepEqual(calls, [10n]);
  assert.equal((await client.status()).payer?.channelId, opened.channelId);
  assert.equal((await client.account())?.spent, 60n);
});

Deno.test("connectorClient() refuses with its manager's code, and asks for no channel for a payment that was made already", async () => {
  await using net = await pinnedRig();
  const first = net.client();
  const request = payment(10n);
  assert.equal((await first.pay(request)).state, "fulfilled");
  await first.close();
  let asked = 0;
  const client = net.client(
    { channel: { channelId: null, peerAddress: net.hub.address } },
    net.buyer,
    {
      manager: {
        ...KEEPER_NEVER,
        list: () => Promise.resolve([]),
        ensure: () => {
          asked += 1;
          return Promise.reject(new ChannelError("funds", "token missing"));
        },
      },
    },
  );
  const again = await client.pay(request);
  assert.equal(again.state === "fulfilled" && again.alreadyPaid, true);
  assert.equal(asked, 0);
  const refused = await client.pay(payment(10n));
  assert.equal(refused.state === "refused" && refused.local && refused.code, "funds");
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
    { manager: { ...KEEPER_NEVER, list: () => Promise.resolve(views) } },
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
