/** A payer whose session ends while the payer still reads its state. */
import assert from "node:assert/strict";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import type { PacketLink } from "../../../money/claims/packet_link.ts";
import { noClaims } from "../../../money/payer/claim_source.ts";
import { Payer } from "../../../money/payer/payer.ts";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import { Disk, storeOf } from "./sim/disk.ts";
import { VirtualTime } from "./sim/virtual_time.ts";

const NONE = new Uint8Array(0);

async function paying(amount = 100n) {
  const time = new VirtualTime(1);
  const disk = new Disk("alice", 1_000_000n);
  const store = storeOf(disk, time, () => 0);
  const payer = await Payer.open({ channelId: "session:next", peer: "next", peerRule: "credit" }, {
    store,
    lane: new CommitLane(store, time.soon),
    claims: noClaims(),
    codec: wire,
    timers: time.timersOf(() => true),
    log: () => {},
  });
  const outcome = payer.pay({
    amount,
    obligation: "o",
    destination: "test.next.x",
    data: NONE,
    condition: new Uint8Array(32),
    expiresInMs: 10_000,
  });
  return { payer, disk, outcome, run: (ms: number) => time.run(time.nowMs + ms) };
}

/** A session that counts its packets; `state` settles when the peer sent its figures. */
function session(state: Promise<null> = Promise.resolve(null)) {
  const seen = { sent: 0 };
  const link: PacketLink = {
    writable: () => null,
    claimState: () => state,
    send() {
      seen.sent += 1;
      return new Promise(() => {});
    },
  };
  return { link, seen };
}

Deno.test("Payer sends nothing over a session that ended before the peer told its figures", async () => {
  const { payer, run } = await paying();
  const figures = Promise.withResolvers<null>();
  const gone = session(figures.promise);
  const attaching = payer.attach(gone.link);
  payer.detach(gone.link);
  figures.resolve(null);
  await attaching;
  await run(5_000);
  assert.equal(gone.seen.sent, 0);

  const next = session();
  await payer.attach(next.link);
  await run(100);
  assert.equal(next.seen.sent, 1);
  payer.detach(gone.link);
  await run(10_000);
  assert.ok(next.seen.sent > 1, "the end of the first one ends nothing here");
  const { sent } = next.seen;
  payer.detach(next.link);
  await run(200_000);
  assert.equal(next.seen.sent, sent);
});

Deno.test("Payer writes nothing for a payment that is refused before it is signed", async () => {
  const { payer, disk, outcome, run } = await paying(10n ** 15n);
  await payer.attach(session().link);
  await run(1_000);
  const { state, ...refusal } = await outcome;
  assert.deepEqual([state, "code" in refusal && refusal.code], ["refused", "window"]);
  assert.equal(disk.payers.size, 0);
});
