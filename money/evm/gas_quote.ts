/**
 * Computes what a call would do and cost. A node simulates and prices it, within ceilings that no node can raise.
 *
 * @see https://eips.ethereum.org/EIPS/eip-1559
 * @module
 */
import { smaller } from "../../base/amount.ts";
import type { Address } from "../../protocols/evm/address.ts";
import { encodeCall } from "../../protocols/evm/call_data.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import { toHex } from "../../protocols/evm/keccak.ts";
import { ChainError, type GasQuote } from "./chain_connection.ts";
import type { EvmSettings } from "./evm_options.ts";
import { isRevert, refusedCall, revertReason } from "./revert_reason.ts";
import type { RpcAnswer, RpcCall } from "./rpc_endpoint.ts";
import { resultOf, type RpcPool, RpcRefusal } from "./rpc_pool.ts";
import { readData, readKnownBlock, readQuantity } from "./rpc_values.ts";

const GAS_OF_A_TRANSFER = 21_000n;
const DEFAULT_TIP_WEI = 1_000_000_000n;

/**
 * Simulates and prices `call`.
 *
 * @throws {ChainError} `reverted` (with the reason), `funds`, `gas_ceiling`, or `rpc`
 */
export async function quoteCall(
  pool: RpcPool,
  settings: EvmSettings,
  call: ChainCall,
  from: Address,
): Promise<GasQuote> {
  const { transaction, valueWei } = unsigned(call, from);
  const calls: RpcCall[] = [
    { method: "eth_estimateGas", params: [transaction] },
    { method: "eth_getBlockByNumber", params: ["latest", false] },
    { method: "eth_maxPriorityFeePerGas", params: [] },
    { method: "eth_getBalance", params: [from, "latest"] },
  ];
  const { gas, baseFeeWei, tipWei, balanceWei } = await refusing(
    call,
    () =>
      pool.batch(calls, ([estimate, block, tip, balance]) => ({
        gas: readQuantity(resultOf(estimate), "a gas estimate"),
        baseFeeWei: readKnownBlock(resultOf(block)).baseFeeWei ?? 0n,
        tipWei: suggestedTip(tip),
        balanceWei: readQuantity(resultOf(balance), "a balance"),
      })),
  );
  const gasLimit = gasLimitOf(gas);
  if (gasLimit > settings.maxGasLimit) {
    throw ceiling(call, `it needs ${gasLimit} gas, at most ${settings.maxGasLimit} is allowed`);
  }
  const maxPriorityFeePerGasWei = smaller(tipWei, settings.maxPriorityFeePerGasWei);
  const nextWei = baseFeeWei + maxPriorityFeePerGasWei;
  if (nextWei > settings.maxFeePerGasWei) {
    throw ceiling(call, `gas costs ${nextWei} wei, at most ${settings.maxFeePerGasWei} is allowed`);
  }
  // Twice the base fee is enough for six full blocks in a row.
  const maxFeePerGasWei = smaller(
    2n * baseFeeWei + maxPriorityFeePerGasWei,
    settings.maxFeePerGasWei,
  );
  const maxFeeWei = gasLimit * maxFeePerGasWei;
  if (balanceWei < maxFeeWei + valueWei) {
    throw new ChainError(
      "funds",
      `Cannot ${call.call}: the account has ${balanceWei} wei, it may cost ${maxFeeWei + valueWei}`,
    );
  }
  return { gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei, maxFeeWei };
}

/** The current base fee and tip of a transaction, limited by the ceilings. */
export async function feePerGas(pool: RpcPool, settings: EvmSettings): Promise<bigint> {
  const feeWei = await pool.batch([
    { method: "eth_getBlockByNumber", params: ["latest", false] },
    { method: "eth_maxPriorityFeePerGas", params: [] },
  ], ([block, tip]) =>
    (readKnownBlock(resultOf(block)).baseFeeWei ?? 0n) +
    smaller(suggestedTip(tip), settings.maxPriorityFeePerGasWei));
  return smaller(feeWei, settings.maxFeePerGasWei);
}

/** Null if the contract would accept the call, otherwise the name of its error. */
export async function simulateCall(
  pool: RpcPool,
  call: ChainCall,
  from: Address,
): Promise<string | null> {
  const { transaction } = unsigned(call, from);
  try {
    await pool.ask("eth_call", [transaction, "latest"], (value) => readData(value, "a result"));
    return null;
  } catch (error) {
    if (!(error instanceof RpcRefusal)) throw error;
    if (isRevert(error)) return revertReason(error.answer.data);
    throw refusedCall(error, call.call);
  }
}

/** The call in the form of `eth_call`. The signer's encoder makes it, so what is simulated is what will be signed. */
function unsigned(call: ChainCall, from: Address) {
  const { to, data, valueWei } = encodeCall(call, from);
  const value = `0x${valueWei.toString(16)}`;
  return { transaction: { from, to, data: toHex(data), value }, valueWei };
}

async function refusing<T>(call: ChainCall, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw error instanceof RpcRefusal ? refusedCall(error, call.call) : error;
  }
}

/** A quarter more than the estimate, because state changes in between can make some calls use more gas. */
function gasLimitOf(estimate: bigint): bigint {
  return estimate <= GAS_OF_A_TRANSFER ? GAS_OF_A_TRANSFER : estimate + (estimate + 3n) / 4n;
}

/** The tip that the node suggests. A node without this method suggests none, and the default is used. */
function suggestedTip(answer: RpcAnswer): bigint {
  return "error" in answer ? DEFAULT_TIP_WEI : readQuantity(answer.result, "a tip");
}

function ceiling(call: ChainCall, detail: string): ChainError {
  return new ChainError("gas_ceiling", `Cannot ${call.call}: ${detail}`);
}
