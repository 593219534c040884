/**
 * Calls as data for simulation and pricing. What is signed is encoded by the signer itself, from the same fields.
 *
 * @module
 */
import { encodeFunctionData } from "viem/utils";
import { testTokenAbi, tokenNetworkAbi } from "../../../contracts/abi.ts";
import type { ChainCall } from "../../../protocols/evm/contract_call.ts";

type Hex = `0x${string}`;

/** A call as `eth_call` takes it, without its sender. */
export interface CallData {
  readonly to: string;
  readonly data: Hex;
  readonly valueWei: bigint;
}

const NO_LOCKS = { lockedAmount: 0n, locksRoot: `0x${"00".repeat(32)}` } as const;

/** Encodes a call; `from` is where `cancel` goes. */
export function callDataOf(call: ChainCall, from: string): CallData {
  switch (call.call) {
    case "approve":
      return token(call.token, "approve", [call.spender, call.amountRaw]);
    case "transfer":
      return token(call.token, "transfer", [call.to, call.amountRaw]);
    case "faucet":
      return token(call.token, "faucet", [call.to, call.amountRaw]);
    case "openChannel":
      return network(call.tokenNetwork, call.call, [
        call.participant2,
        BigInt(call.settlementTimeoutS),
      ]);
    case "setTotalDeposit":
      return network(call.tokenNetwork, call.call, [
        call.channelId,
        call.participant,
        call.totalDepositRaw,
      ]);
    case "claimFromChannel":
      return network(call.tokenNetwork, call.call, [
        call.channelId,
        {
          channelId: call.channelId,
          nonce: BigInt(call.nonce),
          transferredAmount: call.transferredAmountRaw,
          ...NO_LOCKS,
        },
        call.signature,
      ]);
    case "closeChannel":
    case "settleChannel":
    case "forceCloseExpiredChannel":
      return network(call.tokenNetwork, call.call, [call.channelId]);
    case "collectOwed":
      return network(call.tokenNetwork, call.call, [call.participant]);
    case "send":
      return { to: call.to, data: "0x", valueWei: call.valueWei };
    case "cancel":
      return { to: from, data: "0x", valueWei: 0n };
  }
}

function token(to: string, functionName: string, args: readonly unknown[]): CallData {
  const data = encodeFunctionData({ abi: testTokenAbi, functionName, args } as never) as Hex;
  return { to, data, valueWei: 0n };
}

function network(to: string, functionName: string, args: readonly unknown[]): CallData {
  const data = encodeFunctionData({ abi: tokenNetworkAbi, functionName, args } as never) as Hex;
  return { to, data, valueWei: 0n };
}
