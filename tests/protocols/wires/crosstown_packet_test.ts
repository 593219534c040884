import assert from "node:assert/strict";
import fc from "fast-check";
import { ByteWriter } from "../../../protocols/ilp/byte_writer.ts";
import { conditionOf, contentFulfilment } from "../../../protocols/ilp/condition.ts";
import {
  decodeCrosstownPacket,
  encodeCrosstownFulfill,
  encodeCrosstownPrepare,
  encodeCrosstownReject,
} from "../../../protocols/wires/crosstown/packet.ts";
import { OerReader } from "../../../protocols/ilp/oer_reader.ts";
import {
  encodeFulfill,
  encodePrepare,
  encodeReject,
  type Packet,
} from "../../../protocols/ilp/packet.ts";
import { decodePacket } from "../../../protocols/ilp/decode_packet.ts";
import { PacketError } from "../../../protocols/ilp/packet_error.ts";
import { PACKETS, publishedFile } from "./crosstown_vectors.ts";

function encode(packet: Packet): Uint8Array {
  switch (packet.type) {
    case "prepare":
      return encodeCrosstownPrepare(packet);
    case "fulfill":
      return encodeCrosstownFulfill(packet);
    case "reject":
      return encodeCrosstownReject(packet);
  }
}

for (const { name, hex, packet } of PACKETS) {
  Deno.test(`decodeCrosstownPacket() and its encoders meet the published ${name}`, () => {
    assert.deepEqual(decodeCrosstownPacket(Uint8Array.fromHex(hex)), packet);
    assert.equal(encode(packet).toHex(), hex);
  });
}

const E0 = new TextEncoder().encode(
  `id: ${"a".repeat(64)}\npubkey: ${
    "b".repeat(64)
  }\nkind: 1\ncontent: gm\ntags[0]:\ncreated_at: 1234567890\nsig: ${"c".repeat(128)}`,
);

Deno.test("encodeCrosstownPrepare() meets the published payment of a write, 403 bytes", () => {
  const fulfilment = contentFulfilment(E0);
  const prepare = {
    amount: BigInt(E0.length) * 10n,
    expiresAtMs: Date.UTC(2026, 2, 15, 12, 0, 30),
    condition: conditionOf(fulfilment),
    destination: "g.crosstown.peer1",
    data: E0,
  };
  const bytes = encodeCrosstownPrepare(prepare);
  assert.equal(bytes.length, 403);
  assert.equal(
    bytes.toHex(),
    `0c820cc632303236303331353132303033302e3030305a2b3d8c0c89a7ea264cac0661a16154ff9846d556ee9e4e84c63b11bb1480c42211672e63726f7373746f776e2e7065657231820147${E0.toHex()}`,
  );
  assert.deepEqual(decodeCrosstownPacket(bytes), { type: "prepare", ...prepare });
});

const fail = (code: string, detail: string) => Object.assign(new Error(detail), { code });
const VAR_UINTS: readonly [bigint, string][] = [
  [0n, "00"],
  [127n, "7f"],
  [128n, "8180"],
  [255n, "81ff"],
  [256n, "820100"],
  [1_000n, "8203e8"],
  [65_535n, "82ffff"],
  [2n ** 64n - 1n, "88ffffffffffffffff"],
];

for (const [value, hex] of VAR_UINTS) {
  Deno.test(`OerReader.varUint64() and ByteWriter.varUint() meet the published ${value}`, () => {
    const writer = new ByteWriter();
    writer.varUint(value);
    assert.equal(writer.finish().toHex(), hex);
    assert.equal(new OerReader(Uint8Array.fromHex(hex), fail).varUint64("value"), value);
  });
}

Deno.test("ByteWriter.varOctets() meets the published strings", () => {
  for (
    const [bytes, start] of [
      [new Uint8Array(0), "00"],
      [Uint8Array.of(0x42), "0142"],
      [new Uint8Array(1_000), "8203e8"],
    ] as const
  ) {
    const writer = new ByteWriter();
    writer.varOctets(bytes);
    assert.equal(writer.finish().toHex(), `${start}${bytes.length === 1 ? "" : bytes.toHex()}`);
  }
});

for (
  const [name, hex] of [
    ["a byte that needs no length", "817f"],
    ["a leading zero", "820080"],
    ["no bytes", "80"],
    ["9 bytes", "89010000000000000000"],
    ["an unending length", "ff"],
  ]
) {
  Deno.test(`OerReader.varUint64() refuses ${name}`, () => {
    const reader = new OerReader(Uint8Array.fromHex(hex), fail);
    assert.throws(() => reader.varUint64("value"), { code: "length" });
  });
}

const file = publishedFile();

/** Every string of the file whose key marks it as a packet. */
function packetsOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) =>
    typeof member === "string" && member !== "" && /^(packet_hex|http_body_hex)$/.test(key)
      ? [member]
      : packetsOf(member)
  );
}

