import assert from "node:assert/strict";
import fc from "fast-check";
import {
  decodeCrosstownFrame,
  encodeCrosstownFrame,
} from "../../../protocols/wires/crosstown/frame.ts";
import {
  DEFAULT_FRAME_LIMITS,
  emptyResponse,
  errorFrame,
  type Frame,
  FrameError,
  jsonData,
  textData,
} from "../../../protocols/btp/frame.ts";
import { FRAMES, publishedFile } from "./crosstown_vectors.ts";

for (const { name, hex, frame } of FRAMES) {
  Deno.test(`decodeCrosstownFrame() and encodeCrosstownFrame() meet the published bytes of: ${name}`, () => {
    assert.deepEqual(decodeCrosstownFrame(Uint8Array.fromHex(hex)), frame);
    assert.equal(encodeCrosstownFrame(frame).toHex(), hex);
  });
}

const file = publishedFile();

/** Every string of the file whose key marks it as a frame, with the path to it. */
function framesOf(value: unknown, path: string): { path: string; hex: string }[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, member]) => {
    const at = `${path}.${key}`;
    return typeof member === "string" && /^btp_(?!raw).*_hex$/.test(key)
      ? [{ path: at, hex: member }]
      : framesOf(member, at);
  });
}

Deno.test({
  name: `decodeCrosstownFrame() reads every frame of the published file, and writes the same bytes${
    file === null ? " (the file is not beside this repository)" : ""
  }`,
  ignore: file === null,
  fn() {
    const frames = framesOf(file, "");
    assert.ok(frames.length >= 15, `${frames.length} frames`);
    for (const { path, hex } of frames) {
      const frame = decodeCrosstownFrame(Uint8Array.fromHex(hex));
      assert.equal(encodeCrosstownFrame(frame).toHex(), hex, path);
    }
  },
});

const data = fc.uint8Array({ maxLength: 300 });
const words = fc.stringMatching(/^[ -~]{0,30}$/);
const anyFrame: fc.Arbitrary<Frame> = fc.record({
  type: fc.constantFrom("message", "response", "transfer", "error"),
  requestId: fc.integer({ min: 0, max: 0xffff_ffff }),
  entries: fc.uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[!-~]{1,20}$/),
      contentType: fc.integer({ min: 0, max: 0xffff }).filter((type) => type !== 2),
      data,
    }),
    { selector: (entry) => entry.name, maxLength: 8 },
  ),
  packet: fc.option(data.filter(({ length }) => length > 0), { nil: undefined }),
  amount: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  error: fc.record({
    code: fc.stringMatching(/^[A-Z][0-9]{2}$/),
    name: words,
    triggeredAt: words,
    data,
  }),
}).map(({ type, requestId, entries, packet, amount, error }) => ({
  type,
  requestId,
  protocolData: type === "error" ? [] : entries.map((entry) => ({ ...entry })),
  ...(packet === undefined || type === "error" || type === "transfer" ? {} : { packet }),
  ...(type === "transfer" ? { amount } : {}),
  ...(type === "error" ? { error: { ...error } } : {}),
}));

Deno.test("decodeCrosstownFrame() gives back what encodeCrosstownFrame() wrote", () => {
  fc.assert(fc.property(anyFrame, (frame) => {
    assert.deepEqual(decodeCrosstownFrame(encodeCrosstownFrame(frame)), frame);
  }));
});

