import assert from "node:assert/strict";
import {
  decodeCrosstownPacket,
  encodeCrosstownFulfill,
  encodeCrosstownPrepare,
  encodeCrosstownReject,
  MAX_CROSSTOWN_DATA_BYTES,
} from "../../../protocols/wires/crosstown/packet.ts";
import { MAX_ANSWER_DATA_BYTES } from "../../../protocols/ilp/packet.ts";
import { PacketError } from "../../../protocols/ilp/packet_error.ts";
import { PREPARE_HEX, REJECT_HEX } from "./crosstown_vectors.ts";

const broken: readonly { name: string; hex: string; code: string; message: RegExp }[] = [
  { name: "an unknown type", hex: "0f00", code: "type", message: /got 15/ },
  {
    name: "an amount that is not the shortest",
    hex: PREPARE_HEX.replace("8303d090", "840003d090"),
    code: "length",
    message: /amount .* not the shortest at offset 1/,
  },
  {
    name: "an amount over 64 bits",
    hex: PREPARE_HEX.replace("8303d090", "89010000000000000000"),
    code: "length",
    message: /9 bytes/,
  },
  {
    name: "month 13",
    hex: PREPARE_HEX.replace("32303330303130", "32303330313330"),
    code: "field",
    message: /expiresAt .* offset 5/,
  },
  {
    name: "a time of the other wire",
    hex: PREPARE_HEX.replace("2e3030305a", "3030303030"),
    code: "field",
    message: /YYYYMMDDHHMMSS/,
  },
  {
    name: "a destination that is no address",
    hex: PREPARE_HEX.replace("672e746f6f6e", "672e2e6f6f6e"),
    code: "field",
    message: /destination must be an ILP address/,
  },
  {
    name: "a code that is not printable",
    hex: REJECT_HEX.replace("543034", "540034"),
    code: "field",
    message: /code/,
  },
  {
    name: "a name that is none",
    hex: REJECT_HEX.replace("672e746f6f6e", "672e2e6f6f6e"),
    code: "field",
    message: /triggeredBy must be an address or empty at offset 4/,
  },
];

for (const { name, hex, code, message } of broken) {
  Deno.test(`decodeCrosstownPacket() refuses ${name}`, () => {
    assert.throws(() => decodeCrosstownPacket(Uint8Array.fromHex(hex)), (error: unknown) => {
      assert.ok(error instanceof PacketError, String(error));
      assert.equal(error.code, code);
      assert.match(error.message, message);
      return true;
    });
  });
}

const prepare = {
  amount: 1n,
  expiresAtMs: 1,
  condition: new Uint8Array(32),
  destination: "g.a",
  data: new Uint8Array(0),
};
const reject = { code: "F00", triggeredBy: "", message: "", data: new Uint8Array(0) };
const unencodable: readonly { name: string; make: () => unknown; code: string }[] = [
  {
    name: "a negative amount",
    make: () => encodeCrosstownPrepare({ ...prepare, amount: -1n }),
    code: "field",
  },
  {
    name: "an amount over 64 bits",
    make: () => encodeCrosstownPrepare({ ...prepare, amount: 2n ** 64n }),
    code: "field",
  },
  {
    name: "1970",
    make: () => encodeCrosstownPrepare({ ...prepare, expiresAtMs: 0 }),
    code: "field",
  },
  {
    name: "a condition of 31 bytes",
    make: () => encodeCrosstownPrepare({ ...prepare, condition: new Uint8Array(31) }),
    code: "field",
  },
  {
    name: "no address",
    make: () => encodeCrosstownPrepare({ ...prepare, destination: "peer one" }),
    code: "field",
  },
  {
    name: "too much data",
    make: () =>
      encodeCrosstownPrepare({ ...prepare, data: new Uint8Array(MAX_CROSSTOWN_DATA_BYTES + 1) }),
    code: "too_large",
  },
  {
    name: "an answer of too much data",
    make: () =>
      encodeCrosstownFulfill({
        fulfilment: new Uint8Array(32),
        data: new Uint8Array(MAX_ANSWER_DATA_BYTES + 1),
      }),
    code: "too_large",
  },
  {
    name: "a code of 4 characters",
    make: () => encodeCrosstownReject({ ...reject, code: "F000" }),
    code: "field",
  },
  {
    name: "a message too long",
    make: () => encodeCrosstownReject({ ...reject, message: "é".repeat(4_096) }),
    code: "too_large",
  },
];

for (const { name, make, code } of unencodable) {
  Deno.test(`the encoders of the crosstown wire refuse ${name}`, () => {
    assert.throws(make, { name: "PacketError", code });
  });
}
