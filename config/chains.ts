/**
 * The EVM chains that the program knows by their id. A profile can name any other chain too. To add a chain, add its line here.
 *
 * @module
 */

/** Facts about one chain. */
interface ChainFacts {
  /** Whether its tokens have value. A profile of a `main` chain cannot claim to be a test network. */
  readonly money: "main" | "test";
  /** The network's part of the chain's name, as in `evm:base:84532`. */
  readonly network?: string;
  /** True for a chain of this machine, which may make blocks only for transactions. */
  readonly local?: true;
}

/** Chain id of the embedded chain. A signature for it has no value elsewhere. */
export const DEV_CHAIN_ID = 31_337;

const CHAINS: Readonly<Record<number, ChainFacts>> = {
  // A profile without payments has chain 0.
  0: { money: "test" },
  1: { money: "main" },
  10: { money: "main" },
  56: { money: "main" },
  100: { money: "main" },
  137: { money: "main" },
  324: { money: "main" },
  1_337: { money: "test", local: true },
  8_453: { money: "main", network: "base" },
  [DEV_CHAIN_ID]: { money: "test", local: true },
  42_161: { money: "main" },
  42_220: { money: "main" },
  43_114: { money: "main" },
  59_144: { money: "main" },
  80_002: { money: "test" },
  84_532: { money: "test", network: "base" },
  421_614: { money: "test" },
  534_352: { money: "main" },
  11_155_111: { money: "test" },
  11_155_420: { money: "test" },
};

/** The facts about a chain; none for an unknown chain. */
export function chainFacts(chainId: number): Partial<ChainFacts> {
  return CHAINS[chainId] ?? {};
}

/** The chain's name, e.g. `evm:base:84532` or `evm:1`. */
export function chainName(chainId: number): string {
  const { network } = chainFacts(chainId);
  return network === undefined ? `evm:${chainId}` : `evm:${network}:${chainId}`;
}
