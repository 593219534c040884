/**
 * The settlement fields of announcements and SPSP: chains, and for each chain an address, a token and a contract. Pure.
 *
 * @see docs/terms.md
 * @module
 */
import { asAddress } from "../evm/address.ts";
import { parseChainName } from "../evm/chain_string.ts";

/** The chains on which a party settles, and its addresses on each. The keys of the maps are these chains. */
export interface SettlementMaps {
  /** The chains in the party's order, for example `evm:84532`. Empty if none is stated. */
  readonly supportedChains: readonly string[];
  /** The addresses to which the party is paid. On an `evm` chain, `0x` and 40 lowercase hex digits. */
  readonly settlementAddresses: Readonly<Record<string, string>>;
  /** The tokens that it prefers. */
  readonly preferredTokens: Readonly<Record<string, string>>;
  /** The contracts of its channels. */
  readonly tokenNetworks: Readonly<Record<string, string>>;
}

const MAX_CHAINS = 32;
const MAX_TEXT = 128;

/**
 * Reads the four fields of an object. A field that is missing or null becomes empty.
 *
 * @throws {SettlementError} if a field is malformed, a key is not a supported chain, or an address is invalid
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

/** The fields for writing, without empty ones. */
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
      throw new SettlementError("supportedChains must contain names of chains");
    }
    // The names of other chain families may have unknown forms. The name of an evm chain must be valid, because money depends on it.
    if (chain.startsWith("evm:") && parseChainName(chain) === null) {
      throw new SettlementError("supportedChains contains an evm chain with an invalid name");
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
        throw new SettlementError(`${name} has a key that is not in supportedChains`);
      }
      if (typeof text !== "string" || text === "" || text.length > MAX_TEXT) {
        throw new SettlementError(`${name} must contain addresses`);
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

/** The settlement fields cannot be used. */
class SettlementError extends Error {
  /** `SettlementError`. */
  override readonly name = "SettlementError";
  /** Always `bad_settlement`. */
  readonly code = "bad_settlement";
}
