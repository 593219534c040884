import { innerPackets, MAX_INNER_DATA_BYTES } from "../../../protocols/ilp/inner_packets.ts";
import { DEFAULT_WIRE, WIRE_NAMES } from "../../../protocols/wires/names.ts";
import assert from "node:assert/strict";
import fc from "fast-check";
import { crosstownAuthFrame, parseCrosstownAuth } from "../../../protocols/wires/crosstown/auth.ts";
import { crosstownWire } from "../../../protocols/wires/crosstown/wire.ts";
import { detectWire, wireOf } from "../../../protocols/wires/wires.ts";
import { type Frame, FrameError, textData } from "../../../protocols/btp/frame.ts";
import { interledgerWire } from "../../../protocols/wires/interledger/wire.ts";
import { recoverChallenge } from "../../../protocols/evm/challenge.ts";
import { loadSecp256k1 } from "../../../protocols/evm/secp256k1.ts";
import { FRAMES, PROVEN_AUTH, publishedFile } from "./crosstown_vectors.ts";

const proven = JSON.parse(PROVEN_AUTH);
const auth = {
  username: proven.peerId,
  token: proven.secret,
  proof: {
    channelId: proven.channelId,
    expiresS: proven.expires,
    signature: proven.signature,
  },
};
const said = (text: string, contentType = 0): Frame => ({
  type: "message",
  requestId: 9,
  protocolData: [{ ...textData("auth", text), contentType }],
});

Deno.test("crosstownAuthFrame() meets the published sign-ins", () => {
  const plain = crosstownAuthFrame(1, { username: "client", token: "" });
  assert.equal(crosstownWire.encodeFrame(plain).toHex(), FRAMES[0].hex);
  const frame = crosstownAuthFrame(0x251c, auth);
  assert.equal(new TextDecoder().decode(frame.protocolData[0].data), PROVEN_AUTH);
});

Deno.test("parseCrosstownAuth() reads the published sign-ins, with either content type", () => {
  for (const contentType of [0, 1]) {
    assert.deepEqual(parseCrosstownAuth(said(PROVEN_AUTH, contentType)), auth);
    assert.deepEqual(parseCrosstownAuth(said('{"peerId":"client","secret":""}', contentType)), {
      username: "client",
      token: "",
    });
  }
  const more = '{"peerId":"a","secret":"b","blockchain":"evm","later":1}';
  assert.deepEqual(parseCrosstownAuth(said(more)), { username: "a", token: "b" });
});

const file = publishedFile();
Deno.test({
  name: `the published channel-control sign-ins verify as the file says${
    file === null ? " (the file is not beside this repository)" : ""
  }`,
  ignore: file === null,
  async fn() {
    const secp = await loadSecp256k1();
    for (const given of file.channel_control_declaration.cases) {
      const frame = crosstownWire.decodeFrame(Uint8Array.fromHex(given.btp_message_hex));
      const read = parseCrosstownAuth(frame);
      assert.equal(read?.username, given.peer_id);
      const { channelId, expiresS, signature } = read!.proof!;
      assert.deepEqual([channelId, expiresS], [given.channel_id_hex, given.expires]);
      const signer = recoverChallenge(
        secp,
        {
          chainId: given.chain_id,
          verifyingContract: `0x${given.token_network_address_hex}`,
        },
        { channelId, expiresS },
        signature,
      );
      const mine = `0x${given.counterparty_address_hex}`;
      assert.equal(signer.toLowerCase() === mine, given.signature_verifies || given.expires === 1);
    }
    const { peer_id: username, secret: token, btp_raw_hex: hex } = file.peer_carriage.credential;
    assert.equal(crosstownAuthFrame(1, { username, token }).protocolData[0].data.toHex(), hex);
  },
});

const unsaid: readonly { name: string; text: string; message: RegExp }[] = [
  { name: "no JSON", text: "peer", message: /JSON/ },
  { name: "a list", text: "[]", message: /object/ },
  { name: "no peerId", text: '{"secret":"s"}', message: /peerId/ },
  { name: "an empty peerId", text: '{"peerId":"","secret":"s"}', message: /peerId/ },
  { name: "no secret", text: '{"peerId":"a"}', message: /secret must/ },
  { name: "a secret that is a number", text: '{"peerId":"a","secret":1}', message: /secret must/ },
  {
    name: "a key twice",
    text: '{"peerId":"a","secret":"s","peerId":"b"}',
    message: /without a key twice/,
  },
  {
    name: "half a proof",
    text: `{"peerId":"a","secret":"s","channelId":"0x${"1".repeat(64)}"}`,
    message: /expires must/,
  },
  {
    name: "another chain's proof",
    text: PROVEN_AUTH.replace("{", '{"blockchain":"solana",'),
    message: /blockchain must be evm/,
  },
  {
    name: "a signature of 64 bytes",
    text: PROVEN_AUTH.replace('3c86275c00"', '3c86275c"'),
    message: /signature must/,
  },
  { name: "4 KiB", text: `{"peerId":"a","secret":"${"s".repeat(4_096)}"}`, message: /at most/ },
];

