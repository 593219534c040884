import assert from "node:assert/strict";
import { crosstownWire } from "../../../protocols/wires/crosstown/wire.ts";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";
import { PacketError } from "../../../protocols/ilp/packet_error.ts";
import { packetIn, packetOut, unreadable } from "../../../peers/connector/packet_form.ts";
import { PACKETS } from "../../protocols/wires/crosstown_vectors.ts";

for (const { name, hex, packet } of PACKETS) {
  Deno.test(`packetIn() and packetOut() take ${name} in and give the same bytes back`, () => {
    const inner = packetIn(crosstownWire, Uint8Array.fromHex(hex));
    assert.deepEqual(interledgerWire.decodePacket(inner), packet);
    assert.equal(packetOut(crosstownWire, inner).toHex(), hex);
    assert.equal(packetIn(interledgerWire, inner), inner);
    assert.equal(packetOut(interledgerWire, inner), inner);
  });
}

Deno.test("packetIn() reads a T00 around an underpaid write as F04", () => {
  const data = new TextEncoder().encode('{"code":"F06","metadata":{"required":"9"}}');
  const reject = { code: "T00", triggeredBy: "g.a", message: "local handler", data };
  const inner = packetIn(crosstownWire, crosstownWire.encodeReject(reject));
  assert.deepEqual(interledgerWire.decodePacket(inner), { type: "reject", ...reject, code: "F04" });
});

Deno.test("unreadable() returns F08 for a packet that is too large, otherwise F01", () => {
  for (const [code, expected] of [["too_large", "F08"], ["truncated", "F01"]] as const) {
    const read = crosstownWire.decodePacket(
      unreadable(crosstownWire, new PacketError(code, "words")),
    );
    assert.ok(read.type === "reject");
    assert.deepEqual([read.code, read.message], [expected, "words"]);
  }
});
