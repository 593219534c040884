/**
 * A chain whose channels a profile states. Everything that needs a node is refused.
 *
 * @module
 */
import type { Chain } from "./chain.ts";
import { ChainError, type EvmChain, type GasMarket } from "./chain_connection.ts";

/** The facts of `chain`, and ChainError `rpc` for everything else. */
export function withoutRpc(chain: Chain): EvmChain & GasMarket {
  const refused = () =>
    Promise.reject(
      new ChainError("rpc", "Cannot ask the chain: the network's profile names no RPC address"),
    );
  return {
    channel: (channelId) => chain.channel(channelId),
    contracts: refused,
    head: refused,
    faucetLimit: refused,
    funds: refused,
    transactionCount: refused,
    quote: refused,
    feePerGasWei: refused,
    simulate: refused,
    broadcast: refused,
    transaction: refused,
    channelsBetween: refused,
    channelEvents: refused,
  };
}