for (const { name, text, message } of unsaid) {
  Deno.test(`parseCrosstownAuth() refuses ${name}, without repeating it`, () => {
    assert.throws(() => parseCrosstownAuth(said(text)), (error: unknown) => {
      assert.ok(error instanceof FrameError, String(error));
      assert.equal(error.code, "field");
      assert.equal(error.requestId, 9);
      assert.match(error.message, message);
      assert.doesNotMatch(error.message, /"s"|sss/);
      return true;
    });
  });
}

Deno.test("parseCrosstownAuth() refuses a sign-in with a packet or not in UTF-8; other frames are none", () => {
  const frame = said('{"peerId":"a","secret":"s"}');
  assert.throws(() => parseCrosstownAuth({ ...frame, packet: new Uint8Array(1) }), FrameError);
  const latin = { name: "auth", contentType: 0, data: Uint8Array.of(0x22, 0xe9, 0x22) };
  assert.throws(() => parseCrosstownAuth({ ...frame, protocolData: [latin] }), FrameError);
  assert.equal(parseCrosstownAuth({ ...frame, type: "response" }), null);
  assert.equal(parseCrosstownAuth({ ...frame, protocolData: [] }), null);
});

Deno.test("detectWire() tells the wires apart on their first frames", () => {
  for (const { hex } of FRAMES) {
    assert.equal(detectWire(Uint8Array.fromHex(hex)), crosstownWire);
  }
  const name = fc.string({ minLength: 1, maxLength: 60 });
  fc.assert(fc.property(
    name,
    name,
    fc.boolean(),
    fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    (username, token, proves, requestId) => {
      for (const wire of [interledgerWire, crosstownWire]) {
        const given = { username, token, ...(proves ? { proof: auth.proof } : {}) };
        const bytes = wire.encodeFrame(wire.authFrame(requestId, given));
        assert.equal(detectWire(bytes), wire);
        const other = wire === interledgerWire ? crosstownWire : interledgerWire;
        assert.throws(() => other.decodeFrame(bytes), FrameError);
      }
    },
  ));
});

Deno.test("detectWire() recognizes neither wire in other bytes", () => {
  for (
    const hex of [
      "",
      "06",
      "0600000001",
      "060000000105",
      "0300000001000000000",
      "474554202f",
      // A length of no bytes, of five bytes, and one that is cut off.
      "060000000180",
      "0600000001850000000003aabbcc",
      "06000000018200",
    ]
  ) {
    const bytes = Uint8Array.fromHex(hex.length % 2 === 0 ? hex : `${hex}0`);
    assert.equal(detectWire(bytes), null, hex);
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const wire = detectWire(bytes);
    if (wire === crosstownWire) wire.decodeFrame(bytes);
  }));
});

Deno.test("wireOf() gives the wire that a profile names", () => {
  assert.equal(wireOf("interledger"), interledgerWire);
  assert.equal(wireOf("crosstown"), crosstownWire);
});

Deno.test("every wire of the table has its own name, and converts to the internal form of packets", () => {
  for (const name of WIRE_NAMES) {
    const wire = wireOf(name);
    assert.equal(wire.name, name);
    assert.ok(wire.maxPrepareDataBytes <= MAX_INNER_DATA_BYTES);
    // Where packets go through as they are, nothing is translated.
    const reject = { code: "F00", triggeredBy: "test.hub", message: "", data: new Uint8Array(2) };
    assert.equal(
      wire.encodeReject(reject).toHex() === innerPackets.encodeReject(reject).toHex(),
      wire.carriesInnerForm,
    );
  }
  assert.equal(wireOf(DEFAULT_WIRE).name, DEFAULT_WIRE);
});

Deno.test("detectWire() reads a body of 128 bytes as one with its length before it", () => {
  const head = "0600000001";
  for (const hex of [`${head}7f${"00".repeat(127)}`, `${head}8180${"00".repeat(128)}`]) {
    assert.equal(detectWire(Uint8Array.fromHex(hex)), interledgerWire);
  }
  // 0x80 means a length of no bytes, not a body of 128.
  assert.notEqual(detectWire(Uint8Array.fromHex(`${head}80${"01".repeat(128)}`)), interledgerWire);
});

Deno.test("parseCrosstownAuth() keeps a mark before the JSON, and so refuses it", () => {
  assert.throws(() => parseCrosstownAuth(said('\ufeff{"peerId":"a","secret":"b"}')), {
    name: "FrameError",
    message: /must be JSON/,
  });
  const broken = said('{"peerId":"a","secret":"b"}');
  const bytes = Uint8Array.from(broken.protocolData[0].data);
  bytes[11] = 0xff;
  const frame = { ...broken, protocolData: [{ ...broken.protocolData[0], data: bytes }] };
  assert.throws(() => parseCrosstownAuth(frame), { name: "FrameError", message: /UTF-8/ });
});
