import { WIRE_NAMES } from "../../../protocols/wires/names.ts";
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import WebSocket from "ws";
import { crosstownWire } from "../../../protocols/wires/crosstown/wire.ts";
import { innerPackets } from "../../../protocols/ilp/inner_packets.ts";
import { conditionOf, contentFulfilment } from "../../../protocols/ilp/condition.ts";
import type { Frame } from "../../../protocols/btp/frame.ts";
import type { Effect } from "../../../money/receiver/terminal.ts";
import { RawPeer } from "./raw_peer.ts";
import { connected, payment, rig } from "./rig.ts";
import { countingTerminal } from "./counting_terminal.ts";
import { until } from "../../until.ts";

for (const buyer of WIRE_NAMES) {
  for (const provider of WIRE_NAMES) {
    Deno.test(`startConnector() carries a payment from ${buyer} to ${provider} on one port`, async () => {
      await using net = await rig();
      const terminal = countingTerminal();
      const providing = net.client({
        wire: provider,
        receive: { terminal, ilpAddress: "test.hub.provider", minSettlementTimeoutS: 3_600 },
      }, net.provider);
      const paying = net.client({ wire: buyer });
      await connected(providing);
      await connected(paying);
      const [forwarded, local] = await Promise.all([
        paying.pay(payment(5_000n, "test.hub.provider.jobs")),
        paying.pay(payment(700n)),
      ]);
      assert.equal(forwarded.state, "fulfilled");
      assert.equal(local.state, "fulfilled");
      assert.equal(terminal.effects.size, 1);
      assert.equal(net.terminal.effects.size, 1);
      assert.equal((await paying.account())?.spent, 5_700n);
      assert.equal((await providing.status()).receiver[0].spent, 5_000n);
      assert.deepEqual(
        net.connector.status().sessions.map(({ username, wire, proven }) =>
          `${username} ${wire} ${proven}`
        ).toSorted(),
        [`buyer ${buyer} false`, `provider ${provider} true`],
      );
    });
  }
}

Deno.test("connectorClient() sends what costs nothing without a claim, also before it is connected", async () => {
  await using net = await rig();
  for (const wire of WIRE_NAMES) {
    const client = net.client({ wire });
    const outcome = await client.sendFree(payment(0n));
    assert.equal(outcome.state, "fulfilled");
    const { payer } = await client.status();
    assert.deepEqual([payer?.nonce, payer?.spent], [0, 0n]);
    await client.close();
  }
  assert.equal(net.terminal.effects.size, 2);
  const gone = net.client({ url: "btp+ws://127.0.0.1:1" });
  const outcome = await gone.sendFree(payment(0n), { signal: AbortSignal.timeout(50) });
  assert.ok(outcome.state === "refused" && outcome.code === "cancelled");
});

Deno.test("a payer that comes back on the other wire settles the packet that it left open, paid once", async () => {
  let release!: (effect: Effect | null) => void;
  const held = new Promise<Effect | null>((resolve) => release = resolve);
  await using net = await rig({}, countingTerminal({ effect: () => held }));
  const request = payment(900n);
  const before = net.client();
  await connected(before);
  const first = before.pay(request);
  await until(() => net.connector.status().accounts.some(({ heldPackets }) => heldPackets === 1));
  await before.close();
  assert.equal((await first).state, "unknown");
  const after = net.client({ wire: "crosstown" });
  await connected(after);
  release(null);
  assert.equal(await after.resolve({ signal: AbortSignal.timeout(120_000) }), 0);
  const again = await after.pay(request);
  assert.equal(again.state === "fulfilled" && again.alreadyPaid, true);
  assert.deepEqual([...net.terminal.effects.values()], [1]);
  assert.equal((await after.account())?.spent, 900n);
});

Deno.test("refusals and their data are the same on either wire", async () => {
  const refusal = {
    code: "F04",
    message: "Insufficient payment",
    data: new TextEncoder().encode('{"required":"5","received":"1"}'),
  };
  await using net = await rig(
    {},
    countingTerminal({ inspect: () => Promise.resolve({ reject: refusal }) }),
  );
  for (const wire of WIRE_NAMES) {
    const client = net.client({ wire });
    const outcome = await client.pay(payment(1n));
    assert.ok(outcome.state === "refused");
    assert.deepEqual(
      [outcome.code, outcome.message, outcome.data],
      [refusal.code, refusal.message, refusal.data],
    );
    await client.close();
  }
});

