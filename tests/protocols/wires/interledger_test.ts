import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as library from "btp-packet";
import fc from "fast-check";
import {
  CONTENT_TYPE,
  emptyResponse,
  errorFrame,
  type Frame,
  FrameError,
  jsonData,
  protocolDataOf,
  textData,
} from "../../../protocols/btp/frame.ts";
import { decodeFrame, encodeFrame } from "../../../protocols/wires/interledger/frame.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const protocolData = [
  { name: "foo", contentType: CONTENT_TYPE.octets, data: utf8("bar") },
  { name: "beep", contentType: CONTENT_TYPE.text, data: utf8("boop") },
  { name: "json", contentType: CONTENT_TYPE.json, data: utf8("{}") },
];
const packet = new Uint8Array();
const tail = "010403696c70000003666f6f0003626172046265657001 04626f6f70046a736f6e02027b7d"
  .replaceAll(" ", "");

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

const twice = (protocolName: string) =>
  new Uint8Array(library.serializeMessage(3, [
    { protocolName, contentType: 0, data: Buffer.from("a") },
    { protocolName, contentType: 0, data: Buffer.from("b") },
  ]));

const withBody = (type: number, ...body: number[]) =>
  new Uint8Array([type, 0, 0, 0, 3, body.length, ...body]);

const refused: readonly { name: string; input: Uint8Array; code: string; message: RegExp }[] = [
  { name: "a type that is not used", input: withBody(3, 1, 0), code: "type", message: /got 3/ },
  {
    name: "two claims",
    input: twice("payment-channel-claim"),
    code: "duplicate",
    message: /repeats/,
  },
  { name: "two packets", input: twice("ilp"), code: "duplicate", message: /repeats ilp/ },
  {
    name: "bytes after the frame",
    input: new Uint8Array([...encodeFrame(emptyResponse(3)), 0]),
    code: "trailing",
    message: /1 bytes after the end at offset 8/,
  },
  {
    name: "bytes after the protocol data",
    input: withBody(6, 1, 0, 9),
    code: "trailing",
    message: /1 bytes after the end at offset 8/,
  },
  {
    name: "a count of no bytes",
    input: withBody(6, 0),
    code: "length",
    message: /integer of 0 bytes/,
  },
  {
    name: "a count of more bytes than needed",
    input: withBody(6, 2, 0, 0),
    code: "length",
    message: /not the shortest/,
  },
  {
    name: "a count of 4 billion",
    input: withBody(6, 4, 0xff, 0xff, 0xff, 0xff),
    code: "too_large",
    message: /at most 64/,
  },
  {
    name: "65 pieces of protocol data",
    input: withBody(6, 1, 65),
    code: "too_large",
    message: /65 pieces/,
  },
  {
    name: "a name that is empty",
    input: withBody(6, 1, 1, 0, 0, 0),
    code: "field",
    message: /protocolData\[0\]\.name .* offset 8/,
  },
  {
    name: "a name above ASCII, which would alias another",
    input: withBody(6, 1, 1, 3, 0xe9, 0x6c, 0x70, 0, 0),
    code: "field",
    message: /printable ASCII/,
  },
  {
    name: "an error at a time that never was",
    input: withBody(
      2,
      ...utf8("F00"),
      1,
      0x78,
      19,
      ...utf8("20170230183200.000Z"),
      0,
      1,
      0,
    ),
    code: "field",
    message: /triggeredAt .* offset 11/,
  },
];

for (const { name, input, code, message } of refused) {
  Deno.test(`decodeFrame() refuses ${name}`, () => {
    assert.throws(() => decodeFrame(input), (error: unknown) => {
      assert.ok(error instanceof FrameError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.requestId, 3);
      return true;
    });
  });
}

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

const response = (changes: object) => ({ ...emptyResponse(1), ...changes }) as Frame;
const entry = (changes: object) => response({ protocolData: [{ ...protocolData[0], ...changes }] });
const unencodable: readonly { name: string; frame: Frame; code: string }[] = [
  { name: "request id 2^32", frame: response({ requestId: 2 ** 32 }), code: "field" },
  { name: "request id -1", frame: response({ requestId: -1 }), code: "field" },
  { name: "unknown type", frame: response({ type: "prepare" }), code: "type" },
  { name: "transfer without amount", frame: response({ type: "transfer" }), code: "field" },
  {
    name: "amount over 64 bits",
    frame: response({ type: "transfer", amount: 2n ** 64n }),
    code: "field",
  },
  { name: "error without fault", frame: response({ type: "error" }), code: "field" },
  {
    name: "an error before 1970",
    frame: {
      ...errorFrame(1, "F00", "x", 0),
      error: { ...errorFrame(1, "F00", "x", 0).error!, triggeredAt: "0999-01-01T00:00:00.000Z" },
    },
    code: "field",
  },
  { name: "name above ASCII", frame: entry({ name: "é" }), code: "field" },
  {
    name: "a name that the library trips over",
    frame: entry({ name: "constructor" }),
    code: "field",
  },
  { name: "content type 256", frame: entry({ contentType: 256 }), code: "field" },
  { name: "data that is text", frame: entry({ data: "bar" }), code: "field" },
  {
    name: "the same name twice",
    frame: response({ protocolData: [protocolData[0], protocolData[0]] }),
    code: "duplicate",
  },
  {
    name: "a packet beside protocol data `ilp`",
    frame: response({ packet, protocolData: [{ ...protocolData[0], name: "ilp" }] }),
    code: "duplicate",
  },
];

for (const { name, frame, code } of unencodable) {
  Deno.test(`encodeFrame() refuses ${name}`, () => {
    assert.throws(() => encodeFrame(frame), { name: "FrameError", code });
  });
}

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
