/**
 * Settings of a chain behind RPC addresses; registry and token come from the profile alone (docs/money.md#channels). Survives a structured clone.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";

/** How a chain is reached and what must be found there. */
export interface EvmChainOptions {
  /** JSON-RPC addresses, the preferred one first. They may hold keys: only their hosts are shown. */
  readonly rpcUrls: readonly string[];
  /** What each of them must say. */
  readonly chainId: number;
  /** From which the token network is looked up. */
  readonly registryAddress: string;
  /** The token of the channels. */
  readonly tokenAddress: string;
  /** What the registry must answer, where the profile names it. */
  readonly tokenNetworkAddress?: string;
  /** What the token must say, where the profile names it. */
  readonly tokenDecimals?: number;
  /**
   * Keccak-256 of the code at the token network's address. Unless told, registry and network must be ours, built from `contracts/`;
   * null compares nothing, for a deployment of others whose code nobody pinned.
   */
  readonly tokenNetworkCodeHash?: string | null;
  /** Blocks, with its own, after which a channel and a deposit count; 1 unless told. */
  readonly confirmations?: number;
  /** The block of the registry's deployment: nothing is looked for before it; 0 unless told. */
  readonly deployBlock?: number;
  /** How often the chain is asked for its newest block while channels are in use, 2 s unless told. */
  readonly pollMs?: number;
  /** How old an RPC's last word may be for what is read from it to count, 30 s unless told; then reads reject with `stale`. */
  readonly maxAgeMs?: number;
  /** How old the newest block itself may be; null where blocks come only with transactions (`dev`), and unless told. */
  readonly maxBlockAgeMs?: number | null;
  /** The most gas for one transaction, 1,000,000 unless told. */
  readonly maxGasLimit?: bigint;
  /** The highest price of gas, 100 gwei unless told. */
  readonly maxFeePerGasWei?: bigint;
  /** The highest tip, 3 gwei unless told; a node that suggests more gets this. */
  readonly maxPriorityFeePerGasWei?: bigint;
  /** For one exchange with an RPC, 8 s unless told. */
  readonly timeoutMs?: number;
  /** For one question with all its retries, 25 s unless told. */
  readonly deadlineMs?: number;
}

/** What a chain works with. */
export interface EvmChainDeps {
  readonly timers: Timers;
  readonly log: Log;
}

/** Settings with every default in its place. */
export type EvmSettings = ReturnType<typeof withDefaults>;

/** The largest answer that is read: about 10,000 logs. */
const MAX_BODY_BYTES = 8 * 1_048_576;

/**
 * Fills in what was not told.
 *
 * @throws {TypeError} on a figure that makes no sense
 */
export function withDefaults(options: EvmChainOptions) {
  const settings = {
    confirmations: 1,
    deployBlock: 0,
    pollMs: 2_000,
    maxAgeMs: 30_000,
    maxBlockAgeMs: null,
    maxGasLimit: 1_000_000n,
    maxFeePerGasWei: 100_000_000_000n,
    maxPriorityFeePerGasWei: 3_000_000_000n,
    timeoutMs: 8_000,
    deadlineMs: 25_000,
    maxBodyBytes: MAX_BODY_BYTES,
    maxBatch: 50,
    ...Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)),
  } as
    & Required<
      Omit<
        EvmChainOptions,
        "tokenNetworkAddress" | "tokenDecimals" | "tokenNetworkCodeHash"
      >
    >
    & Pick<EvmChainOptions, "tokenNetworkAddress" | "tokenDecimals" | "tokenNetworkCodeHash">
    & { readonly maxBodyBytes: number; readonly maxBatch: number };
  for (
    const [name, least] of [
      ["chainId", 1],
      ["confirmations", 1],
      ["deployBlock", 0],
      ["pollMs", 1],
      ["maxAgeMs", 1],
    ] as const
  ) {
    const value = settings[name];
    if (!Number.isSafeInteger(value) || value < least) {
      throw new TypeError(`${name} must be a whole number of ${least} or more`);
    }
  }
  return settings;
}
