/**
 * The founder of the embedded chain in a worker of its own, which may reach that chain's RPC and nothing else.
 *
 * @module
 */
import { defineService } from "../../base/service.ts";
import type { DevBalance, Endowment } from "./dev_contracts.ts";

/** Where the chain is. */
interface DevChainOptions {
  /** `http://127.0.0.1:port`. */
  readonly rpcUrl: string;
}

/** What the founder can do; everything survives a structured clone. */
export interface DevChain {
  /** Deploys the contracts and endows the accounts. */
  found(endowments: readonly Endowment[]): Promise<void>;
  /** Endows further accounts; one call at a time. */
  endow(endowments: readonly Endowment[]): Promise<void>;
  /** Moves the clock; gives the chain's time in seconds. */
  advance(seconds: number): Promise<number>;
  /** What accounts have now. */
  balances(addresses: readonly string[]): Promise<readonly DevBalance[]>;
  /** All tokens that there are. */
  minted(): Promise<bigint>;
}

/** Names the service for the host. */
export const definition = defineService<DevChainOptions, DevChain>({
  name: "dev-chain",
  permissions: ({ rpcUrl }) => ({ net: [new URL(rpcUrl).host] }),
  methods: ["found", "endow", "advance", "balances", "minted"],
  async start({ rpcUrl }) {
    // Loaded where it runs: the supervisor reads this file for its permissions alone.
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
