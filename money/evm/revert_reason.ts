/**
 * Decodes the data of a revert into the name of our contracts' error.
 *
 * @module
 */
import { decodeErrorResult } from "viem/utils";
import { testTokenAbi, tokenNetworkAbi, tokenNetworkRegistryAbi } from "../../contracts/abi.ts";
import { ChainError } from "./chain_connection.ts";
import type { RpcRefusal } from "./rpc_pool.ts";

const ABI = [...tokenNetworkAbi, ...tokenNetworkRegistryAbi, ...testTokenAbi];
/** Errors that mean that the caller lacks tokens. */
const LACKING: ReadonlySet<string> = new Set(["ERC20InsufficientBalance"]);

/** The name of the error. `revert` if it is not an error of our contracts. */
export function revertReason(data: string | null): string {
  if (data === null || !/^0x[0-9a-f]{8}/i.test(data)) return "revert";
  try {
    const { errorName }: { errorName: string } = decodeErrorResult({
      abi: ABI,
      data: data as `0x${string}`,
    });
    // `Error(string)` and `Panic(uint256)` are not specific to our contracts.
    return errorName === "Error" || errorName === "Panic" ? "revert" : errorName;
  } catch {
    return "revert";
  }
}

/** Whether a node's refusal came from the contract. */
export function isRevert({ answer }: RpcRefusal): boolean {
  return answer.code === 3 || /revert/i.test(answer.words) ||
    (answer.data !== null && answer.data.length >= 10);
}

/** Converts a node's refusal of a call into a ChainError. */
export function refusedCall(refusal: RpcRefusal, what: string): ChainError {
  const { answer } = refusal;
  if (isRevert(refusal)) {
    const reason = revertReason(answer.data);
    const code = LACKING.has(reason) ? "funds" : "reverted";
    return new ChainError(code, `Cannot ${what}: the contract refuses with ${reason}`, { reason });
  }
  if (/insufficient funds|exceeds? (allowance|balance)|not enough|OutOfFund/i.test(answer.words)) {
    return new ChainError("funds", `Cannot ${what}: the account lacks the chain's own currency`);
  }
  return new ChainError("rpc", `Cannot ${what}: ${refusal.message}`);
}
