/**
 * EIP-1559 transactions (type 2): the digest to sign, and the signed bytes for `eth_sendRawTransaction`. The access list is always empty.
 *
 * @see https://eips.ethereum.org/EIPS/eip-1559
 * @module
 */
import type { Address } from "./address.ts";
import { encodeCall } from "./call_data.ts";
import type { TransactionFields } from "./contract_call.ts";
import { fromHex, HexError, keccak256, toHex } from "./keccak.ts";
import { encodeRlp, rlpInteger, type RlpItem } from "./rlp.ts";
import { normalizeSignature } from "./secp256k1.ts";

/** A signed transaction. */
interface RawTransaction {
  /** `0x` and the bytes for `eth_sendRawTransaction`. */
  readonly raw: string;
  /** `0x` and 64 lowercase hex digits: the Keccak-256 hash of those bytes. */
  readonly hash: string;
}

const TYPE = 2;
const MAX_FEE_WEI = 2n ** 128n - 1n;
/** No block allows more gas, and `gas_limit` has 64 bits. */
const MAX_GAS = 2n ** 64n - 1n;

/**
 * The digest that the account `from` signs: 32 bytes.
 *
 * @throws {HexError | AddressError | SignatureError} if a field breaks its rule
 */
export function transactionDigest(fields: TransactionFields, from: Address): Uint8Array {
  return keccak256(typed(fieldsOf(fields, from)));
}

/**
 * The signed bytes of a transaction. `signature` signs its digest: 65 bytes with the lower s.
 *
 * @throws {HexError | AddressError | SignatureError} if a field breaks its rule
 */
export function encodeTransaction(
  fields: TransactionFields,
  from: Address,
  signature: string,
): RawTransaction {
  const bytes = normalizeSignature(signature);
  const integer = (start: number) => rlpInteger(BigInt(toHex(bytes.subarray(start, start + 32))));
  const raw = typed([
    ...fieldsOf(fields, from),
    rlpInteger(BigInt(bytes[64] - 27)),
    integer(0),
    integer(32),
  ]);
  return { raw: toHex(raw), hash: toHex(keccak256(raw)) };
}

function fieldsOf(fields: TransactionFields, from: Address): RlpItem[] {
  const { to, valueWei, data } = encodeCall(fields.call, from);
  const { maxFeePerGasWei, maxPriorityFeePerGasWei } = fields;
  if (!Number.isSafeInteger(fields.chainId) || fields.chainId <= 0) {
    throw new HexError("chainId must be a safe integer above zero");
  }
  if (!Number.isSafeInteger(fields.nonce) || fields.nonce < 0) {
    throw new HexError("nonce must be a safe integer of 0 or more");
  }
  const gasLimit = within(fields.gasLimit, MAX_GAS, "gasLimit");
  const maxFee = within(maxFeePerGasWei, MAX_FEE_WEI, "maxFeePerGasWei");
  const priority = within(maxPriorityFeePerGasWei, MAX_FEE_WEI, "maxPriorityFeePerGasWei");
  if (priority > maxFee) {
    throw new HexError("maxPriorityFeePerGasWei must be at most maxFeePerGasWei");
  }
  return [
    rlpInteger(BigInt(fields.chainId)),
    rlpInteger(BigInt(fields.nonce)),
    rlpInteger(priority),
    rlpInteger(maxFee),
    rlpInteger(gasLimit),
    fromHex(to, 20, "to"),
    rlpInteger(valueWei),
    data,
    [],
  ];
}

function within(value: bigint, max: bigint, field: string): bigint {
  if (typeof value === "bigint" && value >= 0n && value <= max) return value;
  throw new HexError(`${field} must be a bigint of 0 to ${max}`);
}

function typed(items: readonly RlpItem[]): Uint8Array {
  const body = encodeRlp(items);
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = TYPE;
  bytes.set(body, 1);
  return bytes;
}
