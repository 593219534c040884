/**
 * The JSON form of claims: a signed balance proof of at most 4 KiB. Parsing is strict, because claims are money: UTF-8, one object, no
 * duplicate key, no number that would be rounded, and a rule for every field. Unknown fields are allowed.
 *
 * @module
 */
import type { Address } from "./address.ts";
import type { BalanceProof, Eip712Domain } from "./balance_proof.ts";
import type { ChannelId } from "./channel_id.ts";
import { ClaimError } from "./claim_error.ts";
import { ClaimFields, isMoment, MAX_CLAIM_BYTES, objectOf } from "./claim_fields.ts";

/**
 * How far the nonce of a claim may be above the highest known nonce (docs/money.md, Q2). A receiver refuses a higher one, because such
 * jumps would use up the channel's nonces.
 */
export const MAX_NONCE_AHEAD = 2 ** 20;

/**
 * A claim. {@link parseClaim} does not check the signature: the receiver does.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asAddress } from "./address.ts";
 * import { asChannelId } from "./channel_id.ts";
 * import { type Claim, encodeClaim, parseClaim } from "./claim.ts";
 *
 * const claim: Claim = {
 *   messageId: "1",
 *   timestamp: "2026-02-17T12:00:00.000Z",
 *   senderId: "alice",
 *   channelId: asChannelId(`0x${"22".repeat(32)}`),
 *   nonce: 1,
 *   transferredAmount: 3270n,
 *   signature: `0x${"33".repeat(65)}`,
 *   signerAddress: asAddress(`0x${"44".repeat(20)}`),
 *   chainId: 31337,
 *   tokenNetworkAddress: asAddress(`0x${"11".repeat(20)}`),
 * };
 * assert.deepEqual(parseClaim(encodeClaim(claim)), claim);
 * ```
 */
export interface Claim {
  /** Not empty. */
  readonly messageId: string;
  /** ISO 8601 in UTC. */
  readonly timestamp: string;
  /** A public key or an address; not empty. */
  readonly senderId: string;
  /** The channel that pays. */
  readonly channelId: ChannelId;
  /** A safe integer of 0 or more. */
  readonly nonce: number;
  /** Cumulative, base units. */
  readonly transferredAmount: bigint;
  /** `0x` and 65 bytes, unchanged; v may be 0, 1, 27 or 28. */
  readonly signature: string;
  /** The signer that the sender states. Only the address recovered from the signature proves it. */
  readonly signerAddress: Address;
  /** A safe integer above zero. */
  readonly chainId: number;
  /** The contract that pays. */
  readonly tokenNetworkAddress: Address;
  /** The token of the channel. Our claims always name it, because the connector of the Crosstown network redeems no claim without it. */
  readonly tokenAddress?: Address;
}

const ZERO_ROOT = `0x${"0".repeat(64)}`;

/**
 * The claim's JSON in UTF-8, with keys in alphabetical order.
 *
 * @throws {ClaimError} like {@link parseClaim}, so every encoded claim can be parsed
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asAddress } from "./address.ts";
 * import { asChannelId } from "./channel_id.ts";
 * import { encodeClaim } from "./claim.ts";
 *
 * const claim = {
 *   messageId: "1",
 *   timestamp: "2026-02-17T12:00:00.000Z",
 *   senderId: "alice",
 *   channelId: asChannelId(`0x${"22".repeat(32)}`),
 *   nonce: 1,
 *   transferredAmount: 3270n,
 *   signature: `0x${"33".repeat(65)}`,
 *   signerAddress: asAddress(`0x${"44".repeat(20)}`),
 *   chainId: 31337,
 *   tokenNetworkAddress: asAddress(`0x${"11".repeat(20)}`),
 * };
 * assert.equal(JSON.parse(new TextDecoder().decode(encodeClaim(claim))).nonce, 1);
 * assert.throws(() => encodeClaim({ ...claim, nonce: -1 }), { field: "nonce" });
 * ```
 */
export function encodeClaim(claim: Claim): Uint8Array {
  const text = JSON.stringify({
    blockchain: "evm",
    chainId: claim.chainId,
    channelId: claim.channelId,
    lockedAmount: "0",
    locksRoot: ZERO_ROOT,
    messageId: claim.messageId,
    nonce: claim.nonce,
    senderId: claim.senderId,
    signature: claim.signature,
    signerAddress: claim.signerAddress,
    timestamp: claim.timestamp,
    ...(claim.tokenAddress === undefined ? {} : { tokenAddress: claim.tokenAddress }),
    tokenNetworkAddress: claim.tokenNetworkAddress,
    transferredAmount: String(claim.transferredAmount),
    version: "1.0",
  });
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_CLAIM_BYTES || canonicalClaim(text) === null) parseClaim(bytes);
  return bytes;
}

/**
 * Reads a claim.
 *
 * @throws {ClaimError} `too_large`, `not_json`, `duplicate`, `version` or `field`, with the field's name
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asAddress } from "./address.ts";
 * import { asChannelId } from "./channel_id.ts";
 * import { encodeClaim, parseClaim } from "./claim.ts";
 *
 * const claim = {
 *   messageId: "1",
 *   timestamp: "2026-02-17T12:00:00.000Z",
 *   senderId: "alice",
 *   channelId: asChannelId(`0x${"22".repeat(32)}`),
 *   nonce: 1,
 *   transferredAmount: 3270n,
 *   signature: `0x${"33".repeat(65)}`,
 *   signerAddress: asAddress(`0x${"44".repeat(20)}`),
 *   chainId: 31337,
 *   tokenNetworkAddress: asAddress(`0x${"11".repeat(20)}`),
 * };
 * assert.equal(parseClaim(encodeClaim(claim)).transferredAmount, 3270n);
 * const twice = new TextEncoder().encode('{"nonce":1,"nonce":2}');
 * assert.throws(() => parseClaim(twice), { code: "duplicate" });
 * ```
 */
