/**
 * The settlement part that announcements and SPSP share: chains, and per chain an address, a token and a contract. Pure.
 *
 * @see docs/terms.md
 * @module
 */
import { asAddress } from "../evm/address.ts";
import { parseChainName } from "../evm/chain_string.ts";

/** Chains that a party settles on, in its order, and what it has on each. Keys are among the chains. */
export interface SettlementMaps {
  /** e.g. `evm:84532`; empty where none is stated. */
  readonly supportedChains: readonly string[];
  /** Where the party is paid. Of an `evm` chain `0x` and 40 lowercase hex digits. */
  readonly settlementAddresses: Readonly<Record<string, string>>;
  /** The token it wants. */
  readonly preferredTokens: Readonly<Record<string, string>>;
  /** The contract that holds its channels. */
  readonly tokenNetworks: Readonly<Record<string, string>>;
}

const MAX_CHAINS = 32;
const MAX_TEXT = 128;

/**
 * Reads the four fields of an object; those that are missing or null are empty.
 *
 * @throws {SettlementError} for a field of another form, a key that is no supported chain, an address that is none
 */
export function readSettlementMaps(fields: Readonly<Record<string, unknown>>): SettlementMaps {
  const supportedChains = readChains(fields.supportedChains);
  const read = (name: string) => readMap(fields[name], name, supportedChains);
  return {
    supportedChains,
    settlementAddresses: read("settlementAddresses"),
    preferredTokens: read("preferredTokens"),
    tokenNetworks: read("tokenNetworks"),
  };
}

/** The fields as they are written: those that are empty are left out. */
export function settlementFields(maps: SettlementMaps): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries({
      supportedChains: maps.supportedChains,
      settlementAddresses: maps.settlementAddresses,
      preferredTokens: maps.preferredTokens,
      tokenNetworks: maps.tokenNetworks,
    }).filter(([, value]) => Object.keys(value).length > 0),
  );
}

function readChains(value: unknown): readonly string[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_CHAINS) {
    throw new SettlementError(`supportedChains must be a list of 1 to ${MAX_CHAINS} chains`);
  }
  for (const chain of value) {
    if (typeof chain !== "string" || chain.length > MAX_TEXT) {
      throw new SettlementError("supportedChains must hold names of chains");
    }
    // Another family's name may have a form that we do not know; the money of an evm chain depends on it.
    if (chain.startsWith("evm:") && parseChainName(chain) === null) {
      throw new SettlementError("supportedChains holds an evm chain without a proper name");
    }
  }
  if (new Set(value).size !== value.length) {
    throw new SettlementError("supportedChains names a chain twice");
  }
  return value;
}

function readMap(
  value: unknown,
  name: string,
  chains: readonly string[],
): Readonly<Record<string, string>> {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) {
    throw new SettlementError(`${name} must be an object`);
  }
  return Object.fromEntries(
    Object.entries(value).map(([chain, text]) => {
      if (!chains.includes(chain)) {
        throw new SettlementError(`${name} has a key that is none of supportedChains`);
      }
      if (typeof text !== "string" || text === "" || text.length > MAX_TEXT) {
        throw new SettlementError(`${name} must hold addresses`);
      }
      return [chain, chain.startsWith("evm:") ? evmAddress(text, name) : text];
    }),
  );
}

function evmAddress(text: string, name: string): string {
  try {
    return asAddress(text, name);
  } catch (cause) {
    throw new SettlementError(cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/** Settlement fields that cannot be used. */
class SettlementError extends Error {
  /** `SettlementError`. */
  override readonly name = "SettlementError";
  /** Always `bad_settlement`. */
  readonly code = "bad_settlement";
}
