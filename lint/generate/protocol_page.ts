/**
 * The bytes in `docs/protocol.md`: one paid write, made by the program's own codecs with fixed keys. The bytes of each table must add up to
 * the codec's output; otherwise nothing is generated. Without effects.
 *
 * @module
 */
import { getConversationKey } from "nostr-tools/nip44";
import { asAddress } from "../../protocols/evm/address.ts";
import { balanceProofDigest, signBalanceProof } from "../../protocols/evm/balance_proof.ts";
import { asChannelId } from "../../protocols/evm/channel_id.ts";
import { type Claim, encodeClaim } from "../../protocols/evm/claim.ts";
import { loadSecp256k1 } from "../../protocols/evm/secp256k1.ts";
import { domainSeparator } from "../../protocols/evm/typed_data.ts";
import { CLAIM_PROTOCOL, CONTENT_TYPE } from "../../protocols/btp/frame.ts";
import { conditionOf, dataSha256, sharedFulfilment } from "../../protocols/ilp/condition.ts";
import { jobRequestTemplate } from "../../protocols/nostr/job_request.ts";
import { publicKeyOf, signEvent } from "../../protocols/nostr/sign.ts";
import { encodeToon } from "../../protocols/toon/encode.ts";
import { interledgerWire as wire } from "../../protocols/wires/interledger/wire.ts";
import { table } from "./markdown.ts";

const SECP = await loadSecp256k1();
const [BUYER, RELAY] = [1, 2].map((byte) => new Uint8Array(32).fill(byte));
const CREATED_AT_S = 1_767_225_600; // 2026-01-01T00:00:00Z
const PRICE_UNITS_PER_BYTE = 10n;

/** A part of a message, and its meaning. */
type Part = readonly [bytes: Uint8Array, meaning: string];

