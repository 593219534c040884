import assert from "node:assert/strict";
import WebSocket from "ws";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";
import { decodeIldcp, ILDCP_CONDITION, ILDCP_DESTINATION } from "../../../protocols/ilp/ildcp.ts";
import { systemTimers } from "../../../base/timers.ts";
import { peersOf } from "./limited_peers.ts";
import { prepareOf, RawPeer } from "./raw_peer.ts";
import { signClaimAs } from "./raw_claim.ts";
import { connected, payment, rig } from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { until } from "../../until.ts";

Deno.test("startConnector() answers F08 with both amounts above a peer's largest packet", async () => {
  await using net = await rig();
  await net.connector.close();
  await net.start({
    peers: peersOf(net, { provider: { maxPacketUnits: 99n } }),
    fee: { flatUnits: 1n, basisPoints: 0 },
  });
  const terminal = countingTerminal();
  await connected(net.providerClient(terminal));
  await until(() => net.connector.status().sessions.some(({ proven }) => proven));
  const client = net.client();
  const large = await client.pay(payment(101n, "test.hub.provider"));
  assert.ok(large.state === "refused" && large.code === "F08");
  assert.equal(large.data.toHex(), "0000000000000065" + "0000000000000064");
  assert.equal((await client.pay(payment(100n, "test.hub.provider"))).state, "fulfilled");
});

Deno.test("startConnector() tells a sender that probes with a large packet the largest amount, also without a configured limit", async () => {
  await using net = await rig();
  const terminal = countingTerminal();
  await connected(net.providerClient(terminal));
  await until(() => net.connector.status().sessions.some(({ proven }) => proven));
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  // A probe as of @interledger/pay: the largest amount of a packet, with a condition that nobody can fulfil.
  const probe = { destination: "test.hub.provider", condition: new Uint8Array(32).fill(9) };
  const claim = await signClaimAs("buyer", channelId, 1, 1n);
  const { packet } = await peer.pay(prepareOf(2n ** 63n, probe), claim);
  assert.ok(packet?.type === "reject" && packet.code === "F08");
  assert.equal(
    packet.data.toHex(),
    "8000000000000000" + (1_000_000n).toString(16).padStart(16, "0"),
  );
});

Deno.test("refused packets of 32 KB leave little in the connector's store, and no more than a number of them a second", async () => {
  let nowMs = Date.now();
  const waiting = new Set<() => void>();
  const timers = {
    now: () => nowMs,
    after(ms: number, task: () => void) {
      // What waits for a refusal's turn waits for the test; all else runs as always.
      if (ms !== 500) return systemTimers.after(ms, task);
      waiting.add(task);
      return () => void waiting.delete(task);
    },
  };
  await using net = await rig({ refusals: [40, 2] }, countingTerminal(), undefined, { timers });
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  let refused = 0;
  const sent: { readonly claim: Uint8Array; readonly prepare: Uint8Array }[] = [];
  for (let nonce = 1; nonce <= 50; nonce++) {
    const data = new Uint8Array(32_000).fill(nonce);
    const claim = await signClaimAs("buyer", channelId, nonce, 1n);
    const prepare = prepareOf(100n, { data });
    sent.push({ claim, prepare });
    void peer.pay(prepare, claim).then(({ packet }) => {
      if (packet?.type === "reject" && packet.code === "T04") refused += 1;
    }).catch(() => {});
  }
  await until(() => refused === 40 && waiting.size === 1);
  for (const more of [41, 42]) {
    nowMs += 500;
    for (const task of waiting) {
      waiting.delete(task);
      task();
    }
    await until(() => refused === more && waiting.size === 1);
  }
  for (let nonce = 1; nonce <= 42; nonce++) {
    assert.equal((await net.hub.store.incoming(channelId, nonce))?.prepare.length, 0);
  }
  // A repeated packet whose answer is known does not wait for a turn.
  const [{ claim, prepare }] = sent;
  const { packet, ack } = await peer.pay(prepare, claim);
  assert.equal(packet?.type === "reject" && packet.code, "T04");
  assert.equal(ack?.result, "accepted");
});

