/** The figures that the network published for frames and packets, and the same from its vector file. */
import { published } from "../evm/vectors.ts";

export { publishedFile } from "../evm/vectors.ts";

const utf8 = (text: string) => new TextEncoder().encode(text);
const json = (text: string) => utf8(text).toHex();

/** PREPARE of 250,000 to the store, as published. */
export const PREPARE_HEX =
  "0c8303d09032303330303130313030303130302e3030305af1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f1017672e746f6f6e2e73746f72652d626f782e736574746c651b766563746f722d666978747572652d707265706172652d64617461";
/** The FULFILL of it. */
export const FULFILL_HEX =
  "0d5152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f701b766563746f722d666978747572652d66756c66696c6c2d64617461";
/** A REJECT of it. */
export const REJECT_HEX =
  "0e54303410672e746f6f6e2e73746f72652d626f7815766563746f7220666978747572652072656a65637400";

/** A sign-in that proves a channel's key. */
export const PROVEN_AUTH =
  '{"channelId":"0xe5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff0001020304","expires":4102444800,"peerId":"g.toon.vector-agent","secret":"","signature":"0x79e3df79556df958db1f007bfbea0567e05cea214df8f6d51c3d30c4461692510b791993aeb6b68668e06404f177481bc3e6ffa15e63e52e820c7e6a3c86275c00"}';

const bytes = Uint8Array.fromHex;
const claim = { name: "payment-channel-claim", contentType: 1, data: utf8(published.claimJson) };
const minimum = { name: "toon-minimum-delivery", contentType: 1, data: utf8("100000") };
const ack = { name: "claim-ack", contentType: 1, data: utf8('{"result":"accepted"}') };
const cost = { name: "toon-accumulated-cost", contentType: 1, data: utf8("4200") };
const CLAIM_ENTRY = `157061796d656e742d6368616e6e656c2d636c61696d0001000002a6${
  json(published.claimJson)
}`;
const MINIMUM_ENTRY = "15746f6f6e2d6d696e696d756d2d64656c6976657279000100000006313030303030";
const ACK_ENTRY = "09636c61696d2d61636b0001000000157b22726573756c74223a226163636570746564227d";

/** Frames with their bytes. */
export const FRAMES = [
  {
    name: "sign-in without a secret",
    hex:
      "060000000101046175746800000000001f7b22706565724964223a22636c69656e74222c22736563726574223a22227d00000000",
    frame: {
      type: "message",
      requestId: 1,
      protocolData: [{
        name: "auth",
        contentType: 0,
        data: utf8('{"peerId":"client","secret":""}'),
      }],
    },
  },
  {
    name: "the answer to it",
    hex: "01000000010000000000",
    frame: { type: "response", requestId: 1, protocolData: [] },
  },
  {
    name: "sign-in with a channel's proof",
    hex: `060000251c010461757468000100000125${json(PROVEN_AUTH)}00000000`,
    frame: {
      type: "message",
      requestId: 0x251c,
      protocolData: [{ name: "auth", contentType: 1, data: utf8(PROVEN_AUTH) }],
    },
  },
  {
    name: "PREPARE with claim",
    hex: `060000232902${CLAIM_ENTRY}${MINIMUM_ENTRY}0000006c${PREPARE_HEX}`,
    frame: {
      type: "message",
      requestId: 0x2329,
      protocolData: [claim, minimum],
      packet: bytes(PREPARE_HEX),
    },
  },
  {
    name: "PREPARE without claim",
    hex: `060000232a01${MINIMUM_ENTRY}0000006c${PREPARE_HEX}`,
    frame: {
      type: "message",
      requestId: 0x232a,
      protocolData: [minimum],
      packet: bytes(PREPARE_HEX),
    },
  },
  {
    name: "FULFILL with claim-ack",
    hex: `010000238d01${ACK_ENTRY}0000003d${FULFILL_HEX}`,
    frame: {
      type: "response",
      requestId: 0x238d,
      protocolData: [ack],
      packet: bytes(FULFILL_HEX),
    },
  },
  {
    name: "FULFILL alone",
    hex: `01000023aa000000003d${FULFILL_HEX}`,
    frame: {
      type: "response",
      requestId: 0x23aa,
      protocolData: [],
      packet: bytes(FULFILL_HEX),
    },
  },
  {
    name: "REJECT with cost and claim-ack",
    hex:
      `01000023a00215746f6f6e2d616363756d756c617465642d636f737400010000000434323030${ACK_ENTRY}0000002c${REJECT_HEX}`,
    frame: {
      type: "response",
      requestId: 0x23a0,
      protocolData: [cost, ack],
      packet: bytes(REJECT_HEX),
    },
  },
  {
    name: "TRANSFER",
    hex: `07000023be000000000016e36001${CLAIM_ENTRY}`,
    frame: {
      type: "transfer",
      requestId: 0x23be,
      protocolData: [claim],
      amount: 1_500_000n,
    },
  },
  {
    name: "the acknowledgement of it",
    hex: `01000023b401${ACK_ENTRY}00000000`,
    frame: { type: "response", requestId: 0x23b4, protocolData: [ack] },
  },
] as const;

/** Packets with their bytes. */
export const PACKETS = [
  {
    name: "PREPARE",
    hex: PREPARE_HEX,
    packet: {
      type: "prepare",
      amount: 250_000n,
      expiresAtMs: Date.UTC(2030, 0, 1, 0, 1),
      condition: bytes("f1f2f3f4f5f6f7f8f9fafbfcfdfeff000102030405060708090a0b0c0d0e0f10"),
      destination: "g.toon.store-box.settle",
      data: utf8("vector-fixture-prepare-data"),
    },
  },
  {
    name: "FULFILL",
    hex: FULFILL_HEX,
    packet: {
      type: "fulfill",
      fulfilment: bytes("5152535455565758595a5b5c5d5e5f606162636465666768696a6b6c6d6e6f70"),
      data: utf8("vector-fixture-fulfill-data"),
    },
  },
  {
    name: "REJECT",
    hex: REJECT_HEX,
    packet: {
      type: "reject",
      code: "T04",
      triggeredBy: "g.toon.store-box",
      message: "vector fixture reject",
      data: new Uint8Array(0),
    },
  },
  {
    name: "FULFILL of the 327 bytes of E0",
    hex: "0d213d750e9fbdd7f3033da58c69f6bde495a299599d817ebafbdc3e3a8b9805b000",
    packet: {
      type: "fulfill",
      fulfilment: bytes("213d750e9fbdd7f3033da58c69f6bde495a299599d817ebafbdc3e3a8b9805b0"),
      data: new Uint8Array(0),
    },
  },
  {
    name: "REJECT of an underpaid write",
    hex: "0e46303411672e63726f7373746f776e2e706565723114496e73756666696369656e74207061796d656e7400",
    packet: {
      type: "reject",
      code: "F04",
      triggeredBy: "g.crosstown.peer1",
      message: "Insufficient payment",
      data: new Uint8Array(0),
    },
  },
] as const;
