import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as library from "btp-packet";
import { emptyResponse, errorFrame, type Frame, FrameError } from "../../../protocols/btp/frame.ts";
import { decodeFrame, encodeFrame } from "../../../protocols/wires/interledger/frame.ts";
import { packet, protocolData, response, utf8 } from "./interledger_frames.ts";

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
