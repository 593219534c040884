/**
 * Channel facts that a profile states in the place of a chain: a JSON or TOML document with a list `channels`. Amounts are decimal strings
 * (or TOML integers within the safe range), in base units.
 *
 * @module
 */
import { parse as parseToml } from "smol-toml";
import { asAddress } from "../../protocols/evm/address.ts";
import { asChannelId } from "../../protocols/evm/channel_id.ts";
import { parseStrictJson } from "../../protocols/json/strict_json.ts";
import type { Chain, ChannelFacts, ParticipantFacts } from "./chain.ts";

/** The most characters of a facts file. */
const MAX_FILE_CHARS = 1_048_576;

/**
 * A chain with exactly these channels. Ids are compared without regard to the case of their digits.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { fixedChain } from "./fixed_chain.ts";
 *
 * assert.equal(await fixedChain([]).channel(`0x${"00".repeat(32)}`), null);
 * ```
 */
export function fixedChain(channels: readonly ChannelFacts[]): Chain {
  const byId = new Map(channels.map((channel) => [channel.channelId, channel]));
  return {
    channel: (channelId) => Promise.resolve(byId.get(channelId.toLowerCase()) ?? null),
  };
}

/**
 * Reads a facts file strictly: unknown fields, repeated channels, and channels of an address with itself are refused.
 *
 * @throws {ChainFactsError} naming the field
 */
export function parseChainFacts(text: string): readonly ChannelFacts[] {
  const root = new Fields(parseDocument(text), "the document");
  const channels = root.list("channels").map((value, at) => channelOf(value, `channels[${at}]`));
  root.end();
  const ids = new Set<string>();
  for (const { channelId } of channels) {
    if (ids.has(channelId)) throw refused(`channel ${channelId} is listed twice`);
    ids.add(channelId);
  }
  return channels;
}

function parseDocument(text: string): unknown {
  const json = /^\s*\{/.test(text);
  try {
    return json ? parseStrictJson(text, { maxBytes: MAX_FILE_CHARS }) : parseToml(text);
  } catch (cause) {
    throw refused(`it must be ${json ? "JSON" : "JSON or TOML"}`, { cause });
  }
}

function channelOf(value: unknown, path: string): ChannelFacts {
  const fields = new Fields(value, path);
  const [first, second, ...more] = fields.list("participants")
    .map((side, at) => participantOf(side, `${path}.participants[${at}]`));
  if (second === undefined || more.length > 0) {
    throw refused(`${path}.participants must have two entries`);
  }
  if (first.address === second.address) {
    throw refused(`${path}.participants must be two different addresses`);
  }
  const facts: ChannelFacts = {
    channelId: fields.checked("channel_id", (text) => asChannelId(text)),
    chainId: fields.integer("chain_id", 1),
    tokenNetworkAddress: fields.checked("token_network_address", (text) => asAddress(text)),
    participants: [first, second],
    state: fields.oneOf("state", ["open", "closed", "settled"]),
    settlementTimeoutS: fields.integer("settlement_timeout_s", 1),
  };
  fields.end();
  return facts;
}

function participantOf(value: unknown, path: string): ParticipantFacts {
  const fields = new Fields(value, path);
  const facts: ParticipantFacts = {
    address: fields.checked("address", (text) => asAddress(text)),
    depositUnits: fields.units("deposit_units"),
    claimedUnits: fields.units("claimed_units", 0n),
    claimedNonce: fields.integer("claimed_nonce", 0, 0),
  };
  fields.end();
  if (facts.claimedUnits > facts.depositUnits) {
    // A side's deposit pays the other side's claims, so the claimed amount cannot be higher.
    throw refused(`${path}.claimed_units must be at most deposit_units`);
  }
  return facts;
}

/** The fields of one table. Each is read once, and fields that remain at the end are refused. */
class Fields {
  readonly #left: Map<string, unknown>;

  constructor(value: unknown, private readonly path: string) {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw refused(`${path} must be a table`);
    }
    this.#left = new Map(Object.entries(value));
  }

  list(name: string): readonly unknown[] {
    const value = this.#take(name);
    if (Array.isArray(value)) return value;
    throw this.#wrong(name, "a list");
  }

  checked<T>(name: string, check: (text: string) => T): T {
    const value = this.#take(name);
    if (typeof value === "string") {
      try {
        return check(value);
      } catch (cause) {
        throw this.#wrong(name, cause instanceof Error ? `valid: ${cause.message}` : "valid");
      }
    }
    throw this.#wrong(name, "text");
  }

  oneOf<T extends string>(name: string, allowed: readonly T[]): T {
    const value = this.#take(name);
    const found = allowed.find((entry) => entry === value);
    if (found !== undefined) return found;
    throw this.#wrong(name, `one of ${allowed.join(", ")}`);
  }

  integer(name: string, min: number, fallback?: number): number {
    const value = this.#take(name) ?? fallback;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
    throw this.#wrong(name, `a whole number of ${min} or more`);
  }

  units(name: string, fallback?: bigint): bigint {
    const value = this.#take(name) ?? fallback;
    if (typeof value === "bigint") return value;
    if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) {
      return BigInt(value);
    }
    if (typeof value === "string" && /^(?:0|[1-9]\d{0,76})$/.test(value)) return BigInt(value);
    throw this.#wrong(name, "units as a decimal string");
  }

  end(): void {
    for (const name of this.#left.keys()) {
      throw refused(`${this.path} has a field that is not known: ${name}`);
    }
  }

  #take(name: string): unknown {
    const value = this.#left.get(name);
    this.#left.delete(name);
    return value;
  }

  #wrong(name: string, rule: string): ChainFactsError {
    return refused(`${this.path}.${name} must be ${rule}`);
  }
}

function refused(detail: string, options?: ErrorOptions): ChainFactsError {
  return new ChainFactsError(`Cannot read channel facts: ${detail}`, options);
}

/** A facts file that cannot be used. */
class ChainFactsError extends Error {
  /** `ChainFactsError`. */
  override readonly name = "ChainFactsError";
  /** Always `chain_facts`. */
  readonly code = "chain_facts";
}
