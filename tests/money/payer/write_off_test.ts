/** When a payer that forwards packets may answer its previous hop at its own loss. */
import assert from "node:assert/strict";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { LinkAnswer } from "../../../money/claims/packet_link.ts";
import { CommitLane } from "../../../money/claims/commit_lane.ts";
import { noClaims } from "../../../money/payer/claim_source.ts";
import { Payer } from "../../../money/payer/payer.ts";
import type { Linked } from "../../../money/payer/payer_options.ts";
import type { Change } from "../../../store/store.ts";
import { Disk, storeOf } from "./sim/disk.ts";
import { VirtualTime } from "./sim/virtual_time.ts";

const NONE = new Uint8Array(0);
const ANSWER = wire.encodeReject({ code: "R00", triggeredBy: "test.hub", message: "", data: NONE });
const refusal: LinkAnswer = {
  packet: wire.encodeReject({ code: "F99", triggeredBy: "test.next", message: "", data: NONE }),
  ack: { result: "accepted", nonce: 1, credited: 100n, spent: 0n, held: 0n },
};
const settled = (value: string): Change => ({ op: "setCursor", name: "settled", value });

/** A payer of one packet whose next hop is silent until it refuses. `previous`: the settled packets of the previous hop. */
async function forwarding({ linked = true } = {}) {
  const time = new VirtualTime(1);
  const disk = new Disk("hub", 1_000_000n);
  const store = storeOf(disk, time, () => 0);
  const previous: { settled: readonly Change[]; ready: Promise<void> } = {
    settled: [],
    ready: Promise.resolve(),
  };
  const link: Linked = {
    ready: () => previous.ready,
    ledgerOf: () => null,
    issueChanges: () => [],
    closeChanges: () => [],
    claimRefused: () => NONE,
    writeOffChanges: () => previous.settled,
    committing: () => {},
  };
  const payer = await Payer.open({ channelId: "session:next", peer: "next", peerRule: "credit" }, {
    store,
    lane: new CommitLane(store, time.soon),
    claims: noClaims(),
    codec: wire,
    timers: time.timersOf(() => true),
    log: () => {},
    ...(linked ? { linked: link } : {}),
  });
  const hop: { answer: (answer: LinkAnswer) => void } = { answer: () => {} };
  await payer.attach({
    writable: () => null,
    claimState: () => Promise.resolve(null),
    send: () => new Promise((resolve) => hop.answer = resolve),
  });
  void payer.pay({
    amount: 100n,
    obligation: "forward:1",
    destination: "test.next.x",
    data: NONE,
    condition: new Uint8Array(32),
    expiresInMs: 10_000,
    ...(linked ? { incoming: { channelId: "session:previous", nonce: 1 } } : {}),
  });
  return {
    payer,
    disk,
    hop,
    previous,
    run: (ms: number) => time.run(time.nowMs + ms),
    writeOff: (allowed = true, nonce = 1) => payer.writeOff(nonce, ANSWER, [], () => allowed),
  };
}

Deno.test("Payer.writeOff() waits until a packet is durable, allowed and held at the previous hop, and does it once", async () => {
  const { disk, previous, run, writeOff } = await forwarding();
  previous.settled = [settled("1")];
  while (writeOff(false) === "not_open") await run(0.1);
  assert.equal(disk.out.size, 0, "the packet is open, and not durable yet");
  assert.equal(writeOff(), "later");
  await run(1_000);
  assert.equal(disk.out.size, 1);
  assert.equal(disk.cursors.get("settled"), undefined);
  assert.equal(writeOff(true, 2), "not_open");
  assert.equal(writeOff(false), "later");
  previous.settled = [];
  assert.equal(writeOff(), "later", "nothing is held at the previous hop");
  await run(1_000);
  assert.equal([...disk.out.values()][0].writtenOffAtMs, null);
  previous.settled = [settled("2")];
  assert.equal(writeOff(), "written_off");
  assert.equal(writeOff(), "later", "it is written off already");
  await run(1_000);
  assert.equal(disk.cursors.get("settled"), "2");
  assert.notEqual([...disk.out.values()][0].writtenOffAtMs, null);
});

Deno.test("Payer.writeOff() does not touch a packet that is being closed, or one of its own", async () => {
  const { disk, hop, previous, run, writeOff } = await forwarding();
  previous.settled = [settled("1")];
  await run(1_000);
  const reading = Promise.withResolvers<void>();
  previous.ready = reading.promise;
  hop.answer(refusal);
  await run(1);
  assert.equal(
    writeOff(),
    "later",
    "the answer came first, and waits for the previous hop's figures",
  );
  reading.resolve();
  await run(1_000);
  assert.equal(writeOff(), "not_open");
  assert.equal(disk.cursors.get("settled"), undefined);

  const own = await forwarding({ linked: false });
  await own.run(1_000);
  assert.equal(own.disk.out.size, 1);
  assert.equal(own.writeOff(), "not_open");
});