Deno.test("decodeCrosstownFrame() on any bytes gives a frame of exactly these bytes, or a FrameError", () => {
  const samples = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.tuple(anyFrame, fc.nat(), fc.nat(255)).map(([frame, at, byte]) => {
      const bytes = encodeCrosstownFrame(frame);
      bytes[at % bytes.length] = byte;
      return bytes;
    }),
  );
  fc.assert(
    fc.property(samples, (bytes) => {
      let frame: Frame;
      try {
        frame = decodeCrosstownFrame(bytes);
      } catch (error) {
        assert.ok(error instanceof FrameError, String(error));
        assert.match(error.message, /^Cannot decode BTP frame: /);
        return;
      }
      // Error codes are read unchanged; only content type 2 is written differently than it was read.
      if (frame.type === "error") return;
      if (frame.protocolData.some(({ contentType }) => contentType === 2)) return;
      assert.equal(encodeCrosstownFrame(frame).toHex(), bytes.toHex());
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("decodeCrosstownFrame() refuses every truncation, and names the request where it could be read", () => {
  const fault = encodeCrosstownFrame(errorFrame(7, "F00", "NotAcceptedError", 0, "no"));
  for (const bytes of [...FRAMES.map(({ hex }) => Uint8Array.fromHex(hex)), fault]) {
    const requestId = new DataView(bytes.buffer).getUint32(1);
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeCrosstownFrame(bytes.subarray(0, length)), (error: unknown) => {
        assert.ok(error instanceof FrameError);
        assert.equal(error.code, "truncated");
        assert.equal(error.requestId, length < 5 ? undefined : requestId);
        return true;
      });
    }
  }
});

const head = "00000003";
const entry = (name: string, hex = "") =>
  `${name.length.toString(16).padStart(2, "0")}${new TextEncoder().encode(name).toHex()}0000${
    (hex.length / 2).toString(16).padStart(8, "0")
  }${hex}`;

const refused: readonly { name: string; hex: string; code: string; message: RegExp }[] = [
  { name: "a type that is not used", hex: `03${head}0000000000`, code: "type", message: /got 3/ },
  {
    name: "two claims",
    hex: `06${head}02${entry("claim", "01")}${entry("claim", "02")}00000000`,
    code: "duplicate",
    message: /claim stands twice at offset 19/,
  },
  {
    name: "bytes after the frame",
    hex: `01${head}000000000000`,
    code: "trailing",
    message: /1 bytes after the end at offset 10/,
  },
  {
    name: "bytes after a transfer",
    hex: `07${head}00000000000000010000000000`,
    code: "trailing",
    message: /4 bytes after the end/,
  },
  { name: "65 pieces", hex: `06${head}41`, code: "too_large", message: /65 .* at most 64/ },
  {
    name: "a name that is empty",
    hex: `06${head}01${entry("")}00000000`,
    code: "field",
    message: /offset 6/,
  },
  {
    name: "a name above ASCII, which would alias another",
    hex: `06${head}0103e96c7000000000000000000000`,
    code: "field",
    message: /printable ASCII/,
  },
  {
    name: "data of 4 billion bytes",
    hex: `06${head}010161${"0000"}ffffffff`,
    code: "truncated",
    message: /a needs 4294967295 bytes, 0 left/,
  },
  {
    name: "a packet of 4 billion bytes",
    hex: `06${head}00ffffffff`,
    code: "truncated",
    message: /packet needs 4294967295 bytes, 0 left/,
  },
  {
    name: "an error whose name is no text",
    hex: `02${head}034630300107${"00"}00000000`,
    code: "field",
    message: /name must be printable ASCII/,
  },
];

for (const { name, hex, code, message } of refused) {
  Deno.test(`decodeCrosstownFrame() refuses ${name}`, () => {
    assert.throws(() => decodeCrosstownFrame(Uint8Array.fromHex(hex)), (error: unknown) => {
      assert.ok(error instanceof FrameError);
      assert.equal(error.code, code);
      assert.match(error.message, message);
      assert.equal(error.requestId, 3);
      const told = /at offset (\d+)/.exec(error.message);
      if (told !== null) assert.equal(error.offset, Number(told[1]));
      return true;
    });
  });
}

Deno.test("both hold the frame limit, 1 MiB by default", () => {
  const large = { ...emptyResponse(1), packet: new Uint8Array(1_048_576) };
  assert.throws(() => encodeCrosstownFrame(large), { name: "FrameError", code: "too_large" });
  const wide = { maxFrameBytes: 2_000_000, maxProtocolData: 64 };
  const bytes = encodeCrosstownFrame(large, wide);
  assert.throws(() => decodeCrosstownFrame(bytes), { name: "FrameError", code: "too_large" });
  assert.equal(decodeCrosstownFrame(bytes, wide).packet?.length, 1_048_576);
});

const piece = { name: "a", contentType: 0, data: new Uint8Array(1) };
const response = (changes: object) => ({ ...emptyResponse(1), ...changes }) as Frame;
const withPiece = (changes: object) => response({ protocolData: [{ ...piece, ...changes }] });
const unencodable: readonly { name: string; frame: Frame; code: string }[] = [
  { name: "request id 2^32", frame: response({ requestId: 2 ** 32 }), code: "field" },
  { name: "request id -1", frame: response({ requestId: -1 }), code: "field" },
  { name: "unknown type", frame: response({ type: "prepare" }), code: "type" },
  { name: "transfer without amount", frame: response({ type: "transfer" }), code: "field" },
  {
    name: "transfer with a packet",
    frame: response({ type: "transfer", amount: 1n, packet: new Uint8Array(1) }),
    code: "field",
  },
  {
    name: "amount over 64 bits",
    frame: response({ type: "transfer", amount: 2n ** 64n }),
    code: "field",
  },
  { name: "error without fault", frame: response({ type: "error" }), code: "field" },
  {
    name: "error with protocol data",
    frame: { ...errorFrame(1, "F00", "x", 0), protocolData: [piece] },
    code: "field",
  },
  { name: "name above ASCII", frame: withPiece({ name: "é" }), code: "field" },
  { name: "a name of 256", frame: withPiece({ name: "a".repeat(256) }), code: "field" },
  { name: "content type 65536", frame: withPiece({ contentType: 65_536 }), code: "field" },
  { name: "data that is text", frame: withPiece({ data: "bar" }), code: "field" },
  {
    name: "the same name twice",
    frame: response({ protocolData: [piece, piece] }),
    code: "duplicate",
  },
  {
    name: "65 pieces",
    frame: response({
      protocolData: Array.from({ length: 65 }, (_, index) => ({ ...piece, name: `n${index}` })),
    }),
    code: "too_large",
  },
];

for (const { name, frame, code } of unencodable) {
  Deno.test(`encodeCrosstownFrame() refuses ${name}`, () => {
    assert.throws(() => encodeCrosstownFrame(frame), { name: "FrameError", code });
  });
}

Deno.test("encodeCrosstownFrame() writes JSON as the network does, and an error with an ISO time", () => {
  const frame = { ...emptyResponse(1), protocolData: [jsonData("b", { x: 1 })] };
  assert.equal(decodeCrosstownFrame(encodeCrosstownFrame(frame)).protocolData[0].contentType, 1);
  const fault = errorFrame(5, "F00", "NotAcceptedError", 0, "no");
  assert.deepEqual(decodeCrosstownFrame(encodeCrosstownFrame(fault)), fault);
  assert.match(
    new TextDecoder().decode(encodeCrosstownFrame(fault)),
    /1970-01-01T00:00:00\.000Z/,
  );
});

Deno.test("a frame of exactly the limits is written and read, and a larger one is not", () => {
  const frame = {
    ...emptyResponse(1),
    protocolData: [textData("a", "1"), textData("b", "2")],
  };
  const bytes = encodeCrosstownFrame(frame);
  const limits = { ...DEFAULT_FRAME_LIMITS, maxFrameBytes: bytes.length, maxProtocolData: 2 };
  assert.deepEqual(encodeCrosstownFrame(frame, limits), bytes);
  assert.deepEqual(decodeCrosstownFrame(bytes, limits), frame);
  for (const less of [{ maxFrameBytes: bytes.length - 1 }, { maxProtocolData: 1 }]) {
    const lower = { ...limits, ...less };
    assert.throws(() => encodeCrosstownFrame(frame, lower), { code: "too_large" });
    assert.throws(() => decodeCrosstownFrame(bytes, lower), { code: "too_large" });
  }
  assert.throws(() => decodeCrosstownFrame(bytes, { ...limits, maxFrameBytes: 3 }), { offset: 0 });
});
