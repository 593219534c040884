/** Our chain on a test's node, and raw transactions as a signer would make them. */
import { type Hex, keccak256 } from "viem";
import type { HDAccount } from "viem/accounts";
import { asAddress } from "../../../protocols/evm/address.ts";
import { encodeCall } from "../../../protocols/evm/call_data.ts";
import { asChannelId } from "../../../protocols/evm/channel_id.ts";
import type { ChainCall } from "../../../protocols/evm/contract_call.ts";
import { systemTimers } from "../../../base/timers.ts";
import { evmChain, type OpenEvmChain } from "../../../money/evm/evm_chain.ts";
import type { EvmChainDeps, EvmChainOptions } from "../../../money/evm/evm_options.ts";
import type { EvmChain, TransactionStatus } from "../../../money/evm/chain_connection.ts";
import type { Chain } from "../../contracts/chain.ts";
import { until } from "../../until.ts";

/** The options of a profile that names the node's own contracts. */
export function optionsFor(at: Chain, more: Partial<EvmChainOptions> = {}): EvmChainOptions {
  return {
    rpcUrls: [at.url],
    chainId: at.chainId,
    registryAddress: at.registry,
    tokenAddress: at.token,
    tokenDecimals: 18,
    pollMs: 20,
    timeoutMs: 120_000,
    deadlineMs: 120_000,
    ...more,
  };
}

/** A chain that is closed at the end of the test. */
export function openChain(
  options: EvmChainOptions,
  deps: Partial<EvmChainDeps> = {},
): OpenEvmChain & Disposable {
  const chain = evmChain(options, { timers: systemTimers, log: () => {}, ...deps });
  return Object.assign(chain, { [Symbol.dispose]: () => chain.close() });
}

/** Typed calls of the node's contracts. */
export function callsOf(at: Chain) {
  const tokenNetwork = asAddress(at.network);
  const token = asAddress(at.token);
  return {
    open: (to: HDAccount, settlementTimeoutS = 3_600): ChainCall => ({
      call: "openChannel",
      tokenNetwork,
      participant2: asAddress(to.address),
      settlementTimeoutS,
    }),
    deposit: (id: string, of: HDAccount, totalDepositRaw: bigint): ChainCall => ({
      call: "setTotalDeposit",
      tokenNetwork,
      channelId: asChannelId(id),
      participant: asAddress(of.address),
      totalDepositRaw,
    }),
    claim: (id: string, nonce: number, amount: bigint, signature: string): ChainCall => ({
      call: "claimFromChannel",
      tokenNetwork,
      channelId: asChannelId(id),
      nonce,
      transferredAmountRaw: amount,
      signature,
    }),
    close: (id: string): ChainCall => ({
      call: "closeChannel",
      tokenNetwork,
      channelId: asChannelId(id),
    }),
    approve: (amountRaw: bigint): ChainCall => ({
      call: "approve",
      token,
      spender: tokenNetwork,
      amountRaw,
    }),
    transfer: (to: HDAccount, amountRaw: bigint): ChainCall => ({
      call: "transfer",
      token,
      to: asAddress(to.address),
      amountRaw,
    }),
  };
}

/** A signed transaction of a call, with given gas, so that a call that reverts can be sent too. */
export async function signed(
  at: Chain,
  from: HDAccount,
  call: ChainCall,
  more: {
    readonly nonce?: number;
    readonly gas?: bigint;
    readonly maxFeePerGas?: bigint;
    readonly maxPriorityFeePerGas?: bigint;
  } = {},
): Promise<Hex> {
  const { to, data, valueWei } = encodeCall(call, asAddress(from.address));
  return await from.signTransaction({
    type: "eip1559",
    chainId: at.chainId,
    nonce: more.nonce ?? await at.client.getTransactionCount({ address: from.address }),
    gas: more.gas ?? 500_000n,
    maxFeePerGas: more.maxFeePerGas ?? 20_000_000_000n,
    maxPriorityFeePerGas: more.maxPriorityFeePerGas ?? 1_000_000n,
    to: to as string as Hex,
    data: `0x${data.toHex()}`,
    value: valueWei,
  });
}

/** Returns the state of a transaction once it is in a block; a node answers a broadcast slightly earlier. */
export async function mined(chain: EvmChain, raw: Hex): Promise<TransactionStatus> {
  let status = await chain.transaction(keccak256(raw));
  await until(async () => {
    status = await chain.transaction(keccak256(raw));
    return status.state !== "unknown" && status.state !== "pending";
  });
  return status;
}