/** The blocks of the page, by their marks. */
export function protocolBlocks(): Readonly<Record<string, string>> {
  const template = jobRequestTemplate({
    kind: 5600,
    inputs: [{ value: "hello", type: "text" }],
    params: [],
  }, CREATED_AT_S);
  const unsigned = { ...template, pubkey: publicKeyOf(BUYER) };
  const event = signEvent(unsigned, BUYER, new Uint8Array(32));
  const hashed = JSON.stringify([
    ...[0, event.pubkey, event.created_at, event.kind],
    ...[event.tags, event.content],
  ]);
  const toon = encodeToon(event, wire.toonRules);
  const amount = BigInt(toon.length) * PRICE_UNITS_PER_BYTE;
  const fulfilment = sharedFulfilment(
    getConversationKey(BUYER, publicKeyOf(RELAY)),
    dataSha256(toon),
  );
  const condition = conditionOf(fulfilment);
  const destination = "test.dev.relay";
  const expiresAtMs = CREATED_AT_S * 1_000 + 30_000;
  const prepare = wire.encodePrepare({ amount, expiresAtMs, condition, destination, data: toon });
  const domain = { chainId: 31_337, verifyingContract: `0x${"11".repeat(20)}` };
  const proof = { channelId: `0x${"22".repeat(32)}`, nonce: 1, transferredAmount: amount };
  const signature = signBalanceProof(SECP, domain, proof, BUYER);
  const claim: Claim = {
    messageId: "1",
    timestamp: new Date(CREATED_AT_S * 1_000).toISOString(),
    senderId: event.pubkey,
    channelId: asChannelId(proof.channelId),
    nonce: proof.nonce,
    transferredAmount: amount,
    signature,
    signerAddress: SECP.addressOf(BUYER),
    chainId: domain.chainId,
    tokenNetworkAddress: asAddress(domain.verifyingContract),
  };
  const claimBytes = encodeClaim(claim);
  const frame = wire.encodeFrame({
    type: "message",
    requestId: 1,
    packet: prepare,
    protocolData: [{
      name: CLAIM_PROTOCOL,
      contentType: CONTENT_TYPE.json,
      data: claimBytes,
    }],
  });
  const answer = wire.encodeFulfill({ fulfilment, data: new Uint8Array() });
  return {
    "hashed": fenced(hashed),
    "toon": fenced(new TextDecoder().decode(toon)),
    "sums": table(["what", "value"], [
      ["buyer's secret key (a test key)", "32 bytes of `01`"],
      ["relay's secret key", "32 bytes of `02`"],
      ["event id, SHA-256 of the array", code(event.id)],
      ["length of the TOON document", `${toon.length} bytes`],
      ["amount, 10 units a byte", `${amount} units`],
      ["fulfilment", code(fulfilment.toHex())],
      ["condition, SHA-256 of it", code(condition.toHex())],
      ["EIP-712 domain separator", code(domainSeparator(domain).toHex())],
      ["EIP-712 digest that is signed", code(balanceProofDigest(domain, proof).toHex())],
    ]),
    "prepare": bytesTable(prepare, [
      [number(12, 1), "type 12: PREPARE"],
      [lengthPrefix(prepare.length - 1 - prefixSize(prepare)), "length of what follows"],
      [number(amount, 8), `amount: ${amount}`],
      [ascii("20260101000030000"), "expires at: 2026-01-01T00:00:30.000Z"],
      [condition, "condition"],
      [lengthPrefix(destination.length), "length of the destination"],
      [ascii(destination), `destination: ${destination}`],
      [lengthPrefix(toon.length), "length of the data"],
      [toon, "data: the TOON document above"],
    ]),
    "claim": fenced(new TextDecoder().decode(claimBytes)),
    "frame": bytesTable(frame, [
      [number(6, 1), "type 6: MESSAGE"],
      [number(1, 4), "request id 1; the answer repeats it"],
      [lengthPrefix(frame.length - 5 - prefixSize(frame, 5)), "length of what follows"],
      [new Uint8Array([1, 2]), "2 pieces of protocol data, as a number of 1 byte"],
      [lengthPrefix(3), "length of the name"],
      [ascii("ilp"), "name: `ilp`"],
      [number(CONTENT_TYPE.octets, 1), "content type 0: octets"],
      [lengthPrefix(prepare.length), "length of the packet"],
      [prepare, "the PREPARE above"],
      [lengthPrefix(CLAIM_PROTOCOL.length), "length of the name"],
      [ascii(CLAIM_PROTOCOL), `name: \`${CLAIM_PROTOCOL}\``],
      [number(CONTENT_TYPE.json, 1), "content type 2: JSON"],
      [lengthPrefix(claimBytes.length), "length of the claim"],
      [claimBytes, "the claim above"],
    ]),
    "fulfill": bytesTable(answer, [
      [number(13, 1), "type 13: FULFILL"],
      [lengthPrefix(answer.length - 2), "length of what follows"],
      [fulfilment, "fulfilment: its SHA-256 is the condition"],
      [lengthPrefix(0), "length of the data: none"],
    ]),
  };
}

/** Rows of offset, bytes and meaning. Throws if the parts do not add up to the whole. */
function bytesTable(whole: Uint8Array, parts: readonly Part[]): string {
  const joined = parts.map(([bytes]) => bytes.toHex()).join("");
  if (joined !== whole.toHex()) {
    throw new Error(`the parts are not the whole:\n${joined}\n${whole.toHex()}`);
  }
  let at = 0;
  const rows = parts.map(([bytes, meaning]) => {
    const row = [String(at), code(shortened(bytes)), meaning];
    at += bytes.length;
    return row;
  });
  return table(["offset", "bytes", "meaning"], rows);
}

const SHOWN = 32;

function shortened(bytes: Uint8Array): string {
  if (bytes.length <= SHOWN) return bytes.toHex();
  return `${bytes.subarray(0, 12).toHex()}… (${bytes.length} bytes)`;
}

/** A length in OER: one byte below 128, otherwise 0x80 plus the number of length bytes, then these bytes. */
function lengthPrefix(length: number): Uint8Array {
  if (length < 128) return number(length, 1);
  const size = length < 256 ? 1 : 2;
  return new Uint8Array([0x80 + size, ...number(length, size)]);
}

/** The number of bytes of the length prefix after the type, or at `at`. */
function prefixSize(message: Uint8Array, at = 1): number {
  return message[at] < 128 ? 1 : 1 + message[at] - 0x80;
}

function number(value: bigint | number, size: number): Uint8Array {
  return Uint8Array.fromHex(BigInt(value).toString(16).padStart(2 * size, "0"));
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function code(text: string): string {
  return `\`${text}\``;
}

function fenced(text: string): string {
  return `\`\`\`\n${text}\n\`\`\``;
}
