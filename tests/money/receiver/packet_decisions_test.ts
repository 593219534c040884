import assert from "node:assert/strict";
import { PacketDecisions } from "../../../money/receiver/packet_decisions.ts";
import { Refusals } from "../../../money/receiver/refusals.ts";
import { systemTimers } from "../../../base/timers.ts";
import { asIlpAddress } from "../../../protocols/ilp/address.ts";
import type { Prepare } from "../../../protocols/ilp/packet.ts";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";

const NOW_MS = 1_700_000_000_000;

const decisions = new PacketDecisions(
  {},
  // Nothing is asked: the packet alone decides.
  { delivery: null as never, timers: systemTimers, log: () => {} },
  new Refusals("test.here", interledgerWire),
);

const prepareOf = (amount: bigint, aheadMs: number, dataBytes: number): Prepare => ({
  amount,
  expiresAtMs: NOW_MS + aheadMs,
  condition: new Uint8Array(32),
  destination: asIlpAddress("test.here"),
  data: new Uint8Array(dataBytes),
});

Deno.test("faultOf() takes packets that expire within five minutes and carry at most 32,767 bytes", () => {
  const fault = (aheadMs: number, dataBytes = 0) =>
    decisions.faultOf(prepareOf(1n, aheadMs, dataBytes), NOW_MS)?.code ?? null;
  assert.equal(fault(0), "R00");
  assert.equal(fault(-1), "R00");
  assert.equal(fault(1), null);
  assert.equal(fault(300_000), null);
  assert.equal(fault(300_001), "F00");
  assert.equal(fault(1, 32_767), null);
  assert.equal(fault(1, 32_768), "F01");
  assert.equal(decisions.faultOf(null, NOW_MS)?.code, "F01");
});

Deno.test("decide() holds what the credit covers and the peer's limit takes, to the unit", () => {
  const code = (maxHeldUnits: bigint | undefined, available: bigint, held: bigint) => {
    const seen = { obligation: "o", maxHeldUnits };
    const prepare = prepareOf(10n, 1, 0);
    const answer = decisions.decide(prepare, seen, { paid: null }, { available, held });
    if (answer === null) return null;
    const packet = interledgerWire.decodePacket(answer);
    return packet.type === "reject" ? packet.code : packet.type;
  };
  assert.equal(code(undefined, 10n, 1_000n), null);
  assert.equal(code(undefined, 9n, 0n), "T04");
  assert.equal(code(30n, 10n, 20n), null);
  assert.equal(code(30n, 10n, 21n), "T04");
  assert.equal(code(0n, 10n, 0n), "T04");
});
