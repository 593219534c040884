import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { serializeIlpPrepare } from "ilp-packet";
import {
  encodeFulfill,
  encodePrepare,
  encodeReject,
  MAX_ANSWER_DATA_BYTES,
  MAX_MESSAGE_BYTES,
  MAX_PREPARE_DATA_BYTES,
} from "../../../protocols/ilp/packet.ts";
import { MAX_AMOUNT } from "../../../protocols/ilp/max_amount.ts";
import { decodePacket } from "../../../protocols/ilp/decode_packet.ts";
import { PacketError } from "../../../protocols/ilp/packet_error.ts";
import { MAX_EXPIRES_AT_MS } from "../../../protocols/ilp/interledger_time.ts";
import { changed, prepare } from "./packets.ts";

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
