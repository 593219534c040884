import assert from "node:assert/strict";
import { outcomeOf } from "../../../money/claims/outcome.ts";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import { CHANNEL, outgoing } from "../../store/store_rows.ts";

const NONE = new Uint8Array(0);

Deno.test("outcomeOf() returns a closed packet's outcome by its answer, and the meaning of a row without one", () => {
  const fulfilment = new Uint8Array(32).fill(1);
  const data = new Uint8Array([2]);
  const packet = { channelId: CHANNEL, nonce: 1, amount: 100n };
  assert.deepEqual(outcomeOf(outgoing(), wire, false), {
    state: "unknown",
    reason: "no answer yet",
  });
  const paid = outgoing({ state: "fulfilled", answer: wire.encodeFulfill({ fulfilment, data }) });
  assert.deepEqual(outcomeOf(paid, wire, true), {
    state: "fulfilled",
    fulfilment,
    data,
    packet,
    alreadyPaid: true,
  });
  assert.deepEqual(outcomeOf({ ...paid, answer: null }, wire, false), {
    state: "fulfilled",
    fulfilment: NONE,
    data: NONE,
    packet,
    alreadyPaid: false,
  });
  const reject = { code: "F99", triggeredBy: "test.a", message: "no", data };
  const refused = outgoing({ state: "refused", answer: wire.encodeReject(reject) });
  assert.deepEqual(outcomeOf(refused, wire, false), { ...reject, state: "refused", local: false });
  const forfeited = outcomeOf({ ...refused, answer: null }, wire, false);
  assert.ok(forfeited.state === "refused");
  const { message: _, ...rest } = forfeited;
  assert.deepEqual(rest, {
    state: "refused",
    code: "forfeited",
    data: NONE,
    triggeredBy: "",
    local: false,
  });
});
