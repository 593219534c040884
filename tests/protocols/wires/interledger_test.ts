import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as library from "btp-packet";
import fc from "fast-check";
import {
  emptyResponse,
  errorFrame,
  type Frame,
  FrameError,
  jsonData,
  protocolDataOf,
  textData,
} from "../../../protocols/btp/frame.ts";
import { decodeFrame, encodeFrame } from "../../../protocols/wires/interledger/frame.ts";
import { packet, protocolData, response, tail, utf8 } from "./interledger_frames.ts";

/** The four vectors of btp-packet's own test suite. */
const vectors: readonly { name: string; frame: Frame; hex: string }[] = [
  {
    name: "response",
    frame: { type: "response", requestId: 1, protocolData, packet },
    hex: `010000000125${tail}`,
  },
  {
    name: "error",
    frame: {
      type: "error",
      requestId: 1,
      protocolData,
      packet,
      error: {
        code: "L13",
        name: "errorName",
        triggeredAt: "2017-08-28T18:32:00.000Z",
        data: utf8("boo"),
      },
    },
    hex: `02000000014a4c313309${"6572726f724e616d65"}13${
      Buffer.from("20170828183200.000Z").toString("hex")
    }03626f6f${tail}`,
  },
  {
    name: "message",
    frame: { type: "message", requestId: 1, protocolData, packet },
    hex: `060000000125${tail}`,
  },
  {
    name: "transfer",
    frame: { type: "transfer", requestId: 1, protocolData, packet, amount: 100n },
    hex: `07000000012d0000000000000064${tail}`,
  },
];

for (const { name, frame, hex } of vectors) {
  Deno.test(`encodeFrame() and decodeFrame() meet btp-packet's ${name} vector byte for byte`, () => {
    assert.equal(encodeFrame(frame).toHex(), hex);
    assert.deepEqual(decodeFrame(Uint8Array.fromHex(hex)), frame);
  });
}

const name = fc.stringMatching(/^[a-z_-]{1,20}$/).filter((text) =>
  text !== "ilp" && !(text in Object.prototype)
);
const data = fc.uint8Array({ maxLength: 300 });
const anyFrame: fc.Arbitrary<Frame> = fc.record({
  type: fc.constantFrom("message", "response", "transfer", "error"),
  requestId: fc.integer({ min: 0, max: 0xffff_ffff }),
  entries: fc.uniqueArray(
    fc.record({ name, contentType: fc.integer({ min: 0, max: 255 }), data }),
    { selector: (entry) => entry.name, maxLength: 8 },
  ),
  packet: fc.option(data, { nil: undefined }),
  amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  error: fc.record({
    code: fc.stringMatching(/^[A-Z][0-9]{2}$/),
    name: fc.stringMatching(/^[ -~]{0,30}$/),
    triggeredAt: fc.date({
      min: new Date("1970-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59Z"),
      noInvalidDate: true,
    }).map((date) => date.toISOString()),
    data,
  }),
}).map(({ type, requestId, entries, packet, amount, error }) => ({
  type,
  requestId,
  protocolData: entries.map((entry) => ({ ...entry })),
  ...(packet === undefined ? {} : { packet }),
  ...(type === "transfer" ? { amount } : {}),
  ...(type === "error" ? { error: { ...error } } : {}),
}));

Deno.test("decodeFrame() gives back what encodeFrame() wrote", () => {
  fc.assert(fc.property(anyFrame, (frame) => {
    assert.deepEqual(decodeFrame(encodeFrame(frame)), frame);
  }));
});

Deno.test("decodeFrame() on any bytes gives what btp-packet reads, or a FrameError", () => {
  const samples = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(anyFrame, fc.nat(), fc.nat(255)).map(([frame, at, byte]) => {
      const bytes = encodeFrame(frame);
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(samples, (bytes) => {
      let frame: Frame;
      try {
        frame = decodeFrame(bytes);
      } catch (error) {
        assert.ok(error instanceof FrameError, String(error));
        assert.match(error.message, /^Cannot decode BTP frame: /);
        return;
      }
      const theirs = library.deserialize(Buffer.from(bytes));
      assert.equal(theirs.requestId, frame.requestId);
      const entries = theirs.data.protocolData.filter((entry) => entry.protocolName !== "ilp");
      assert.deepEqual(
        entries.map((entry) => [entry.protocolName, entry.contentType, [...entry.data]]),
        frame.protocolData.map((entry) => [entry.name, entry.contentType, [...entry.data]]),
      );
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("decodeFrame() refuses every truncation, and names the request where it could be read", () => {
  for (const { frame } of vectors) {
    const bytes = encodeFrame(frame);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeFrame(bytes.subarray(0, length)), (error: unknown) => {
        assert.ok(error instanceof FrameError);
        assert.equal(error.code, "truncated");
        assert.equal(error.requestId, length < 5 ? undefined : 1);
        return true;
      });
    }
  }
});

Deno.test("decodeFrame() finds the packet wherever protocol data `ilp` stands", () => {
  const bytes = library.serializeMessage(9, [
    { protocolName: "claim", contentType: 2, data: Buffer.from("{}") },
    { protocolName: "ilp", contentType: 0, data: Buffer.from([1, 2, 3]) },
  ]);
  const frame = decodeFrame(new Uint8Array(bytes));
  assert.deepEqual(frame.packet, new Uint8Array([1, 2, 3]));
  assert.deepEqual(frame.protocolData.map((entry) => entry.name), ["claim"]);
});

Deno.test("decodeFrame() and encodeFrame() hold the frame limit, 1 MiB by default", () => {
  const large = {
    ...emptyResponse(1),
    protocolData: [{ ...protocolData[0], data: new Uint8Array(1_048_576) }],
  };
  assert.throws(() => encodeFrame(large), { name: "FrameError", code: "too_large" });
  const wide = { maxFrameBytes: 2_000_000, maxProtocolData: 64 };
  const bytes = encodeFrame(large, wide);
  assert.throws(() => decodeFrame(bytes), { name: "FrameError", code: "too_large" });
  assert.equal(decodeFrame(bytes, wide).protocolData[0].data.length, 1_048_576);
});

Deno.test("errorFrame(), textData() and jsonData() make frames that are read as meant", () => {
  const frame = decodeFrame(encodeFrame(errorFrame(5, "F00", "NotAcceptedError", 0, "no")));
  assert.deepEqual(frame.error, {
    code: "F00",
    name: "NotAcceptedError",
    triggeredAt: "1970-01-01T00:00:00.000Z",
    data: utf8("no"),
  });
  const said = response({ protocolData: [textData("a", "é"), jsonData("b", { x: 1 })] });
  assert.deepEqual(protocolDataOf(said, "b")?.data, utf8('{"x":1}'));
  assert.equal(protocolDataOf(said, "c"), undefined);
});

Deno.test("decodeFrame() names the offset of an unknown type", () => {
  assert.throws(() => decodeFrame(Uint8Array.fromHex("090000000100")), { code: "type", offset: 0 });
});