Deno.test("a refusal counts by the size of its answer, also if its packet was held before", async () => {
  const data = new Uint8Array(32_000).fill(7);
  const waiting = new Set<number>();
  const timers = {
    now: Date.now,
    after(ms: number, task: () => void) {
      // Only packets that wait for their turn to be refused wait for hours here.
      if (ms < 10_000_000) return systemTimers.after(ms, task);
      waiting.add(ms);
      return () => {};
    },
  };
  const reject = { reject: { code: "F99", message: "no", data } };
  await using net = await rig(
    { refusals: [40, 0.001] },
    countingTerminal({ effect: () => Promise.resolve(reject) }),
    undefined,
    { timers },
  );
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  for (let nonce = 1; nonce <= 2; nonce++) {
    const claim = await signClaimAs("buyer", channelId, nonce, BigInt(nonce) * 100n);
    const { packet } = await peer.pay(prepareOf(100n, { data: new Uint8Array([nonce]) }), claim);
    assert.equal(packet?.type === "reject" && packet.data.length, data.length);
  }
  void peer.pay(prepareOf(100n), await signClaimAs("buyer", channelId, 3, 300n)).catch(() => {});
  // Twice 32 tokens of 40, and the 24 that are owed have to come before the next one.
  await until(() => waiting.size > 0);
  assert.ok([...waiting][0] > 24_000_000, `${[...waiting][0]} ms`);
});

Deno.test("packets that wait for a payer's turn are bounded across its sessions: further ones get no answer", async () => {
  await using net = await rig({ refusals: [0, 0] });
  const { channelId } = net.channels.buyer;
  let nonce = 0;
  const send = async (peer: RawPeer, packets: number) => {
    for (let at = 0; at < packets; at++) {
      const claim = await signClaimAs("buyer", channelId, ++nonce, BigInt(nonce));
      void peer.pay(prepareOf(1n, { data: new Uint8Array(4) }), claim).catch(() => {});
    }
  };
  const inFlight = () => net.connector.status().sessions.map((session) => session.inFlight);
  for (let round = 0; round < 5; round++) {
    await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
    await send(peer, 250);
    // This packet comes after the others and is answered, so all of them were read.
    await peer.pay(prepareOf(0n), null);
    await until(() => round < 4 ? inFlight()[0] === 250 : inFlight()[0] === 24);
    peer.socket.terminate();
    await until(() => inFlight().length === 0);
  }
});

Deno.test("startConnector() accepts nothing new while it drains, finishes held packets, and closes with 1001", async () => {
  let release = () => {};
  const held = new Promise<void>((resolve) => release = resolve);
  let holding = true;
  const terminal = countingTerminal({ effect: () => holding ? held.then(() => null) : null });
  await using net = await rig({ drainMs: 120_000 }, terminal);
  const peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const { channelId } = net.channels.buyer;
  const first = peer.pay(prepareOf(100n), await signClaimAs("buyer", channelId, 1, 100n));
  await until(() => net.connector.status().accounts[0]?.heldPackets === 1);
  const closing = net.connector.close();
  assert.equal(net.connector.status().draining, true);
  const second = await peer.pay(prepareOf(1n), await signClaimAs("buyer", channelId, 2, 101n));
  assert.equal(second.packet?.type === "reject" && second.packet.code, "T01");
  holding = false;
  release();
  assert.equal((await first).packet?.type, "fulfill", "what was held is finished");
  await closing;
  assert.equal(await peer.closed, 1001);
  await net.start();
});

Deno.test("packets of amount 0 are counted for each session: one that asks too often blocks no other", async () => {
  await using net = await rig({ freePackets: [3, 0] });
  const ask = async (peer: RawPeer) => {
    const { packet } = await peer.pay(prepareOf(0n), null);
    return packet?.type === "reject" ? packet.code : packet?.type;
  };
  await using loud = await RawPeer.signedIn(net.connector.url, "buyer");
  const codes = [];
  for (let at = 0; at < 4; at++) codes.push(await ask(loud));
  assert.deepEqual(codes, ["fulfill", "fulfill", "fulfill", "T05"]);
  await using other = await RawPeer.signedIn(net.connector.url, "provider");
  assert.equal(await ask(other), "fulfill");
  assert.deepEqual(net.connector.status().outcomes, { T05: 1, fulfilled: 4 });
});

