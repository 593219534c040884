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
import {
  encodeFulfill,
  encodePrepare,
  encodeReject,
  MAX_AMOUNT,
  MAX_ANSWER_DATA_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_PREPARE_DATA_BYTES,
  type Prepare,
} from "../../../protocols/ilp/packet.ts";
import { decodePacket } from "../../../protocols/ilp/decode_packet.ts";
import { PacketError } from "../../../protocols/ilp/packet_error.ts";
import { MAX_EXPIRES_AT_MS } from "../../../protocols/ilp/interledger_time.ts";

const prepare: Prepare = {
  amount: 250_000n,
  expiresAtMs: Date.parse("2030-01-01T00:01:00.007Z"),
  condition: new Uint8Array(32).fill(7),
  destination: "g.dev.relay",
  data: new TextEncoder().encode("data"),
};

const bytes = (maxLength: number, minLength = 0) => fc.uint8Array({ minLength, maxLength });
const segment = fc.stringMatching(/^[a-zA-Z0-9_~-]{1,12}$/);
const address = fc.tuple(
  fc.constantFrom("g", "private", "example", "peer", "self", "test", "test1", "test3", "local"),
  fc.array(segment, { minLength: 1, maxLength: 6 }),
).map(([scheme, names]) => [scheme, ...names].join("."));
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

/** A PREPARE with some of its bytes replaced. Contents begin at offset 2 (short) with the amount. */
function changed(at: number, ...replacement: number[]): Uint8Array {
  const packet = encodePrepare(prepare);
  packet.set(replacement, at);
  return packet;
}
const digits = (text: string) => [...text].map((char) => char.charCodeAt(0));

const refused: readonly {
  name: string;
  input: Uint8Array;
  code: PacketError["code"];
  message: RegExp;
}[] = [
  { name: "no bytes", input: new Uint8Array(), code: "truncated", message: /0 left at offset 0/ },
  { name: "unknown type", input: changed(0, 11), code: "type", message: /got 11/ },
  {
    name: "bytes after the envelope",
    input: new Uint8Array([...encodePrepare(prepare), 0]),
    code: "trailing",
    message: /1 bytes after the end/,
  },
  {
    name: "bytes after the last field",
    input: new Uint8Array([13, 34, ...new Array(32).fill(0), 0, 9]),
    code: "trailing",
    message: /1 bytes after the end at offset 35/,
  },
  {
    name: "length in more bytes than needed",
    input: new Uint8Array([13, 0x81, 33, ...new Array(33).fill(0)]),
    code: "length",
    message: /not the shortest at offset 1/,
  },
  {
    name: "length of a length over 4 bytes",
    input: new Uint8Array([13, 0x89, 0, 0, 0, 0, 0, 0, 0, 0, 33]),
    code: "length",
    message: /9 bytes, 1 to 4 expected/,
  },
  {
    name: "length that promises 4 GiB",
    input: new Uint8Array([13, 0x84, 0xff, 0xff, 0xff, 0xff]),
    code: "truncated",
    message: /needs 4294967295 bytes, 0 left/,
  },
  {
    name: "amount cut short",
    input: new Uint8Array([12, 5, 0, 0, 0, 0, 0]),
    code: "truncated",
    message: /^Cannot decode PREPARE: amount needs 8 bytes, 5 left at offset 2$/,
  },
  {
    name: "month 13",
    input: changed(10, ...digits("20301301000100007")),
    code: "field",
    message: /expiresAt .* offset 10/,
  },
  {
    name: "30 February",
    input: changed(10, ...digits("20300230000100007")),
    code: "field",
    message: /expiresAt/,
  },
  {
    name: "leap second",
    input: changed(10, ...digits("20301231235960000")),
    code: "field",
    message: /expiresAt/,
  },
  {
    name: "letters in the time",
    input: changed(10, ...digits("2030-01-01T00:01Z")),
    code: "field",
    message: /expiresAt/,
  },
  {
    name: "the epoch itself",
    input: changed(10, ...digits("19700101000000000")),
    code: "field",
    message: /expiresAt/,
  },
  {
    name: "no ILP address",
    input: changed(60, ...digits("x.dev")),
    code: "field",
    message: /destination must be an ILP address at offset 59/,
  },
  {
    name: "address with a byte above 0x7f",
    input: changed(62, 0xe9),
    code: "field",
    message: /destination/,
  },
  {
    name: "REJECT with a control character in its code",
    input: (() => {
      const packet = encodeReject({
        code: "F02",
        triggeredBy: "",
        message: "",
        data: new Uint8Array(),
      });
      packet[2] = 0;
      return packet;
    })(),
    code: "field",
    message: /^Cannot decode REJECT: code/,
  },
];

