/**
 * Encodes the calls of contract_call.ts as call data: a selector and words of 32 bytes. Every value is checked again here, because these
 * bytes move money.
 *
 * @see https://docs.soliditylang.org/en/latest/abi-spec.html
 * @module
 */
import { type Address, asAddress } from "./address.ts";
import { asChannelId } from "./channel_id.ts";
import type { ChainCall } from "./contract_call.ts";
import { fromHex, HexError, keccak256, uint256 } from "./keccak.ts";
import { normalizeSignature } from "./secp256k1.ts";

/** The recipient, value and data of a call. */
interface EncodedCall {
  /** The contract, or the recipient of the value. */
  readonly to: Address;
  /** Zero except for `send`. */
  readonly valueWei: bigint;
  /** Empty for `send` and `cancel`. */
  readonly data: Uint8Array;
}

/** The signatures of the contracts' functions, by the names of {@link ChainCall}. Selectors are computed from them. */
export const CALL_SIGNATURES = {
  approve: "approve(address,uint256)",
  openChannel: "openChannel(address,uint256)",
  setTotalDeposit: "setTotalDeposit(bytes32,address,uint256)",
  claimFromChannel: "claimFromChannel(bytes32,(bytes32,uint256,uint256,uint256,bytes32),bytes)",
  closeChannel: "closeChannel(bytes32)",
  settleChannel: "settleChannel(bytes32)",
  forceCloseExpiredChannel: "forceCloseExpiredChannel(bytes32)",
  collectOwed: "collectOwed(address)",
  transfer: "transfer(address,uint256)",
  faucet: "faucet(address,uint256)",
} as const;

const SELECTORS = new Map(
  Object.entries(CALL_SIGNATURES).map(([call, signature]) =>
    [call, keccak256(new TextEncoder().encode(signature)).subarray(0, 4)] as const
  ),
);
const EMPTY = new Uint8Array(0);
const ZERO_WORD = new Uint8Array(32);
const SIGNATURE_BYTES = 65;

/**
 * Encodes a call of the account `from`. A `cancel` sends nothing to that account.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { asAddress } from "./address.ts";
 * import { encodeCall } from "./call_data.ts";
 *
 * const account = asAddress(`0x${"11".repeat(20)}`);
 * const token = asAddress(`0x${"22".repeat(20)}`);
 * const { to, data } = encodeCall({ call: "transfer", token, to: account, amountRaw: 1n }, account);
 * assert.equal(to, token);
 * assert.equal(data.toHex(), `a9059cbb${"0".repeat(24)}${"11".repeat(20)}${"0".repeat(63)}1`);
 * ```
 *
 * @throws {AddressError | HexError | SignatureError} if a field breaks its rule
 */
export function encodeCall(call: ChainCall, from: Address): EncodedCall {
  switch (call.call) {
    case "approve":
      return contractCall(call.token, call.call, address(call.spender), raw(call.amountRaw));
    case "transfer":
    case "faucet":
      return contractCall(call.token, call.call, address(call.to), raw(call.amountRaw));
    case "openChannel":
      return contractCall(
        call.tokenNetwork,
        call.call,
        address(call.participant2),
        whole(call.settlementTimeoutS, "settlementTimeoutS"),
      );
    case "setTotalDeposit":
      return contractCall(
        call.tokenNetwork,
        call.call,
        channelId(call.channelId),
        address(call.participant),
        raw(call.totalDepositRaw),
      );
    case "claimFromChannel":
      return claimCall(call);
    case "closeChannel":
    case "settleChannel":
    case "forceCloseExpiredChannel":
      return contractCall(call.tokenNetwork, call.call, channelId(call.channelId));
    case "collectOwed":
      return contractCall(call.tokenNetwork, call.call, address(call.participant));
    case "send":
      return { to: asAddress(call.to, "to"), valueWei: checkedRaw(call.valueWei), data: EMPTY };
    case "cancel":
      return { to: asAddress(from, "from"), valueWei: 0n, data: EMPTY };
    default:
      throw new HexError(`no such call: ${JSON.stringify((call as { call?: unknown }).call)}`);
  }
}

function claimCall(call: ChainCall & { call: "claimFromChannel" }): EncodedCall {
  const id = channelId(call.channelId);
  const signature = normalizeSignature(call.signature);
  const padded = new Uint8Array(Math.ceil(SIGNATURE_BYTES / 32) * 32);
  padded.set(signature);
  return contractCall(
    call.tokenNetwork,
    call.call,
    id,
    // The proof is a static tuple, so it is encoded in place. Locked amount and locks root are always zero.
    id,
    whole(call.nonce, "nonce"),
    raw(call.transferredAmountRaw),
    ZERO_WORD,
    ZERO_WORD,
    // The signature is dynamic: its offset, counted from the end of the selector, then its length and its bytes.
    uint256(7 * 32),
    uint256(SIGNATURE_BYTES),
    padded,
  );
}

function contractCall(
  contract: string,
  call: keyof typeof CALL_SIGNATURES,
  ...words: readonly Uint8Array[]
): EncodedCall {
  const data = new Uint8Array(4 + words.reduce((sum, word) => sum + word.length, 0));
  data.set(SELECTORS.get(call)!);
  let at = 4;
  for (const word of words) {
    data.set(word, at);
    at += word.length;
  }
  return { to: asAddress(contract, "contract"), valueWei: 0n, data };
}

function address(text: string): Uint8Array {
  const word = new Uint8Array(32);
  word.set(fromHex(asAddress(text), 20, "address"), 12);
  return word;
}

function channelId(text: string): Uint8Array {
  return fromHex(asChannelId(text), 32, "channelId");
}

function whole(value: number, field: string): Uint8Array {
  if (Number.isSafeInteger(value) && value >= 0) return uint256(value);
  throw new HexError(`${field} must be a safe integer of 0 or more`);
}

function raw(value: bigint): Uint8Array {
  return uint256(checkedRaw(value));
}

/** Checks that an amount is a bigint, because BigInt() would silently convert a number or text. */
function checkedRaw(value: bigint): bigint {
  if (typeof value === "bigint" && value >= 0n && value < 2n ** 256n) return value;
  throw new HexError("an amount must be a bigint of 0 to 2^256 - 1");
}
