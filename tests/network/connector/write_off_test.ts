import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { interledgerWire as wire } from "../../../protocols/btp/wire.ts";
import { afterFee, NO_FEE } from "../../../protocols/ilp/fee.ts";
import { Forwarder } from "../../../network/connector/forwarder.ts";
import { RoutingTable } from "../../../network/connector/routing_table.ts";
import { fixedChain } from "../../../services/chain/fixed_chain.ts";
import { noClaims } from "../../../services/channel/claim_source.ts";
import { CommitLane } from "../../../services/channel/commit_lane.ts";
import type { LinkAnswer } from "../../../services/channel/packet_link.ts";
import { Payer } from "../../../services/channel/payer.ts";
import { Receiver } from "../../../services/channel/receiver.ts";
import { Disk, storeOf } from "../../services/channel/sim/disk.ts";
import { VirtualTime } from "../../services/channel/sim/virtual_time.ts";

Deno.test("Forwarder books the loss after write_off, answers R00 then and not before, and a late FULFILL changes nothing upstream", async () => {
  const time = new VirtualTime(1);
  const disk = new Disk("hub", 1_000_000n);
  const store = storeOf(disk, time, () => 0);
  const lane = new CommitLane(store);
  const timers = time.timersOf(() => true);
  const log = () => {};
  const preimage = new Uint8Array(32).fill(3);
  let answer: (answer: LinkAnswer) => void = () => {};
  const hops = new Map();
  const forwarder: Forwarder = new Forwarder({
    routes: new RoutingTable([{ prefix: "test.next", to: { peer: "next" } }]),
    terminals: {},
    fee: NO_FEE,
    expiryMarginMs: 1_000,
    writeOffMs: 600_000,
  }, { store, timers, log, peers: () => hops, held: () => receiver.held });
  const receiver: Receiver = await Receiver.open(
    { ilpAddress: "test.hub", paymentAddress: `0x${"22".repeat(20)}` },
    {
      store,
      lane,
      chain: fixedChain([]),
      delivery: forwarder,
      codec: wire,
      timers,
      log,
      recover: () => "",
    },
  );
  const payer = await Payer.open({ channelId: "session:next", peer: "next", peerRule: "credit" }, {
    store,
    lane,
    claims: noClaims(),
    codec: wire,
    timers,
    log,
    linked: receiver.held,
  });
  hops.set("next", {
    payer,
    receiving: {},
    maxPacketUnits: null,
    pays: () => false,
    lacks: () => {},
  });
  await payer.attach({
    writable: () => null,
    claimState: () => Promise.resolve(null),
    send: () => new Promise((resolve) => answer = resolve),
  });
  await forwarder.watch();
  const prepare = wire.encodePrepare({
    amount: 500n,
    expiresAtMs: time.nowMs + 30_000,
    condition: new Uint8Array(createHash("sha256").update(preimage).digest()),
    destination: "test.next.far",
    data: new Uint8Array(0),
  });
  let told: string | null = null;
  void receiver.receive({ claim: null, prepare }, { kind: "trust", name: "up", units: 1_000n })
    .then((reply) => {
      const packet = wire.decodePacket(reply!.packet);
      told = packet.type === "reject" ? packet.code : packet.type;
    });
  await time.run(time.nowMs + 599_000);
  assert.equal(told, null, "while the next hop is unknown nothing is said, expired or not");
  await time.run(time.nowMs + 5_000);
  assert.equal(told, "R00");
  assert.equal(forwarder.writtenOffUnits, 500n);
  assert.equal(disk.cursors.get("connector:written_off_units"), "500");
  answer({
    packet: wire.encodeFulfill({ fulfilment: preimage, data: new Uint8Array(0) }),
    ack: null,
  });
  await time.run(time.nowMs + 1_000);
  assert.equal(payer.status().spent, 500n, "the loss is real now");
  assert.equal(receiver.status()[0].spent, 0n);
  forwarder.stop();
});

const FEES = [
  { name: "none", amount: 100n, fee: NO_FEE, left: 100n },
  { name: "flat", amount: 100n, fee: { flatUnits: 3n, basisPoints: 0 }, left: 97n },
  { name: "floored", amount: 9_999n, fee: { flatUnits: 0n, basisPoints: 1 }, left: 9_999n },
  { name: "a whole point", amount: 10_000n, fee: { flatUnits: 0n, basisPoints: 1 }, left: 9_999n },
  { name: "more than there is", amount: 2n, fee: { flatUnits: 3n, basisPoints: 0 }, left: null },
  { name: "all there is", amount: 3n, fee: { flatUnits: 3n, basisPoints: 0 }, left: null },
];

for (const { name, amount, fee, left } of FEES) {
  Deno.test(`afterFee() ${name}`, () => assert.equal(afterFee(amount, fee), left));
}

Deno.test("RoutingTable finds the longest prefix, whole segments only", () => {
  const table = new RoutingTable([
    { prefix: "test.a", to: { peer: "short" } },
    { prefix: "test.a.b", to: { peer: "long" } },
  ]);
  assert.deepEqual(table.find("test.a.b.c")?.to, { peer: "long" });
  assert.deepEqual(table.find("test.a.bc")?.to, { peer: "short" });
  assert.equal(table.find("test.ab"), null);
  assert.throws(() =>
    new RoutingTable([
      { prefix: "test.a", to: { peer: "x" } },
      { prefix: "test.a", to: { peer: "y" } },
    ])
  );
});
