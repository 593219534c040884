/**
 * Sets up the embedded chain. It runs in its own worker, which may reach only the RPC of that chain.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { DevBalance, Endowment } from "./dev_contracts.ts";

/** The address of the chain. */
interface DevChainOptions {
  /** `http://127.0.0.1:port`. */
  readonly rpcUrl: string;
}

/** The methods of the service. All arguments and results can be cloned (structured clone). */
export interface DevChain {
  /** Deploys the contracts and gives the accounts tokens and gas. */
  found(endowments: readonly Endowment[]): Promise<void>;
  /** Gives more accounts tokens and gas. Call it only once at a time. */
  endow(endowments: readonly Endowment[]): Promise<void>;
  /** Moves the chain's clock. Returns the chain's time in seconds. */
  advance(seconds: number): Promise<number>;
  /** The balances of accounts now. */
  balances(addresses: readonly string[]): Promise<readonly DevBalance[]>;
  /** The total supply of the token. */
  minted(): Promise<bigint>;
}

/** Names the service for the host. */
export const definition = defineService<DevChainOptions, DevChain>({
  name: "dev-chain",
  permissions: ({ rpcUrl }) => ({ net: [new URL(rpcUrl).host] }),
  methods: ["found", "endow", "advance", "balances", "minted"],
  async start({ rpcUrl }) {
    // Only the worker loads this module. The supervisor loads this file only to read the permissions.
    const chain = await import("./dev_contracts.ts");
    return {
      found: (endowments) => chain.foundChain(rpcUrl, endowments),
      endow: (endowments) => chain.endowAccounts(rpcUrl, endowments),
      advance: (seconds) => chain.advanceChain(rpcUrl, seconds),
      balances: (addresses) => chain.balancesOf(rpcUrl, addresses),
      minted: () => chain.mintedTokens(rpcUrl),
    };
  },
});
