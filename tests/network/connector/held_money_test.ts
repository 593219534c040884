import assert from "node:assert/strict";
import { peersOf } from "./limited_peers.ts";
import { prepareOf, RawPeer } from "./raw_peer.ts";
import { signClaimAs } from "./raw_claim.ts";
import { rig } from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { until } from "../../until.ts";

Deno.test("startConnector() holds no more of a peer's money than its limit, and accepts more once it settled", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  const terminal = countingTerminal({ effect: () => held.then(() => null) });
  await using net = await rig({}, terminal);
  await net.connector.close();
  await net.start({ peers: peersOf(net, { buyer: { maxHeldUnits: 100n } }) });
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  const first = peer.pay(prepareOf(100n), await signClaimAs("buyer", channelId, 1, 100n));
  await until(() => net.connector.status().accounts[0]?.heldPackets === 1);
  const second = await peer.pay(prepareOf(1n), await signClaimAs("buyer", channelId, 2, 101n));
  assert.equal(second.packet?.type === "reject" && second.packet.code, "T04");
  release();
  assert.equal((await first).packet?.type, "fulfill");
  const third = await peer.pay(prepareOf(1n), await signClaimAs("buyer", channelId, 3, 101n));
  assert.equal(third.packet?.type, "fulfill");
});

Deno.test("startConnector() lets packets that arrive together hold no more than packets one after another", async () => {
  let release = () => {};
  const looked = new Promise<void>((resolve) => release = resolve);
  let looking = 0;
  const terminal = countingTerminal({
    inspect: async (prepare) => {
      looking += 1;
      await looked;
      return { obligation: `packet ${prepare.data.toHex()}` };
    },
    effect: () => new Promise(() => {}),
  });
  await using net = await rig({}, terminal);
  await net.connector.close();
  await net.start({ peers: peersOf(net, { buyer: { maxHeldUnits: 100n } }) });
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  const outcomes: string[] = [];
  for (let nonce = 1; nonce <= 3; nonce++) {
    const claim = await signClaimAs("buyer", channelId, nonce, BigInt(nonce) * 60n);
    const packet = prepareOf(60n, { data: new Uint8Array([nonce]) });
    void peer.pay(packet, claim).then(({ packet }) =>
      outcomes.push(packet?.type === "reject" ? packet.code : "fulfilled")
    ).catch(() => {});
  }
  await until(() => looking === 3);
  release();
  await until(() => outcomes.length === 2);
  assert.deepEqual(outcomes, ["T04", "T04"]);
  const { heldPackets, held } = net.connector.status().accounts[0];
  assert.deepEqual([heldPackets, held], [1, 60n]);
});

Deno.test("startConnector() refuses a packet that expires more than 5 minutes ahead, with its credit back", async () => {
  await using net = await rig();
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  const far = prepareOf(100n, { expiresAtMs: Date.now() + 390_000 });
  const { packet, ack } = await peer.pay(far, await signClaimAs("buyer", channelId, 1, 100n));
  assert.equal(packet?.type === "reject" && packet.code, "F00");
  assert.equal(
    packet?.type === "reject" && packet.message.replace(/^expiresAt is 3\d\d/, ""),
    " s ahead, at most 300 s are accepted",
  );
  assert.deepEqual([ack?.result, ack?.credited, ack?.spent, ack?.held], ["accepted", 100n, 0n, 0n]);
  const free = await peer.pay(prepareOf(0n, { expiresAtMs: Date.now() + 390_000 }), null);
  assert.equal(free.packet?.type === "reject" && free.packet.code, "F00");
  const near = prepareOf(100n, { expiresAtMs: Date.now() + 290_000 });
  const paid = await peer.pay(near, await signClaimAs("buyer", channelId, 2, 100n));
  assert.equal(paid.packet?.type, "fulfill");
});

Deno.test("Receiver frees the reservation of a packet that it refuses, and keeps that of a packet that it holds", async () => {
  const released: bigint[] = [];
  const terminal = countingTerminal({
    inspect: ({ amount, data }) =>
      Promise.resolve({
        obligation: `packet ${data.toHex()}`,
        release: () => void released.push(amount),
      }),
  });
  await using net = await rig({}, terminal);
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  const short = await peer.pay(prepareOf(200n), await signClaimAs("buyer", channelId, 1, 100n));
  assert.equal(short.packet?.type === "reject" && short.packet.code, "T04");
  assert.deepEqual(released, [200n]);
  const paid = await peer.pay(prepareOf(100n), await signClaimAs("buyer", channelId, 2, 100n));
  assert.equal(paid.packet?.type, "fulfill");
  assert.deepEqual(released, [200n]);
});
