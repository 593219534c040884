/**
 * Broadcasts transactions and reads their state.
 *
 * @module
 */
import { keccak256, toHex } from "../../protocols/evm/keccak.ts";
import { ChainError, type TransactionStatus } from "./chain_connection.ts";
import { blockCall, type ChainTail } from "./chain_tail.ts";
import { channelEventOf } from "./channel_logs.ts";
import { isRevert, revertReason } from "./revert_reason.ts";
import { RpcFailure } from "./rpc_endpoint.ts";
import { resultOf, type RpcPool, RpcRefusal } from "./rpc_pool.ts";
import {
  fields,
  type LogEntry,
  readBlock,
  readHash,
  readReceipt,
  type Receipt,
} from "./rpc_values.ts";

const MAX_RAW_CHARS = 2 + 2 * 131_072;

/** The current state of a transaction. `unknown` only if no address knows it. */
export async function transactionStatus(
  pool: RpcPool,
  tail: ChainTail,
  network: () => Promise<string>,
  hash: string,
): Promise<TransactionStatus> {
  const wanted = readHash(hash, "a transaction hash");
  const receipt = await pool.ask(
    "eth_getTransactionReceipt",
    [wanted],
    (value) => receiptOf(value, wanted),
  ) ?? await elsewhere(pool, wanted);
  if (receipt === null) {
    const known = await pool.everywhere("eth_getTransactionByHash", [wanted], (value) => value);
    return { state: known.some((value) => value !== null) ? "pending" : "unknown" };
  }
  tail.noticed(receipt.blockNumber);
  const [end, block] = await Promise.all([
    tail.fresh(0),
    pool.batch([blockCall(receipt.blockNumber)], ([answer]) => readBlock(resultOf(answer))),
  ]);
  // The block was replaced, so the transaction is pending again.
  if (block?.hash !== receipt.blockHash) return { state: "pending" };
  const confirmed = receipt.blockNumber <= end.confirmed.number;
  const { blockNumber, blockHash, gasUsed, feeWei } = receipt;
  if (receipt.succeeded) {
    return {
      state: confirmed ? "confirmed" : "mined",
      blockNumber,
      blockHash,
      gasUsed,
      feeWei,
      openedChannelId: openedIn(receipt.logs, await network()),
    };
  }
  const reason = await reasonOf(pool, wanted, blockNumber);
  return { state: "reverted", confirmed, blockNumber, feeWei, reason };
}

/**
 * Broadcasts signed bytes. Broadcasting the same bytes again does no harm.
 *
 * @throws {ChainError} `nonce_used`, `underpriced`, `funds`, `rpc`
 */
export async function broadcast(pool: RpcPool, raw: string): Promise<void> {
  if (raw.length > MAX_RAW_CHARS || !/^0x02(?:[0-9a-f]{2})+$/i.test(raw)) {
    throw new ChainError(
      "rpc",
      "Cannot broadcast: the bytes are not a signed transaction of type 2",
    );
  }
  const hash = toHex(keccak256(Uint8Array.fromHex(raw.slice(2))));
  // Money is sent, so the address must prove its chain again.
  pool.suspect();
  try {
    await pool.ask("eth_sendRawTransaction", [raw], (value) => {
      if (readHash(value) !== hash) {
        throw new RpcFailure("garbage", "it accepted another transaction");
      }
    });
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    if (/already known|already imported|known transaction/i.test(error.answer.words)) return;
    if (await isKnown(pool, hash)) return;
    throw refusedBroadcast(error);
  }
}

function refusedBroadcast({ answer, message }: RpcRefusal): ChainError {
  const { words } = answer;
  if (/nonce( is)? too low|nonce.*(used|old)|OldNonce/i.test(words)) {
    return new ChainError("nonce_used", "Cannot broadcast: the account's nonce is used already");
  }
  if (/underpriced|fee.*(too low|less than)|price.*too low/i.test(words)) {
    return new ChainError(
      "underpriced",
      "Cannot broadcast: the fee is below the chain's current minimum",
    );
  }
  if (/insufficient funds|not enough/i.test(words)) {
    return new ChainError("funds", "Cannot broadcast: the account lacks the chain's own currency");
  }
  return new ChainError("rpc", `Cannot broadcast: ${message}`);
}

async function isKnown(pool: RpcPool, hash: string): Promise<boolean> {
  const found = await pool.everywhere("eth_getTransactionByHash", [hash], (value) => value);
  return found.some((value) => value !== null);
}

async function elsewhere(pool: RpcPool, hash: string): Promise<Receipt | null> {
  if (pool.options.urls.length === 1) return null;
  const found = await pool.everywhere(
    "eth_getTransactionReceipt",
    [hash],
    (value) => receiptOf(value, hash),
  );
  return found.find((receipt) => receipt !== null) ?? null;
}

function receiptOf(value: unknown, hash: string): Receipt | null {
  const receipt = readReceipt(value);
  if (receipt !== null && receipt.transactionHash !== hash) {
    throw new RpcFailure("garbage", "a receipt of another transaction");
  }
  return receipt;
}

function openedIn(logs: readonly LogEntry[], network: string): string | null {
  const opened = logs.filter(({ address }) => address === network).map(channelEventOf)
    .find((event) => event?.name === "opened");
  return opened?.channelId ?? null;
}

/** The reason of a revert. A receipt does not contain it, so the call is repeated in the state before its block. */
async function reasonOf(pool: RpcPool, hash: string, blockNumber: number): Promise<string> {
  const sent = await pool.ask("eth_getTransactionByHash", [hash], (value) => value);
  if (sent === null) return "revert";
  const { from, to, input, value, gas } = fields(sent, "a transaction");
  for (const height of [blockNumber - 1, blockNumber]) {
    try {
      const at = `0x${height.toString(16)}`;
      await pool.ask("eth_call", [{ from, to, data: input, value, gas }, at], (result) => result);
    } catch (error) {
      if (error instanceof RpcRefusal && isRevert(error)) return revertReason(error.answer.data);
      if (!(error instanceof RpcRefusal) && !(error instanceof ChainError)) throw error;
    }
  }
  return "revert";
}
