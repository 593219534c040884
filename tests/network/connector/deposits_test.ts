import assert from "node:assert/strict";
import { ChannelError, type ChannelView } from "../../../money/claims/channel_manager.ts";
import { prepareOf, RawPeer } from "./raw_peer.ts";
import { signClaimAs } from "./raw_claim.ts";
import { channelBetween, connected, payment, type Rig } from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { until } from "../../until.ts";
import { MANAGER_NEVER, pinnedRig, proven, providing } from "./pinned_rig.ts";

Deno.test("startConnector() takes no packet through a channel that its manager refuses; the claim counts anyway", async () => {
  let refused: string | null = "closing";
  await using net = await pinnedRig({}, {
    manager: { ...MANAGER_NEVER, refusesPackets: () => Promise.resolve(refused) },
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
  assert.deepEqual(asked, [[net.provider.address, 100_000n, { growToUnits: 1_600_000n }]]);
});

Deno.test("startConnector() deposits on its manager's channel while a rest is left there, and the session named another one", async () => {
  let asked = 0;
  let depositUnits = 0n;
  await using net: Rig = await pinnedRig({ windowUnits: 1_000n }, {
    manager: {
      refusesPackets: () => Promise.resolve(null),
      ensure: () => {
        asked += 1;
        depositUnits += 1_000n;
        const funded = channelBetween(net.provider, net.hub, 85, { deposit: depositUnits });
        net.facts.set(funded.channelId, funded);
        return Promise.resolve({ channelId: funded.channelId } as unknown as ChannelView);
      },
    },
  });
  const named = channelBetween(net.provider, net.hub, 84, { deposit: 0n });
  net.facts.set(named.channelId, named);
  await connected(providing(net, named.channelId, countingTerminal()));
  await proven(net);
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  for (let nonce = 1; nonce <= 5; nonce++) {
    const packet = prepareOf(600n, { destination: "test.hub.provider" });
    const claim = await signClaimAs("buyer", channelId, nonce, BigInt(nonce) * 600n);
    const { packet: answer } = await peer.pay(packet, claim);
    assert.equal(answer?.type, "fulfill", `packet ${nonce}`);
  }
  assert.equal(asked, 3);
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
        ...MANAGER_NEVER,
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
        ...MANAGER_NEVER,
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
