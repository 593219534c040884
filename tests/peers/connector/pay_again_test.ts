import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import type { PacketOutcome } from "../../../money/claims/outcome.ts";
import type { Timers } from "../../../base/timers.ts";
import { outgoing } from "../../store/store_rows.ts";
import { payAgain } from "../../../peers/connector/pay_again.ts";

const FULFILMENT = new Uint8Array(32).fill(5);
const CONDITION = new Uint8Array(createHash("sha256").update(FULFILMENT).digest());
const NONE = new Uint8Array(0);
const REQUEST = { obligation: "job:1", condition: CONDITION };
const refused = (code: string, local = false): PacketOutcome => ({
  state: "refused",
  code,
  message: "no",
  data: NONE,
  triggeredBy: "test.peer",
  local,
});
/** A packet was refused because of its claim. */
const ofClaim = { ...refused("F06"), ofClaim: true } as PacketOutcome;
const paid: PacketOutcome = {
  state: "fulfilled",
  fulfilment: FULFILMENT,
  data: NONE,
  packet: { channelId: "0x", nonce: 1, amount: 1n },
  alreadyPaid: false,
};
const unknown: PacketOutcome = { state: "unknown", reason: "silence" };

const CASES: readonly {
  readonly name: string;
  readonly outcomes: readonly PacketOutcome[];
  readonly ends: string;
  readonly pauses: readonly number[];
  readonly mayRetry?: boolean;
}[] = [
  { name: "a final code", outcomes: [refused("F02")], ends: "F02", pauses: [] },
  {
    name: "a refused claim, which says nothing about the payment, then paid",
    outcomes: [ofClaim, ofClaim, paid],
    ends: "fulfilled",
    pauses: [100, 200],
  },
  {
    name: "claims that are always refused",
    outcomes: [ofClaim, ofClaim, ofClaim, ofClaim],
    ends: "F06",
    pauses: [100, 200, 400],
  },
  {
    name: "a refused claim at a strict peer without budget",
    outcomes: [ofClaim],
    ends: "F06",
    pauses: [],
    mayRetry: false,
  },
  { name: "F06 that is about the packet", outcomes: [refused("F06")], ends: "F06", pauses: [] },
  { name: "T01 then paid", outcomes: [refused("T01"), paid], ends: "fulfilled", pauses: [100] },
  {
    name: "R00 for ever",
    outcomes: [refused("R00"), refused("R00"), refused("R00"), refused("R00")],
    ends: "R00",
    pauses: [100, 200, 400],
  },
  {
    name: "F04, whose price is not ours to meet",
    outcomes: [refused("F04")],
    ends: "F04",
    pauses: [],
  },
  { name: "unknown, which is never paid again", outcomes: [unknown], ends: "unknown", pauses: [] },
  { name: "a refusal of our own", outcomes: [refused("window", true)], ends: "window", pauses: [] },
  {
    name: "T00 at a strict peer without budget",
    outcomes: [refused("T00")],
    ends: "T00",
    pauses: [],
    mayRetry: false,
  },
];

for (const { name, outcomes, ends, pauses, mayRetry = true } of CASES) {
  Deno.test(`payAgain() ${name}`, async () => {
    const paused: number[] = [];
    const timers: Timers = {
      now: () => 0,
      after: (ms, task) => {
        paused.push(ms);
        queueMicrotask(task);
        return () => {};
      },
    };
    let calls = 0;
    const outcome = await payAgain(() => Promise.resolve(outcomes[calls++]), REQUEST, {
      timers,
      codec: wire,
      mayRetry: () => mayRetry,
      store: { outgoingByObligation: () => Promise.resolve([]) },
    });
    assert.equal(outcome.state === "refused" ? outcome.code : outcome.state, ends);
    assert.deepEqual(paused, pauses);
    assert.equal(calls, outcomes.length);
  });
}

Deno.test("payAgain() accepts `already paid` as a receipt only with the preimage of a packet of ours", async () => {
  const say = (fulfilment: Uint8Array): PacketOutcome => ({
    ...refused("F99"),
    message: "already paid",
    data: wire.encodeFulfill({ fulfilment, data: NONE }),
  } as PacketOutcome);
  const other = new Uint8Array(createHash("sha256").update("another packet").digest());
  const receipt = (
    outcome: PacketOutcome,
    condition: Uint8Array,
    sent: () => Promise<readonly Uint8Array[]> = () => Promise.resolve([]),
  ) =>
    payAgain(() => Promise.resolve(outcome), { ...REQUEST, condition }, {
      timers: { now: () => 0, after: () => () => {} },
      codec: wire,
      mayRetry: () => true,
      store: {
        async outgoingByObligation(obligation) {
          assert.equal(obligation, REQUEST.obligation);
          return (await sent()).map((condition) => outgoing({ condition, state: "refused" }));
        },
      },
    });
  const again = await receipt(say(FULFILMENT), CONDITION);
  assert.equal(again.state === "fulfilled" && again.alreadyPaid, true);
  assert.equal((await receipt(say(new Uint8Array(32)), CONDITION)).state, "refused");
  assert.equal((await receipt(say(FULFILMENT), other)).state, "refused");
  // After a restart the same document has another signature, so the packet has another condition.
  const both = await receipt(say(FULFILMENT), other, () => Promise.resolve([other, CONDITION]));
  assert.equal(both.state, "fulfilled");
  const broken = () => Promise.reject(new Error("the store is closed"));
  assert.equal((await receipt(say(FULFILMENT), CONDITION, broken)).state, "fulfilled");
  assert.equal((await receipt(say(FULFILMENT), other, broken)).state, "refused");
  const noise = { ...refused("F99"), message: "already paid", data: NONE } as PacketOutcome;
  assert.equal((await receipt(noise, CONDITION)).state, "refused");
});
