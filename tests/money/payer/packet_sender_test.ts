import assert from "node:assert/strict";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import { PacketSender } from "../../../money/payer/packet_sender.ts";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";
import { outgoing } from "../../store/store_rows.ts";
import { Disk, storeOf } from "./sim/disk.ts";
import { oneByOne } from "./sim/signer.ts";
import { VirtualTime } from "./sim/virtual_time.ts";

async function open(fails: () => number) {
  const time = new VirtualTime(1);
  const lost: string[] = [];
  const store = storeOf(new Disk("payer", 1_000_000n), time, fails);
  const sender = new PacketSender({ channelId: "0xc1", peer: "peer", peerRule: "credit" }, {
    store,
    lane: new CommitLane(store, time.soon),
    claims: {
      capacity: () => Promise.resolve({ depositUnits: 10_000n, open: true }),
      lastClaim: () => Promise.resolve(null),
      issue: oneByOne(() => Promise.reject(new Error("nothing is signed here"))),
    },
    codec: interledgerWire,
    timers: time.timersOf(() => true),
    log: () => {},
  }, { onClosed() {}, onRoom() {}, onLost: (reason) => void lost.push(reason) });
  await sender.load();
  return { sender, time, lost };
}

Deno.test("PacketSender.settled() does not wait while the store is well", async () => {
  const { sender } = await open(() => 0);
  await sender.settled();
  assert.equal(sender.holds(sender.ledger), true);
});

Deno.test("PacketSender.settled() waits a second after the store failed, unless it was closed", async () => {
  const { sender, time, lost } = await open(() => 1);
  const packet = outgoing({ channelId: "0xc1", nonce: 1 });
  const dispatched = sender.dispatch([packet], null);
  await time.run(time.nowMs + 100);
  assert.equal(await dispatched, false);
  assert.deepEqual(lost, ["the store failed; the packet is looked up again"]);
  assert.equal(sender.holds(sender.ledger), false);
  let settled = false;
  const waiting = sender.settled().then(() => settled = true);
  await time.run(time.nowMs + 999);
  assert.equal(settled, false);
  await time.run(time.nowMs + 1);
  await waiting;
  await sender.close();
  await sender.settled();
});
