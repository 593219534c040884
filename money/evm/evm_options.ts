/**
 * Settings of a chain behind RPC addresses. Registry and token come only from the profile (docs/money.md#channels). They survive a
 * structured clone.
 *
 * @module
 */
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";

/** The RPC addresses of a chain, and what must be found there. */
export interface EvmChainOptions {
  /** JSON-RPC addresses, the preferred one first. They may contain API keys, so only their hosts are shown. */
  readonly rpcUrls: readonly string[];
  /** The chain id that each of them must state. */
  readonly chainId: number;
  /** The registry in which the token network is looked up. */
  readonly registryAddress: string;
  /** The token of the channels. */
  readonly tokenAddress: string;
  /** The network that the registry must return, if the profile names it. */
  readonly tokenNetworkAddress?: string;
  /** The decimals that the token must have, if the profile names them. */
  readonly tokenDecimals?: number;
  /**
   * Keccak-256 of the code at the token network's address. Default: registry and network must be ours, built from `contracts/`. Null
   * compares nothing, for another deployment whose code is not pinned.
   */
  readonly tokenNetworkCodeHash?: string | null;
  /** The number of blocks, including its own, after which a channel and a deposit count. Default: 1. */
  readonly confirmations?: number;
  /** The block of the registry's deployment. Nothing is searched before it. Default: 0. */
  readonly deployBlock?: number;
  /** How often the chain is asked for its newest block while channels are in use. Default: 2 s. */
  readonly pollMs?: number;
  /** The greatest age of an RPC's last answer. After that, reads reject with `stale`. Default: 30 s. */
  readonly maxAgeMs?: number;
  /** The greatest age of the newest block itself. Null, the default, is for chains whose blocks come only with transactions (`dev`). */
  readonly maxBlockAgeMs?: number | null;
  /** The most gas for one transaction. Default: 1,000,000. */
  readonly maxGasLimit?: bigint;
  /** The highest price of gas. Default: 100 gwei. */
  readonly maxFeePerGasWei?: bigint;
  /** The highest tip. If a node suggests more, this tip is used. Default: 3 gwei. */
  readonly maxPriorityFeePerGasWei?: bigint;
  /** The time limit of one exchange with an RPC. Default: 8 s. */
  readonly timeoutMs?: number;
  /** The time limit of one question with all its retries. Default: 25 s. */
  readonly deadlineMs?: number;
}

/** What a chain needs. */
export interface EvmChainDeps {
  readonly timers: Timers;
  readonly log: Log;
}

/** The settings with all defaults. */
export type EvmSettings = ReturnType<typeof withDefaults>;

/** The largest answer that is read, in bytes: about 10,000 logs. */
const MAX_BODY_BYTES = 8 * 1_048_576;

/**
 * Adds the defaults.
 *
 * @throws {TypeError} for an invalid figure
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