Deno.test({
  name:
    `decodeCrosstownPacket() reads every packet of the published file, and encodes the same bytes${
      file === null ? " (the file is not beside this repository)" : ""
    }`,
  ignore: file === null,
  fn() {
    const packets = packetsOf(file);
    assert.ok(packets.length >= 8, `${packets.length} packets`);
    for (const hex of packets) {
      assert.equal(encode(decodeCrosstownPacket(Uint8Array.fromHex(hex))).toHex(), hex);
    }
    const { prepare, http_body_hex: hex } = file.peer_carriage.prepare;
    const read = decodeCrosstownPacket(Uint8Array.fromHex(hex));
    assert.ok(read.type === "prepare");
    assert.equal(read.amount, BigInt(prepare.amount));
    assert.equal(read.expiresAtMs, Date.parse(prepare.expires_at));
    assert.equal(read.condition.toHex(), prepare.execution_condition_hex);
    assert.equal(read.data.toHex(), prepare.data_hex);
  },
});

const address = fc.stringMatching(/^(g|test|private)(\.[a-zA-Z0-9_~-]{1,12}){1,5}$/);
const octets32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
const anyPacket: fc.Arbitrary<Packet> = fc.oneof(
  fc.record({
    type: fc.constant("prepare" as const),
    amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
    expiresAtMs: fc.integer({ min: 1, max: Date.UTC(9999, 11, 31, 23, 59, 59, 999) }),
    condition: octets32,
    destination: address,
    data: fc.uint8Array({ maxLength: 400 }),
  }),
  fc.record({
    type: fc.constant("fulfill" as const),
    fulfilment: octets32,
    data: fc.uint8Array({ maxLength: 400 }),
  }),
  fc.record({
    type: fc.constant("reject" as const),
    code: fc.stringMatching(/^[FTR][0-9]{2}$/),
    triggeredBy: fc.oneof(fc.constant(""), address),
    message: fc.string({ unit: "grapheme", maxLength: 100 }),
    data: fc.uint8Array({ maxLength: 400 }),
  }),
).map((packet) => ({ ...packet }));

Deno.test("decodeCrosstownPacket() gives back what the encoders wrote", () => {
  fc.assert(fc.property(anyPacket, (packet) => {
    assert.deepEqual(decodeCrosstownPacket(encode(packet)), packet);
  }));
});

Deno.test("a packet goes to the other wire and back without a change, and no bytes are both", () => {
  const plain = (packet: Packet) =>
    packet.type === "prepare"
      ? encodePrepare(packet)
      : packet.type === "fulfill"
      ? encodeFulfill(packet)
      : encodeReject(packet);
  fc.assert(fc.property(anyPacket, (packet) => {
    const bytes = encode(packet);
    assert.deepEqual(encode(decodePacket(plain(packet))), bytes);
    if (packet.type === "prepare") assert.throws(() => decodePacket(bytes), PacketError);
  }));
});

Deno.test("decodeCrosstownPacket() on any bytes gives a packet of exactly these bytes, or a PacketError", () => {
  const samples = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(anyPacket, fc.nat(), fc.nat(255)).map(([packet, at, byte]) => {
      const bytes = encode(packet);
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(samples, (bytes) => {
      let packet: Packet;
      try {
        packet = decodeCrosstownPacket(bytes);
      } catch (error) {
        assert.ok(error instanceof PacketError, String(error));
        assert.match(error.message, /^Cannot decode /);
        return;
      }
      // Words that are no UTF-8 and names without a scheme are read leniently: an answer must not be lost for them.
      if (packet.type !== "reject") assert.equal(encode(packet).toHex(), bytes.toHex());
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("decodeCrosstownPacket() refuses every truncation and every byte too many", () => {
  for (const { hex } of PACKETS) {
    const bytes = Uint8Array.fromHex(hex);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeCrosstownPacket(bytes.subarray(0, length)), {
        name: "PacketError",
        code: "truncated",
      });
    }
    const longer = Uint8Array.fromHex(`${hex}00`);
    assert.throws(() => decodeCrosstownPacket(longer), { code: "trailing", offset: bytes.length });
  }
});

Deno.test("decodeCrosstownPacket() reads a REJECT by an address of 1,023 characters, and none of 1,024", () => {
  const rejectBy = (address: string) => {
    const length = address.length.toString(16).padStart(4, "0");
    const hex = new TextEncoder().encode(address).toHex();
    return decodeCrosstownPacket(Uint8Array.fromHex(`0e54303082${length}${hex}026e6f00`));
  };
  const longest = `g.${"a".repeat(1_021)}`;
  const packet = rejectBy(longest);
  assert.ok(packet.type === "reject");
  assert.equal(packet.triggeredBy, longest);
  assert.throws(() => rejectBy(`${longest}a`), { code: "field" });
});

Deno.test("decodeCrosstownPacket() reads a REJECT by a node that names itself without a scheme", () => {
  const packet = decodeCrosstownPacket(Uint8Array.fromHex("0e543030057065657231026e6f00"));
  assert.ok(packet.type === "reject");
  assert.deepEqual([packet.code, packet.triggeredBy, packet.message], ["T00", "", "no"]);
});
