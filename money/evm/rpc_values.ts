/**
 * Reads values of JSON-RPC answers strictly. Anything that differs from the specification throws RpcFailure `garbage`, which counts as a
 * failure of the address.
 *
 * @see https://ethereum.github.io/execution-apis/
 * @module
 */
import { RpcFailure } from "./rpc_endpoint.ts";

/** The used fields of a block's header. */
export interface Block {
  readonly number: number;
  readonly hash: string;
  readonly parentHash: string;
  readonly timestampS: number;
  /** Null on a chain without EIP-1559. */
  readonly baseFeeWei: bigint | null;
}

/** A log. */
export interface LogEntry {
  readonly address: string;
  readonly topics: readonly string[];
  readonly data: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly transactionHash: string;
  readonly logIndex: number;
}

/** The used fields of a receipt. */
export interface Receipt {
  readonly transactionHash: string;
  readonly blockNumber: number;
  readonly blockHash: string;
  readonly succeeded: boolean;
  readonly gasUsed: bigint;
  /** The gas times its price, plus what a rollup charges for the data. */
  readonly feeWei: bigint;
  readonly logs: readonly LogEntry[];
}

/** The most logs that one answer may have. */
const MAX_LOGS = 50_000;
const MAX_DATA_CHARS = 2 + 2 * 65_536;

/** `0x` and a number without leading zeros, below 2^256. */
export function readQuantity(value: unknown, field = "a quantity"): bigint {
  if (typeof value === "string" && /^0x(?:0|[1-9a-f][0-9a-f]{0,63})$/i.test(value)) {
    return BigInt(value);
  }
  throw garbage(`${field} that is not a quantity`);
}

/** A quantity within the safe integers. */
export function readNumber(value: unknown, field = "a number"): number {
  const number = Number(readQuantity(value, field));
  if (Number.isSafeInteger(number)) return number;
  throw garbage(`${field} that is too large`);
}

/** `0x` and 64 hex digits, in lower case. */
export function readHash(value: unknown, field = "a hash"): string {
  if (typeof value === "string" && /^0x[0-9a-f]{64}$/i.test(value)) return value.toLowerCase();
  throw garbage(`${field} that is not a hash`);
}

/** `0x` and bytes. */
export function readData(value: unknown, field = "data"): `0x${string}` {
  if (
    typeof value === "string" && value.length <= MAX_DATA_CHARS &&
    /^0x(?:[0-9a-f]{2})*$/i.test(value)
  ) return value.toLowerCase() as `0x${string}`;
  throw garbage(`${field} that is not hex data`);
}

/** A block's header. Null if the node has no such block. */
export function readBlock(value: unknown): Block | null {
  if (value === null) return null;
  const block = fields(value, "a block");
  return {
    number: readNumber(block.number, "a block number"),
    hash: readHash(block.hash, "a block hash"),
    parentHash: readHash(block.parentHash, "a parent hash"),
    timestampS: readNumber(block.timestamp, "a timestamp"),
    baseFeeWei: block.baseFeePerGas === undefined || block.baseFeePerGas === null
      ? null
      : readQuantity(block.baseFeePerGas, "a base fee"),
  };
}

/** A block's header. Throws if the node has no such block. */
export function readKnownBlock(value: unknown): Block {
  const block = readBlock(value);
  if (block === null) throw new RpcFailure("behind", "a block that it does not have");
  return block;
}

/** Logs in the order of the chain. Logs that a reorganisation removed are left out. */
export function readLogs(value: unknown): LogEntry[] {
  if (!Array.isArray(value)) throw garbage("logs that are not a list");
  if (value.length > MAX_LOGS) throw garbage("too many logs");
  return value.filter((entry) => fields(entry, "a log").removed !== true).map(readLog)
    .sort((a, b) => a.blockNumber - b.blockNumber || a.logIndex - b.logIndex);
}

/** A receipt. Null if the transaction is in no block. */
export function readReceipt(value: unknown): Receipt | null {
  if (value === null) return null;
  const receipt = fields(value, "a receipt");
  const gasUsed = readQuantity(receipt.gasUsed, "gas used");
  const l1Fee = receipt.l1Fee === undefined || receipt.l1Fee === null
    ? 0n
    : readQuantity(receipt.l1Fee, "an L1 fee");
  const status = readNumber(receipt.status, "a status");
  return {
    transactionHash: readHash(receipt.transactionHash, "a transaction hash"),
    blockNumber: readNumber(receipt.blockNumber, "a block number"),
    blockHash: readHash(receipt.blockHash, "a block hash"),
    succeeded: status === 1,
    gasUsed,
    feeWei: gasUsed * readQuantity(receipt.effectiveGasPrice, "a gas price") + l1Fee,
    logs: readLogs(receipt.logs),
  };
}

/** The fields of an object. */
export function fields(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw garbage(`${what} that is not an object`);
}

function readLog(value: unknown): LogEntry {
  const log = fields(value, "a log");
  if (!Array.isArray(log.topics) || log.topics.length > 4) throw garbage("a log without topics");
  const address = readData(log.address, "an address");
  if (address.length !== 42) throw garbage("an invalid address");
  return {
    address,
    topics: log.topics.map((topic) => readHash(topic, "a topic")),
    data: readData(log.data, "a log's data"),
    blockNumber: readNumber(log.blockNumber, "a block number"),
    blockHash: readHash(log.blockHash, "a block hash"),
    transactionHash: readHash(log.transactionHash, "a transaction hash"),
    logIndex: readNumber(log.logIndex, "a log index"),
  };
}

function garbage(words: string): RpcFailure {
  return new RpcFailure("garbage", words);
}
