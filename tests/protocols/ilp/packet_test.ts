import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import fc from "fast-check";
import {
  deserializeIlpPacket,
  deserializeIlpPrepare,
  serializeIlpFulfill,
  serializeIlpPrepare,
  serializeIlpReject,
} from "ilp-packet";
import { encodeFulfill, encodePrepare, encodeReject } from "../../../protocols/ilp/packet.ts";
import { MAX_AMOUNT } from "../../../protocols/ilp/max_amount.ts";
import { decodePacket } from "../../../protocols/ilp/decode_packet.ts";
import { PacketError } from "../../../protocols/ilp/packet_error.ts";
import { MAX_EXPIRES_AT_MS } from "../../../protocols/ilp/interledger_time.ts";
import { address, bytes, prepare } from "./packets.ts";

const anyPrepare = fc.record({
  amount: fc.bigInt({ min: 0n, max: MAX_AMOUNT }),
  expiresAtMs: fc.integer({ min: 1, max: MAX_EXPIRES_AT_MS }),
  condition: bytes(32, 32),
  destination: address,
  data: bytes(600),
});

const anyFulfill = fc.record({ fulfilment: bytes(32, 32), data: bytes(600) });

const anyReject = fc.record({
  code: fc.stringMatching(/^[FTR][0-9]{2}$/),
  triggeredBy: fc.oneof(address, fc.constant("")),
  message: fc.string({ unit: "binary", maxLength: 80 }).filter((text) => text.isWellFormed()),
  data: bytes(600),
});

Deno.test("encodePrepare() writes what ilp-packet reads, and decodePacket() what it writes", () => {
  fc.assert(fc.property(anyPrepare, (value) => {
    const ours = encodePrepare(value);
    const theirs = deserializeIlpPrepare(Buffer.from(ours));
    assert.equal(theirs.amount, value.amount.toString());
    assert.equal(theirs.expiresAt.getTime(), value.expiresAtMs);
    assert.deepEqual(new Uint8Array(theirs.executionCondition), value.condition);
    assert.equal(theirs.destination, value.destination);
    assert.deepEqual(new Uint8Array(theirs.data), value.data);
    assert.deepEqual(decodePacket(new Uint8Array(serializeIlpPrepare(theirs))), {
      type: "prepare",
      ...value,
    });
  }));
});

Deno.test("encodeFulfill() and encodeReject() round-trip through ilp-packet", () => {
  fc.assert(fc.property(anyFulfill, (value) => {
    const theirs = deserializeIlpPacket(Buffer.from(encodeFulfill(value)));
    assert.equal(theirs.typeString, "ilp_fulfill");
    // deno-lint-ignore no-explicit-any
    const again = new Uint8Array(serializeIlpFulfill(theirs.data as any));
    assert.deepEqual(decodePacket(again), { type: "fulfill", ...value });
  }));
  fc.assert(fc.property(anyReject, (value) => {
    const theirs = deserializeIlpPacket(Buffer.from(encodeReject(value)));
    assert.equal(theirs.typeString, "ilp_reject");
    // deno-lint-ignore no-explicit-any
    const again = new Uint8Array(serializeIlpReject(theirs.data as any));
    assert.deepEqual(decodePacket(again), { type: "reject", ...value });
  }));
});

Deno.test("decodePacket() on any bytes gives a packet that is encoded as these bytes alone, or a PacketError", () => {
  const samples = fc.oneof(
    bytes(300),
    fc.tuple(
      fc.oneof(
        anyPrepare.map(encodePrepare),
        anyFulfill.map(encodeFulfill),
        anyReject.map(encodeReject),
      ),
      fc.nat(),
      fc.nat(255),
    ).map(([packet, at, byte]) => {
      const changed = packet.slice();
      changed[at % changed.length] = byte;
      return changed;
    }),
  );
  fc.assert(
    fc.property(samples, (input) => {
      let ours;
      try {
        ours = decodePacket(input);
      } catch (error) {
        assert.ok(error instanceof PacketError, String(error));
        assert.match(error.message, /^Cannot decode (PREPARE|FULFILL|REJECT|ILP packet): /);
        return;
      }
      const theirs = deserializeIlpPacket(Buffer.from(input));
      assert.equal(theirs.typeString, `ilp_${ours.type}`);
      // One packet, one encoding: otherwise the same payment would have many hashes.
      if (ours.type === "reject" && ours.message.includes("\ufffd")) return;
      const again = ours.type === "prepare"
        ? encodePrepare(ours)
        : ours.type === "fulfill"
        ? encodeFulfill(ours)
        : encodeReject(ours);
      assert.deepEqual(again, input);
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("decodePacket() refuses every truncation of every packet", () => {
  const packets = [
    encodePrepare(prepare),
    encodeFulfill({ fulfilment: prepare.condition, data: prepare.data }),
    encodeReject({ code: "F02", triggeredBy: "g.dev", message: "no route", data: prepare.data }),
  ];
  for (const packet of packets) {
    for (let length = 0; length < packet.length; length++) {
      assert.throws(() => decodePacket(packet.subarray(0, length)), {
        name: "PacketError",
        code: "truncated",
      });
    }
  }
});

Deno.test("decodePacket() copies, so that the input may change", () => {
  const input = encodePrepare(prepare);
  const packet = decodePacket(input);
  input.fill(0);
  assert.deepEqual(packet, { type: "prepare", ...prepare });
});

Deno.test("decodePacket() reads a REJECT whose message is not UTF-8, so that the answer is not lost", () => {
  const packet = encodeReject({
    code: "T00",
    triggeredBy: "g.a",
    message: "ab",
    data: new Uint8Array(),
  });
  packet[packet.length - 2] = 0xff;
  assert.deepEqual(decodePacket(packet), {
    type: "reject",
    code: "T00",
    triggeredBy: "g.a",
    message: "a\ufffd",
    data: new Uint8Array(),
  });
});
