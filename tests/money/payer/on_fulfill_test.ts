import assert from "node:assert/strict";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";
import { ack, bench, CONDITION, fulfill, NONE } from "./payer_rig.ts";

const refusal = wire.encodeReject({
  code: "F00",
  triggeredBy: "test.peer",
  message: "no",
  data: NONE,
});

Deno.test("Payer says once that a FULFILL came, before it is durable, and nothing for a refusal or an earlier payment", async () => {
  const { payer, run, disk } = await bench((_packet, asked) => ({
    packet: asked === 1 ? refusal : fulfill,
    ack: ack(),
  }));
  const came: (string | undefined)[] = [];
  const request = {
    ...{ amount: 100n, obligation: "write:1", destination: "test.peer.x", data: NONE },
    ...{ condition: CONDITION, expiresInMs: 10_000 },
    onFulfill: () => void came.push(disk.out.get("0xc1/2")?.state),
  };
  for (const expected of ["refused", "fulfilled", "fulfilled"]) {
    const paying = payer.pay(request);
    await run(100);
    assert.equal((await paying).state, expected);
  }
  assert.deepEqual(came, ["open"]);
});