export function parseClaim(bytes: Uint8Array): Claim {
  if (bytes.length > MAX_CLAIM_BYTES) {
    throw new ClaimError(
      "too_large",
      `Cannot read claim: ${bytes.length} bytes, at most ${MAX_CLAIM_BYTES} allowed`,
    );
  }
  const quick = canonicalClaim(textOf(bytes));
  if (quick !== null) return quick;
  const fields = new ClaimFields(objectOf(bytes));
  fields.constant("version", "1.0");
  fields.constant("blockchain", "evm");
  fields.constant("lockedAmount", "0");
  fields.constant("locksRoot", ZERO_ROOT);
  const tokenAddress = fields.has("tokenAddress") ? fields.address("tokenAddress") : undefined;
  return {
    messageId: fields.words("messageId"),
    timestamp: fields.timestamp("timestamp"),
    senderId: fields.words("senderId"),
    channelId: fields.hex("channelId", 64).toLowerCase() as ChannelId,
    nonce: fields.integer("nonce", 0),
    transferredAmount: fields.amount("transferredAmount"),
    signature: fields.hex("signature", 130),
    signerAddress: fields.address("signerAddress"),
    chainId: fields.integer("chainId", 1),
    tokenNetworkAddress: fields.address("tokenNetworkAddress"),
    ...(tokenAddress === undefined ? {} : { tokenAddress }),
  };
}

/**
 * The typed data that the signature of a claim signs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asAddress } from "./address.ts";
 * import { asChannelId } from "./channel_id.ts";
 * import { recoverBalanceProof, signBalanceProof } from "./balance_proof.ts";
 * import { balanceProofOf } from "./claim.ts";
 * import { loadSecp256k1 } from "./secp256k1.ts";
 *
 * const claim = {
 *   messageId: "1",
 *   timestamp: "2026-02-17T12:00:00.000Z",
 *   senderId: "alice",
 *   channelId: asChannelId(`0x${"22".repeat(32)}`),
 *   nonce: 1,
 *   transferredAmount: 3270n,
 *   signature: `0x${"33".repeat(65)}`,
 *   signerAddress: asAddress(`0x${"44".repeat(20)}`),
 *   chainId: 31337,
 *   tokenNetworkAddress: asAddress(`0x${"11".repeat(20)}`),
 * };
 * const secp = await loadSecp256k1();
 * const key = new Uint8Array(32).fill(1);
 * const { domain, proof } = balanceProofOf(claim);
 * const signature = signBalanceProof(secp, domain, proof, key);
 * assert.equal(recoverBalanceProof(secp, domain, proof, signature), secp.addressOf(key));
 * ```
 */
export function balanceProofOf(
  claim: Claim,
): { readonly domain: Eip712Domain; readonly proof: BalanceProof } {
  return {
    domain: { chainId: claim.chainId, verifyingContract: claim.tokenNetworkAddress },
    proof: {
      channelId: claim.channelId,
      nonce: claim.nonce,
      transferredAmount: claim.transferredAmount,
    },
  };
}

/** Keeps a byte order mark, which the canonical form does not have either. Loading `Buffer` for this would cost a worker 10 ms. */
const TEXT = new TextDecoder("utf-8", { ignoreBOM: true });

/** The bytes as text. If one of them is not ASCII, the text has a character that does not match the canonical form. */
function textOf(bytes: Uint8Array): string {
  return TEXT.decode(bytes);
}

const WORDS = '"([ !#-[\\]-~]+)"';
const WHOLE = "(0|[1-9]\\d{0,14})";
const ADDRESS = '"(0x[0-9a-fA-F]{40})"';

/** The form that {@link encodeClaim} writes, without escapes: each key once and in order, each value by its rule. */
const CANONICAL = new RegExp(
  `^{"blockchain":"evm","chainId":([1-9]\\d{0,14}),"channelId":"(0x[0-9a-fA-F]{64})","lockedAmount":"0",` +
    `"locksRoot":"${ZERO_ROOT}","messageId":${WORDS},"nonce":${WHOLE},"senderId":${WORDS},` +
    `"signature":"(0x[0-9a-fA-F]{130})","signerAddress":${ADDRESS},"timestamp":"([-:.\\dTZ]+)",` +
    `(?:"tokenAddress":${ADDRESS},)?"tokenNetworkAddress":${ADDRESS},"transferredAmount":"(0|[1-9]\\d{0,76})","version":"1\\.0"}$`,
);

/** Parses a claim in the form that we write, with one match. Null for any other form, which the strict parser reads. */
function canonicalClaim(text: string): Claim | null {
  const match = CANONICAL.exec(text);
  if (match === null || !isMoment(match[8])) return null;
  return {
    messageId: match[3],
    timestamp: match[8],
    senderId: match[5],
    channelId: match[2].toLowerCase() as ChannelId,
    nonce: Number(match[4]),
    transferredAmount: BigInt(match[11]),
    signature: match[6],
    signerAddress: match[7].toLowerCase() as Address,
    chainId: Number(match[1]),
    tokenNetworkAddress: match[10].toLowerCase() as Address,
    ...(match[9] === undefined ? {} : { tokenAddress: match[9].toLowerCase() as Address }),
  };
}
