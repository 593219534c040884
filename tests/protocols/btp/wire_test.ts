import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import * as library from "btp-packet";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import { interledgerWire as wire } from "../../../protocols/wires/interledger/wire.ts";

const proof = {
  channelId: asChannelId(`0x${"ab".repeat(32)}`),
  expiresS: 4_102_444_800,
  signature: `0x${"cd".repeat(65)}`,
};

function signIn(...entries: (readonly [string, string])[]) {
  return wire.decodeFrame(
    new Uint8Array(
      library.serializeMessage(
        1,
        entries.map(([protocolName, text]) => ({
          protocolName,
          contentType: 1,
          data: Buffer.from(text, "latin1"),
        })),
      ),
    ),
  );
}

Deno.test("authFrame() is the sign-in of BTP 2.0, auth first", () => {
  const bytes = wire.encodeFrame(wire.authFrame(7, { username: "alice", token: "s3" }));
  const { protocolData } = library.deserialize(Buffer.from(bytes)).data;
  assert.deepEqual(
    protocolData.map((entry) => [entry.protocolName, entry.contentType, entry.data.toString()]),
    [["auth", 0, ""], ["auth_username", 1, "alice"], ["auth_token", 1, "s3"]],
  );
});

Deno.test("parseAuth() reads what authFrame() wrote, with and without a proof of the channel's key", () => {
  for (const auth of [{ username: "", token: "" }, { username: "ü", token: "t", proof }]) {
    const frame = wire.decodeFrame(wire.encodeFrame(wire.authFrame(1, auth)));
    assert.deepEqual(wire.parseAuth(frame), auth);
  }
});

Deno.test("parseAuth() accepts any order, and reads a missing part as empty", () => {
  assert.deepEqual(wire.parseAuth(signIn(["auth_token", "t"], ["auth", ""])), {
    username: "",
    token: "t",
  });
});

Deno.test("parseAuth() takes a token of 1,024 bytes", () => {
  const token = "t".repeat(1_024);
  assert.equal(wire.parseAuth(signIn(["auth", ""], ["auth_token", token]))?.token, token);
});

Deno.test("parseAuth() is null for a frame that is not a sign-in", () => {
  assert.equal(wire.parseAuth(signIn(["auth_token", "t"])), null);
  assert.equal(wire.parseAuth({ type: "response", requestId: 1, protocolData: [] }), null);
});

const json = (changes: object) =>
  JSON.stringify({
    channelId: proof.channelId,
    expires: proof.expiresS,
    signature: proof.signature,
    ...changes,
  });

const broken: readonly [string, string, string][] = [
  ["token that is not UTF-8", "auth_token", "\xff"],
  ["token over 1,024 bytes", "auth_token", "secret".repeat(171).slice(1)],
  ["proof that is no JSON", "channel-proof", "{"],
  ["proof that is null", "channel-proof", "null"],
  ["proof that is a number", "channel-proof", "1"],
  ["proof that expires before 1970", "channel-proof", json({ expires: -1 })],
  ["proof that is a list", "channel-proof", "[]"],
  ["proof with a key twice", "channel-proof", json({}).replace("{", '{"expires":1,')],
  ["proof of no channel", "channel-proof", json({ channelId: "0x1" })],
  ["proof that expires at a fraction", "channel-proof", json({ expires: 1.5 })],
  [
    "proof with 64 bytes of signature",
    "channel-proof",
    json({ signature: `0x${"cd".repeat(64)}` }),
  ],
];

Deno.test("parseAuth() reads a proof that expires at 0: the check of the proof refuses it as late", () => {
  const read = wire.parseAuth(signIn(["auth", ""], ["channel-proof", json({ expires: 0 })]));
  assert.equal(read?.proof?.expiresS, 0);
});

for (const [name, field, value] of broken) {
  Deno.test(`parseAuth() refuses a ${name}, without repeating it`, () => {
    assert.throws(
      () => wire.parseAuth(signIn(["auth", ""], [field, value])),
      (error: Error & { code?: string; requestId?: number }) => {
        assert.equal(error.name, "FrameError");
        assert.equal(error.code, "field");
        assert.equal(error.requestId, 1);
        assert.ok(!error.message.includes("secret"));
        return true;
      },
    );
  });
}
