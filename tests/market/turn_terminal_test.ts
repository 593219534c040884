import assert from "node:assert/strict";
import { sha256 } from "@noble/hashes/sha2.js";
import { turnTerminal } from "../../market/turn_terminal.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { Prepare } from "../../protocols/ilp/packet.ts";
import type { NostrEvent } from "../../protocols/nostr/event.ts";
import { incrementOrder } from "../../protocols/nostr/increment_order.ts";
import { turnOrder } from "../../protocols/nostr/turn_order.ts";
import { createVerifier } from "../../protocols/nostr/verifier.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import type { JobRow } from "../../store/job_row.ts";
import type { MeterRow } from "../../store/meter_row.ts";
import { BUYER, NOW_S, PROVIDER, request, signed, STRANGER } from "./market.ts";

const verifier = await createVerifier();
const asked = request();
const own = (data: Uint8Array) => sha256(new Uint8Array([7, ...sha256(data)]));

function terminalWith(meter: Partial<MeterRow> | null, status: JobRow["status"] = "processing") {
  const beneath: Terminal = {
    inspect: () => Promise.resolve({ obligation: "beneath" }),
    effect: () => Promise.resolve({ reject: { code: "F00", message: "beneath" } }),
  };
  return turnTerminal(beneath, {
    pubkey: PROVIDER,
    store: {
      meterOf: () =>
        Promise.resolve(
          meter && { party: BUYER, turns: 0, state: "open", ...meter } as unknown as MeterRow,
        ),
      getJobByEvent: () =>
        Promise.resolve({ eventId: asked.id, buyer: BUYER, status } as unknown as JobRow),
    },
    signer: {
      packetFulfilments: (packets) =>
        Promise.resolve(
          packets.map(({ dataSha256 }) => sha256(new Uint8Array([7, ...dataSha256]))),
        ),
    },
    verifier,
    clock: () => NOW_S * 1_000,
  });
}

const order = (turn: number, author = BUYER) =>
  signed(turnOrder({ requestId: asked.id, provider: PROVIDER, turn }, NOW_S, false), author);
function packet(event: NostrEvent, condition?: Uint8Array): Prepare {
  const data = encodeToon(event, "1.4");
  return {
    amount: 0n,
    expiresAtMs: NOW_S * 1_000,
    condition: condition ?? sha256(own(data)),
    destination: "g.p",
    data,
  };
}
const codeOf = async (terminal: Terminal, prepare: Prepare) => {
  const seen = await terminal.inspect(prepare);
  return "reject" in seen ? seen.reject.code : "taken";
};

Deno.test("turnTerminal() books the buyer's next turn, and confirms one that it booked before", async () => {
  const terminal = terminalWith({ turns: 1 });
  const prepare = packet(order(2));
  assert.deepEqual(await terminal.inspect(prepare), { obligation: `turn:${asked.id}/2` });
  const effect = await terminal.effect(prepare, `turn:${asked.id}/2`);
  assert.ok("fulfilment" in effect);
  assert.deepEqual(sha256(effect.fulfilment), prepare.condition);
  assert.deepEqual(effect.changes, [{
    op: "turnMeter",
    eventId: asked.id,
    role: "provider",
    turn: 2,
    atMs: NOW_S * 1_000,
  }]);
  assert.equal(await codeOf(terminal, packet(order(1))), "taken");
  assert.equal(await codeOf(terminal, packet(order(3))), "T99");
});

Deno.test("turnTerminal() refuses strangers, forged orders, other conditions and jobs that have ended", async () => {
  assert.equal(await codeOf(terminalWith({}), packet(order(1, STRANGER))), "F99");
  assert.equal(await codeOf(terminalWith(null), packet(order(1))), "F99");
  const forged = { ...order(1), tags: order(3).tags };
  assert.equal(await codeOf(terminalWith({}), packet(forged)), "F06");
  assert.equal(await codeOf(terminalWith({}), packet(order(1), new Uint8Array(32))), "F05");
  assert.equal(await codeOf(terminalWith({ state: "over" }), packet(order(1))), "F99");
  assert.equal(await codeOf(terminalWith({}, "success"), packet(order(1))), "F99");
  // One that was booked is confirmed also after the end: its buyer would ask for ever.
  assert.equal(await codeOf(terminalWith({ turns: 1 }, "success"), packet(order(1))), "taken");
});

Deno.test("turnTerminal() leaves everything else to the terminal beneath", async () => {
  const increment = signed(
    incrementOrder({ requestId: asked.id, provider: PROVIDER, number: 2 }, NOW_S),
    BUYER,
  );
  for (const data of [encodeToon(increment, "1.4"), new Uint8Array(), new Uint8Array(9_999)]) {
    const seen = await terminalWith({}).inspect({ ...packet(order(1)), data });
    assert.deepEqual(seen, { obligation: "beneath" });
  }
  const effect = await terminalWith({}).effect(packet(order(1)), "job:1");
  assert.equal("reject" in effect && effect.reject.message, "beneath");
});
