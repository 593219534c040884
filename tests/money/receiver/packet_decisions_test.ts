import assert from "node:assert/strict";
import { PacketDecisions } from "../../../money/receiver/packet_decisions.ts";
import { Refusals } from "../../../money/receiver/refusals.ts";
import { systemTimers } from "../../../base/timers.ts";
import { asIlpAddress } from "../../../protocols/ilp/address.ts";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";

const NOW_MS = 1_700_000_000_000;

Deno.test("faultOf() takes packets that expire within five minutes and carry at most 32,767 bytes", () => {
  const decisions = new PacketDecisions(
    {},
    // Nothing is asked: the packet alone tells.
    { delivery: null as never, timers: systemTimers, log: () => {} },
    new Refusals("test.here", interledgerWire),
  );
  const fault = (aheadMs: number, dataBytes = 0) =>
    decisions.faultOf({
      amount: 1n,
      expiresAtMs: NOW_MS + aheadMs,
      condition: new Uint8Array(32),
      destination: asIlpAddress("test.here"),
      data: new Uint8Array(dataBytes),
    }, NOW_MS)?.code ?? null;
  assert.equal(fault(0), "R00");
  assert.equal(fault(-1), "R00");
  assert.equal(fault(1), null);
  assert.equal(fault(300_000), null);
  assert.equal(fault(300_001), "F00");
  assert.equal(fault(1, 32_767), null);
  assert.equal(fault(1, 32_768), "F01");
  assert.equal(decisions.faultOf(null, NOW_MS)?.code, "F01");
});