for (const { name, input, code, message } of refused) {
  Deno.test(`decodePacket() refuses ${name}`, () => {
    assert.throws(() => decodePacket(input), (error: unknown) => {
      assert.ok(error instanceof PacketError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  });
}

Deno.test("decodePacket() refuses a PREPARE whose data is over 32,767 bytes although ilp-packet takes it", () => {
  const data = Buffer.alloc(MAX_PREPARE_DATA_BYTES + 1);
  const large = serializeIlpPrepare({
    amount: "1",
    expiresAt: new Date(prepare.expiresAtMs),
    executionCondition: Buffer.alloc(32),
    destination: "g.dev",
    data,
  });
  assert.throws(() => decodePacket(large), { code: "too_large" });
  assert.equal(
    decodePacket(encodePrepare({ ...prepare, data: data.subarray(1) })).data.length,
    MAX_PREPARE_DATA_BYTES,
  );
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

const unencodable: readonly { name: string; make: () => unknown; code: string }[] = [
  {
    name: "negative amount",
    make: () => encodePrepare({ ...prepare, amount: -1n }),
    code: "field",
  },
  {
    name: "amount of 2^64",
    make: () => encodePrepare({ ...prepare, amount: MAX_AMOUNT + 1n }),
    code: "field",
  },
  {
    name: "amount that is a number",
    make: () => encodePrepare({ ...prepare, amount: 1 as unknown as bigint }),
    code: "field",
  },
  { name: "expiry 0", make: () => encodePrepare({ ...prepare, expiresAtMs: 0 }), code: "field" },
  {
    name: "expiry NaN",
    make: () => encodePrepare({ ...prepare, expiresAtMs: NaN }),
    code: "field",
  },
  {
    name: "expiry with a fraction",
    make: () => encodePrepare({ ...prepare, expiresAtMs: 1.5 }),
    code: "field",
  },
  {
    name: "expiry in the year 10000",
    make: () => encodePrepare({ ...prepare, expiresAtMs: MAX_EXPIRES_AT_MS + 1 }),
    code: "field",
  },
  {
    name: "condition of 31 bytes",
    make: () => encodePrepare({ ...prepare, condition: new Uint8Array(31) }),
    code: "field",
  },
  {
    name: "condition that is text",
    make: () => encodePrepare({ ...prepare, condition: "x".repeat(32) as unknown as Uint8Array }),
    code: "field",
  },
  {
    name: "destination without a scheme",
    make: () => encodePrepare({ ...prepare, destination: "dev.relay" }),
    code: "field",
  },
  {
    name: "destination of 1,024 characters",
    make: () => encodePrepare({ ...prepare, destination: `g.${"a".repeat(1_022)}` }),
    code: "field",
  },
  {
    name: "data of 32,768 bytes",
    make: () => encodePrepare({ ...prepare, data: new Uint8Array(MAX_PREPARE_DATA_BYTES + 1) }),
    code: "too_large",
  },
  {
    name: "answer data over 32 KiB",
    make: () =>
      encodeFulfill({
        fulfilment: prepare.condition,
        data: new Uint8Array(MAX_ANSWER_DATA_BYTES + 1),
      }),
    code: "too_large",
  },
  {
    name: "code of two characters",
    make: () => encodeReject({ code: "F0", triggeredBy: "", message: "", data: new Uint8Array() }),
    code: "field",
  },
  {
    name: "message over 8,191 bytes",
    make: () =>
      encodeReject({
        code: "F00",
        triggeredBy: "",
        message: "x".repeat(MAX_MESSAGE_BYTES + 1),
        data: new Uint8Array(),
      }),
    code: "too_large",
  },
];

for (const { name, make, code } of unencodable) {
  Deno.test(`encoding refuses ${name}`, () => {
    assert.throws(make, { name: "PacketError", code });
  });
}

Deno.test("encodePrepare() takes an amount of 2^64 - 1, and none outside", () => {
  const of = (amount: bigint) => encodePrepare({ ...prepare, amount });
  assert.deepEqual(decodePacket(of(MAX_AMOUNT)), {
    type: "prepare",
    ...prepare,
    amount: MAX_AMOUNT,
  });
  assert.deepEqual(decodePacket(of(0n)), { type: "prepare", ...prepare, amount: 0n });
  for (const amount of [-1n, MAX_AMOUNT + 1n]) {
    assert.throws(() => of(amount), { code: "field", message: /amount/ });
  }
});
