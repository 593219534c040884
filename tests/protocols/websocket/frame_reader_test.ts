/** What a WebSocket server may send, and what ends its connection. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { clientFrame, closePayload, OPCODE } from "../../../protocols/websocket/frame.ts";
import { FrameReader } from "../../../protocols/websocket/frame_reader.ts";

type Told = readonly [string, ...unknown[]];

const utf8 = (text: string) => new TextEncoder().encode(text);

/** A frame as a server sends it. `first` is its first byte. */
function frame(first: number, payload: Uint8Array | string, named?: number): Uint8Array {
  const bytes = typeof payload === "string" ? utf8(payload) : payload;
  const length = named ?? bytes.length;
  const head = length < 126
    ? [first, length]
    : length < 65_536
    ? [first, 126, length >> 8, length & 255]
    : [first, 127, 0, 0, 0, 0, ...new Uint8Array(new Uint32Array([length]).buffer).reverse()];
  return Uint8Array.of(...head, ...bytes);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

/** What a reader tells of these chunks; the last entry is its error, if it threw one. */
function told(chunks: readonly Uint8Array[], maxMessageBytes = 200_000): Told[] {
  const all: Told[] = [];
  const reader = new FrameReader(maxMessageBytes, {
    message: (data) => all.push(["message", typeof data === "string" ? data : data.slice()]),
    ping: (payload) => all.push(["ping", payload.slice()]),
    pong: (payload) => all.push(["pong", payload.slice()]),
    close: (code, reason) => all.push(["close", code, reason]),
  });
  try {
    for (const chunk of chunks) reader.read(chunk);
  } catch (error) {
    all.push(["error", (error as { code: number }).code, (error as Error).message]);
  }
  return all;
}

const hello = ["message", "Hello"] as const;

Deno.test("FrameReader reads what RFC 6455, 5.7 shows", () => {
  assert.deepEqual(told([Uint8Array.fromHex("810548656c6c6f")]), [hello]);
  assert.deepEqual(told([Uint8Array.fromHex("010348656c80026c6f")]), [hello]);
  assert.deepEqual(told([Uint8Array.fromHex("890548656c6c6f")]), [["ping", utf8("Hello")]]);
  for (const length of [256, 65_536]) {
    const bytes = new Uint8Array(length).fill(7);
    assert.deepEqual(told([frame(0x82, bytes)]), [["message", bytes]]);
  }
});

Deno.test("FrameReader reads the same frames in chunks of any sizes", () => {
  const part = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 300 }),
    fc.uint8Array({ maxLength: 300 }),
  );
  fc.assert(fc.property(
    fc.array(fc.tuple(part, fc.integer({ min: 1, max: 4 }), fc.boolean()), { maxLength: 6 }),
    fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 1, maxLength: 20 }),
    (messages, sizes) => {
      const expected: Told[] = [];
      const frames = messages.flatMap(([data, parts, pinged]) => {
        const bytes = typeof data === "string" ? utf8(data) : data;
        const size = Math.ceil(bytes.length / parts);
        const all = Array.from({ length: parts }, (_, at) => {
          const first = at > 0 ? 0 : typeof data === "string" ? 1 : 2;
          const last = at === parts - 1 ? 0x80 : 0;
          return frame(first | last, bytes.subarray(at * size, (at + 1) * size));
        });
        // A control frame may stand between the parts of a message.
        if (pinged) all.splice(1, 0, frame(0x89, "p"));
        if (pinged && parts === 1) expected.push(["message", data], ["ping", utf8("p")]);
        else if (pinged) expected.push(["ping", utf8("p")], ["message", data]);
        else expected.push(["message", data]);
        return all;
      });
      const bytes = joined(...frames);
      const chunks: Uint8Array[] = [];
      for (let at = 0, nth = 0; at < bytes.length; nth++) {
        chunks.push(bytes.subarray(at, at += sizes[nth % sizes.length]));
      }
      assert.deepEqual(told(chunks), expected);
    },
  ));
});

Deno.test("FrameReader refuses what a server may not send", () => {
  const cases: [string, number, RegExp, Uint8Array][] = [
    ["a masked frame", 1002, /mask/, clientFrame(OPCODE.text, utf8("x"), new Uint8Array(4))],
    ["a compressed frame", 1002, /reserved/, frame(0xc1, "x")],
    ["another reserved bit", 1002, /reserved/, frame(0x91, "x")],
    ["an unknown opcode", 1002, /opcode 3/, frame(0x83, "x")],
    ["an unknown control opcode", 1002, /opcode 11/, frame(0x8b, "x")],
    ["a fragmented ping", 1002, /fragmented/, frame(0x09, "x")],
    ["a long ping", 1002, /126 bytes/, frame(0x89, "x".repeat(126))],
    ["a continuation of nothing", 1002, /without/, frame(0x80, "x")],
    ["a message in a message", 1002, /within/, joined(frame(0x01, "x"), frame(0x81, "x"))],
    ["text that is not UTF-8", 1007, /UTF-8/, frame(0x81, Uint8Array.of(0xc3))],
    ["a close frame of 1 byte", 1002, /1 byte/, frame(0x88, "x")],
    ["a close code for no frame", 1002, /1006/, frame(0x88, closePayload(1006, ""))],
    ["a close code out of range", 1002, /5000/, frame(0x88, closePayload(5000, ""))],
    [
      "a reason that is not UTF-8",
      1007,
      /UTF-8/,
      frame(0x88, joined(closePayload(1000, ""), Uint8Array.of(0xff))),
    ],
    ["a length above 2^53", 1009, /exceeded/, Uint8Array.fromHex("827fffffffffffffffff")],
  ];
  for (const [name, code, words, bytes] of cases) {
    const [last, ...before] = told([bytes, frame(0x81, "after")]).reverse();
    assert.equal(last[0], "error", name);
    assert.equal(last[1], code, name);
    assert.match(String(last[2]), words, name);
    assert.deepEqual(before, [], name);
  }
});

Deno.test("FrameReader refuses a message above the limit by the length that its frame names", () => {
  const over = ["error", 1009, "Max payload size exceeded"];
  // Its bytes never come.
  assert.deepEqual(told([frame(0x82, "", 11)], 10), [over]);
  assert.deepEqual(told([frame(0x02, "123456"), frame(0x80, "", 5)], 10), [over]);
  assert.deepEqual(told([frame(0x02, "123456"), frame(0x80, "7890")], 10), [
    ["message", utf8("1234567890")],
  ]);
  // Empty parts add nothing, however many they are.
  const parts = [frame(0x02, ""), ...Array.from({ length: 10_000 }, () => frame(0x00, ""))];
  assert.deepEqual(told([...parts, frame(0x80, "x")], 10), [["message", utf8("x")]]);
});

Deno.test("FrameReader ends with the close frame", () => {
  assert.deepEqual(told([joined(frame(0x88, closePayload(1001, "bye")), frame(0x81, "x"))]), [
    ["close", 1001, "bye"],
  ]);
  assert.deepEqual(told([frame(0x88, ""), frame(0x81, "x")]), [["close", 1005, ""]]);
});

Deno.test("closePayload() cuts a reason at 123 bytes, between characters", () => {
  assert.equal(closePayload(1000, "é".repeat(100)).length, 2 + 122);
});
