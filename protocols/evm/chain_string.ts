/**
 * The names of chains in announcements: `evm:84532`, `evm:base:84532`, `solana:devnet`. Pure.
 *
 * @see docs/terms.md#announcements-kind-10032
 * @module
 */

/** The parts of a chain's name. */
interface ChainName {
  /** `evm`, `solana`, ... */
  readonly family: string;
  /** The name of the network; null if it is missing. */
  readonly network: string | null;
  /** Of an `evm` chain, a safe integer above zero; null if it is missing. */
  readonly chainId: number | null;
}

const PART = /^[a-z0-9][a-z0-9-]{0,31}$/;

/**
 * Parses a chain's name; null if it is invalid. Only `evm` chains have a chain id. It is decimal without leading zeros.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseChainName } from "./chain_string.ts";
 *
 * assert.equal(parseChainName("evm:84532")?.chainId, 84532);
 * assert.equal(parseChainName("evm:base:84532")?.network, "base");
 * assert.equal(parseChainName("evm:084532"), null);
 * ```
 */
export function parseChainName(text: string): ChainName | null {
  const parts = text.split(":");
  const [family, second, third] = parts;
  if (parts.length < 2 || parts.length > 3 || !PART.test(family)) return null;
  if (family !== "evm") {
    return parts.length === 2 && PART.test(second)
      ? { family, network: second, chainId: null }
      : null;
  }
  if (parts.length === 2 && !/^\d/.test(second)) {
    return PART.test(second) ? { family, network: second, chainId: null } : null;
  }
  const digits = third ?? second;
  if (!/^[1-9]\d{0,15}$/.test(digits) || !Number.isSafeInteger(Number(digits))) return null;
  if (third !== undefined && !PART.test(second)) return null;
  return { family, network: third === undefined ? null : second, chainId: Number(digits) };
}

/** The first of these names that is the `evm` chain with this id; null if none is. */
export function chainNamed(names: readonly string[], chainId: number): string | null {
  return names.find((name) => {
    const chain = parseChainName(name);
    return chain?.family === "evm" && chain.chainId === chainId;
  }) ?? null;
}