/** A line that speaks in bytes. */
async function line(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}`, { perMessageDeflate: false });
  const frames: Frame[] = [];
  const raw: Uint8Array[] = [];
  const closed = new Promise<number>((resolve) => socket.once("close", resolve));
  socket.on("message", (data) => {
    const bytes = new Uint8Array(data as Uint8Array);
    raw.push(bytes);
    frames.push(crosstownWire.decodeFrame(bytes));
  });
  await new Promise((resolve, reject) => {
    socket.once("open", resolve);
    socket.once("error", reject);
  });
  return {
    socket,
    closed,
    raw,
    async answer(count: number) {
      await until(() => frames.length >= count);
      return frames[count - 1];
    },
  };
}

const signIn = (token: string) =>
  crosstownWire.encodeFrame(crosstownWire.authFrame(1, { username: "buyer", token }));

Deno.test("startConnector() closes a session with 1002 if its first frame belongs to no wire", async () => {
  await using net = await rig();
  for (const bytes of [new Uint8Array(9), Uint8Array.fromHex("0600000001030161")]) {
    const { socket, closed } = await line(net.connector.port);
    socket.send(bytes);
    assert.equal(await closed, 1002);
  }
});

Deno.test("startConnector() answers a crosstown sign-in byte for byte, and a wrong one with F00 and 1008", async () => {
  await using net = await rig();
  const right = await line(net.connector.port);
  right.socket.send(signIn("buyer token"));
  await right.answer(1);
  assert.equal(right.raw[0].toHex(), "01000000010000000000");
  right.socket.close();
  await right.closed;
  const wrong = await line(net.connector.port);
  wrong.socket.send(signIn("buyer's token"));
  const answer = await wrong.answer(1);
  assert.equal(answer.type, "error");
  assert.equal(answer.error?.code, "F00");
  assert.equal(await wrong.closed, 1008);
});

Deno.test("startConnector() refuses what it cannot accept on the crosstown wire: F01, F08, and a paid packet without a claim", async () => {
  await using net = await rig();
  const { socket, answer, closed } = await line(net.connector.port);
  socket.send(signIn("buyer token"));
  await answer(1);
  const prepare = (size: number) => {
    const data = new Uint8Array(size);
    return crosstownWire.encodePrepare({
      amount: 10n,
      expiresAtMs: Date.now() + 30_000,
      condition: conditionOf(contentFulfilment(data)),
      destination: "test.hub.relay",
      data,
    });
  };
  // One byte more than can be encoded: the length before the data, 83 0c 00 00, is raised by hand.
  const most = prepare(786_432);
  const tooLarge = new Uint8Array(most.length + 1);
  tooLarge.set(most);
  tooLarge[most.length - 786_432 - 1] = 1;
  const codes: string[] = [];
  for (const packet of [Uint8Array.of(0x0c, 0x01), tooLarge, prepare(40)]) {
    const requestId = 2 + codes.length;
    socket.send(
      crosstownWire.encodeFrame({ type: "message", requestId, protocolData: [], packet }),
    );
    const frame = await answer(requestId);
    assert.equal(frame.requestId, requestId);
    const reject = crosstownWire.decodePacket(frame.packet!);
    assert.ok(reject.type === "reject");
    codes.push(reject.code);
  }
  assert.deepEqual(codes, ["F01", "F08", "F06"]);
  socket.close();
  await closed;
  assert.equal(net.terminal.effects.size, 0);
});

Deno.test("the content's own condition is SHA-256 twice over, as the network has it", () => {
  const data = new TextEncoder().encode("content");
  const once = createHash("sha256").update(data).digest();
  const twice = createHash("sha256").update(once).digest();
  assert.equal(contentFulfilment(data).toHex(), once.toString("hex"));
  assert.equal(conditionOf(contentFulfilment(data)).toHex(), twice.toString("hex"));
});

Deno.test("startConnector() takes 100,000 bytes of data on the crosstown wire, and says F08 where the next hop's wire takes less", async () => {
  await using net = await rig();
  const big = net.client({ wire: "crosstown" });
  await connected(big);
  assert.equal((await big.pay(payment(10n, "test.hub.relay", 100_000))).state, "fulfilled");
  assert.equal((await big.pay(payment(10n, "test.hub.relay", 786_432))).state, "fulfilled");
  const terminal = countingTerminal();
  await connected(net.providerClient(terminal));
  await until(() => net.connector.status().sessions.some(({ proven }) => proven));
  const refused = await big.pay(payment(10n, "test.hub.provider", 32_768));
  assert.equal(refused.state === "refused" && refused.code, "F08");
  assert.equal((await big.pay(payment(10n, "test.hub.provider", 32_767))).state, "fulfilled");
  await big.close();
  // A client of the other wire reports that before anything is signed.
  await net.buyer.reopen();
  const small = net.client();
  const local = await small.pay(payment(10n, "test.hub.relay", 32_768));
  assert.equal(local.state === "refused" && local.local && local.code, "packet");
});

Deno.test("startConnector() says F08 to 32,768 bytes of data on the interledger wire", async () => {
  await using net = await rig();
  await using peer = await RawPeer.signedIn(net.connector.url, "buyer");
  const data = new Uint8Array(32_768);
  const packet = innerPackets.encodePrepare({
    amount: 10n,
    expiresAtMs: Date.now() + 30_000,
    condition: conditionOf(contentFulfilment(data)),
    destination: "test.hub.relay",
    data,
  });
  const answer = await peer.pay(packet, null);
  assert.equal(answer.packet?.type === "reject" && answer.packet.code, "F08");
});
