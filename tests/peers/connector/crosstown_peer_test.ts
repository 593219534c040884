import assert from "node:assert/strict";
import { WebSocketServer } from "ws";
import { crosstownWire } from "../../../protocols/wires/crosstown/wire.ts";
import { emptyResponse, errorFrame, type Frame } from "../../../protocols/btp/frame.ts";
import { contentFulfilment, fulfils } from "../../../protocols/ilp/condition.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import { conditionOf } from "../../../protocols/ilp/condition.ts";
import { payment, rig } from "../../network/connector/rig.ts";

type Answer = { readonly packet: Uint8Array; readonly ack?: string };

/** A node like the network's connectors: it answers packets, and does not know our own protocol data. */
async function networkNode(answerTo: (prepare: Prepare) => Answer) {
  const frames: Frame[] = [];
  const prepares: Prepare[] = [];
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });
  await new Promise((resolve) => server.once("listening", resolve));
  server.on("connection", (socket) => {
    const send = (frame: Frame) => socket.send(crosstownWire.encodeFrame(frame));
    socket.on("message", (data) => {
      const frame = crosstownWire.decodeFrame(new Uint8Array(data as Uint8Array));
      const { requestId } = frame;
      frames.push(frame);
      if (crosstownWire.parseAuth(frame) !== null) return send(emptyResponse(requestId));
      if (frame.packet === undefined) {
        return send(errorFrame(requestId, "F00", "NotAcceptedError", 0));
      }
      const prepare = crosstownWire.decodePacket(frame.packet);
      assert.ok(prepare.type === "prepare");
      prepares.push(prepare);
      const { packet, ack } = answerTo(prepare);
      const protocolData = ack === undefined
        ? []
        : [{ name: "claim-ack", contentType: 1, data: new TextEncoder().encode(ack) }];
      send({ type: "response", requestId, protocolData, packet });
    });
  });
  return {
    url: `btp+ws://127.0.0.1:${(server.address() as { port: number }).port}`,
    frames,
    prepares,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** As the content's own condition is on this wire. */
function contentPayment(amount: bigint) {
  const request = payment(amount, "g.crosstown.peer1");
  return { ...request, condition: conditionOf(contentFulfilment(request.data)) };
}

Deno.test("connectorClient() pays a node of the network in its own bytes: sign-in, claim and PREPARE in one message", async () => {
  await using node = await networkNode(({ data }) => ({
    packet: crosstownWire.encodeFulfill({
      fulfilment: contentFulfilment(data),
      data: new Uint8Array(0),
    }),
  }));
  await using net = await rig();
  const client = net.client({ url: node.url, wire: "crosstown", peerRule: "strict", auth: null });
  const request = contentPayment(3_270n);
  const outcome = await client.pay(request);
  assert.ok(outcome.state === "fulfilled");
  assert.ok(fulfils(outcome.fulfilment, request.condition));
  assert.deepEqual(crosstownWire.parseAuth(node.frames[0]), { username: "buyer", token: "" });
  assert.equal(node.frames[0].protocolData[0].contentType, 0);
  const [paid] = node.frames.filter(({ packet }) => packet !== undefined);
  assert.deepEqual(
    paid.protocolData.map(({ name, contentType }) => [name, contentType]),
    [["payment-channel-claim", 1]],
  );
  const claim = JSON.parse(new TextDecoder().decode(paid.protocolData[0].data));
  assert.deepEqual(
    [claim.version, claim.blockchain, claim.nonce, claim.transferredAmount, claim.lockedAmount],
    ["1.0", "evm", 1, "3270", "0"],
  );
  assert.match(claim.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$/);
  const [prepare] = node.prepares;
  assert.deepEqual(
    [prepare.amount, prepare.destination, prepare.data],
    [3_270n, "g.crosstown.peer1", request.data],
  );
  assert.equal((await client.status()).payer?.spent, 3_270n);
});

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const price = { required: "3270", received: "10" };
const refusals: readonly {
  name: string;
  code: string;
  data: Uint8Array;
  ack?: string;
  expected: string;
}[] = [
  { name: "F04 alone", code: "F04", data: json(price), expected: "F04" },
  {
    name: "F04 beside the network's own claim-ack, which keeps no credit",
    code: "F04",
    data: json(price),
    ack: '{"result":"accepted"}',
    expected: "F04",
  },
  { name: "F06 with a price", code: "F06", data: json({ metadata: price }), expected: "F04" },
  {
    name: "T00 around F06 with a price",
    code: "T00",
    data: json({ code: "F06", metadata: price }),
    expected: "F04",
  },
];

for (const { name, code, data, ack, expected } of refusals) {
  Deno.test(`connectorClient() at a strict node of the network forfeits a refusal and does not repeat it: ${name}`, async () => {
    await using node = await networkNode(() => ({
      packet: crosstownWire.encodeReject({
        code,
        triggeredBy: "g.crosstown.peer1",
        message: "Insufficient payment",
        data,
      }),
      ack,
    }));
    await using net = await rig();
    const client = net.client({
      url: node.url,
      wire: "crosstown",
      peerRule: "strict",
      maxForfeitUnits: 1_000n,
    });
    const outcome = await client.pay(contentPayment(10n));
    assert.ok(outcome.state === "refused");
    assert.deepEqual([outcome.code, outcome.data], [expected, data]);
    assert.equal(node.prepares.length, 1);
    const { payer } = await client.status();
    assert.deepEqual([payer?.spent, payer?.forfeit], [0n, 10n]);
  });
}

Deno.test("connectorClient() accepts no FULFILL with a wrong preimage, and reports unknown", async () => {
  await using node = await networkNode(() => ({
    packet: crosstownWire.encodeFulfill({
      fulfilment: new Uint8Array(32),
      data: new Uint8Array(0),
    }),
  }));
  await using net = await rig();
  const client = net.client({ url: node.url, wire: "crosstown", peerRule: "strict" });
  const patience = new AbortController();
  const paying = client.pay(contentPayment(10n), { signal: patience.signal });
  while (node.prepares.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  patience.abort();
  assert.equal((await paying).state, "unknown");
  assert.equal((await client.status()).payer?.spent, 0n);
});