Deno.test("packets of amount 0 do not pile up for a next hop that reads nothing: they are refused as T02", async () => {
  await using net = await rig({
    freePackets: [1_000_000, 0],
    peers: [
      {
        username: "buyer",
        token: "buyer token",
        channelId: null,
        peerAddress: `0x${"1".repeat(40)}`,
      },
      {
        username: "provider",
        token: "provider token",
        channelId: null,
        peerAddress: `0x${"2".repeat(40)}`,
      },
    ],
  });
  await using silent = await RawPeer.signedIn(net.connector.url, "provider");
  await until(() => net.connector.status().sessions.some(({ proven }) => proven));
  silent.socket.pause();
  const data = new Uint8Array(32_000);
  const packet = prepareOf(0n, { data, destination: "test.hub.provider.x" });
  let refused = 0;
  const payers: RawPeer[] = [];
  // Each session has 4 MiB under way; the system takes some megabytes for the silent one.
  for (let session = 0; session < 5; session++) {
    const payer = await RawPeer.signedIn(net.connector.url, "buyer");
    payers.push(payer);
    for (let at = 0; at < 130; at++) {
      void payer.pay(packet, null).then(({ packet }) => {
        if (packet?.type === "reject" && packet.code === "T02") refused += 1;
      });
    }
  }
  await until(() => refused > 100);
  for (const { socket } of [silent, ...payers]) socket.terminate();
});

Deno.test("a peer learns its address by ILDCP, a guest gets none, and another condition is F05", async () => {
  await using net = await rig({ guests: { maxSessions: 1 } });
  await using peer = await RawPeer.signedIn(net.connector.url, "provider");
  const question = prepareOf(0n, {
    destination: ILDCP_DESTINATION,
    condition: ILDCP_CONDITION,
    data: new Uint8Array(0),
  });
  const { packet } = await peer.pay(question, null);
  assert.ok(packet?.type === "fulfill");
  assert.deepEqual(packet.fulfilment, new Uint8Array(32));
  assert.deepEqual(decodeIldcp(packet.data), {
    clientAddress: "test.hub.provider",
    assetCode: "M2M",
    assetScale: 6,
  });
  const wrong = await peer.pay(
    prepareOf(0n, { destination: ILDCP_DESTINATION, data: new Uint8Array(0) }),
    null,
  );
  assert.equal(wrong.packet?.type === "reject" && wrong.packet.code, "F05");
  await using guest = await RawPeer.dial(net.connector.url);
  await guest.signIn("somebody", "");
  const none = await guest.pay(question, null);
  assert.equal(none.packet?.type === "reject" && none.packet.code, "F02");
});

Deno.test("a peer that does not read its answers is not read either, and the connector lives on", async () => {
  const large = new Uint8Array(32_000).fill(7);
  await using net = await rig(
    { freePackets: [1_000_000, 0] },
    countingTerminal({
      inspect: () => Promise.resolve({ reject: { code: "F99", message: "quote", data: large } }),
    }),
  );
  const socket = new WebSocket(net.connector.url.replace("btp+", ""), { perMessageDeflate: false });
  await new Promise((resolve) => socket.once("open", resolve));
  const send = (requestId: number) =>
    socket.send(interledgerWire.encodeFrame({
      type: "message",
      requestId,
      protocolData: [],
      packet: prepareOf(0n),
    }));
  let answers = 0;
  socket.on("message", () => answers += 1);
  socket.send(
    interledgerWire.encodeFrame(
      interledgerWire.authFrame(1, { username: "buyer", token: "buyer token" }),
    ),
  );
  await until(() => answers === 1);
  socket.pause();
  const asked = 2_000;
  for (let at = 0; at < asked; at++) send(at + 2);
  // Far fewer are answered than asked: the rest stay in the other side's socket.
  const client = net.client({}, net.provider);
  assert.equal(
    (await client.probe({ destination: "test.hub.relay", data: large })).state === "fulfilled",
    false,
  );
  await until(() => (net.connector.status().outcomes.F99 ?? 0) > 0);
  const quiet = async () => {
    const before = net.connector.status().outcomes.F99;
    await new Promise((resolve) => setTimeout(resolve, 100));
    return net.connector.status().outcomes.F99 === before;
  };
  await until(quiet);
  assert.ok(
    net.connector.status().outcomes.F99 < asked,
    `${net.connector.status().outcomes.F99} answered`,
  );
  socket.resume();
  await until(() => answers === asked + 1);
  socket.close();
});
