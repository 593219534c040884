/**
 * Reads typed fields from a caller that may be hostile. Each field is read exactly once, so that a getter cannot return one value to the
 * check and another to the signature. The result is a new object.
 *
 * @module
 */
import { MAX_COVERED } from "../../protocols/evm/covered_claim.ts";
import { MAX_AMOUNT } from "../../protocols/ilp/max_amount.ts";
import { type Address, AddressError, asAddress } from "../../protocols/evm/address.ts";
import { asChannelId, type ChannelId } from "../../protocols/evm/channel_id.ts";
import { HexError } from "../../protocols/evm/keccak.ts";
import type { ClaimFields } from "./signer.ts";
import { SignerError } from "./signer_error.ts";

/** A contract for which the signer may sign. */
export interface AllowedContract {
  /** A safe integer above zero. */
  readonly chainId: number;
  /** `0x` and 40 hex digits. */
  readonly tokenNetworkAddress: string;
  /** Its token. Without it, no approval, transfer or faucet call is signed. */
  readonly tokenAddress?: string;
  /**
   * The hash of the chain's block 0, `0x` and 64 hex digits. A dev chain that was restarted from genesis has the same chain id as before.
   * The ledger's entries of the earlier chain do not apply to it.
   */
  readonly genesisHash?: string;
}

/** The checked fields of a claim. Addresses and ids are in lower case. */
export type ParsedClaim = Required<ClaimFields>;

/** The checked fields of a challenge. */
interface ParsedChallenge extends AllowedContract {
  /** `0x` and 64 lowercase hex digits. */
  readonly channelId: string;
  /** Unix seconds. */
  readonly expiresS: number;
}

const MAX_UNITS = 2n ** 256n - 1n;

/** Checks a claim's fields. Throws SignerError `bad_field`. */
export function parseClaimFields(value: unknown): ParsedClaim {
  const fields = record(value, "a claim");
  return {
    chainId: integer(fields.chainId, "chainId", 1),
    tokenNetworkAddress: address(fields.tokenNetworkAddress, "tokenNetworkAddress"),
    channelId: channelId(fields.channelId),
    nonce: integer(fields.nonce, "nonce", 1),
    transferredAmount: units(fields.transferredAmount, "transferredAmount", MAX_UNITS),
    packetAmount: units(fields.packetAmount, "packetAmount", MAX_AMOUNT),
    covers: coveredAmounts(fields.covers),
  };
}

/** The amounts of covered packets, in a new list. */
function coveredAmounts(value: unknown): readonly bigint[] {
  if (value === undefined) return [];
  const length = Array.isArray(value) ? value.length : Infinity;
  if (length > MAX_COVERED) {
    throw new SignerError("bad_field", `covers must be a list of at most ${MAX_COVERED} amounts`);
  }
  return Array.from(
    { length },
    (_, at) => units((value as readonly unknown[])[at], `covers[${at}]`, MAX_AMOUNT),
  );
}

/** Checks a challenge's fields. Throws SignerError `bad_field`. */
export function parseChallengeFields(value: unknown): ParsedChallenge {
  const fields = record(value, "a challenge");
  return { ...parseChannelFields(fields), expiresS: integer(fields.expiresS, "expiresS", 0) };
}

/** Checks the fields that name a channel. Throws SignerError `bad_field`. */
export function parseChannelFields(value: unknown): AllowedContract & { channelId: ChannelId } {
  const fields = record(value, "a channel");
  return {
    chainId: integer(fields.chainId, "chainId", 1),
    tokenNetworkAddress: address(fields.tokenNetworkAddress, "tokenNetworkAddress"),
    channelId: channelId(fields.channelId),
  };
}

/** A chain by its number and, if known, the hash of its block 0. */
export function chainKey({ chainId, genesisHash }: AllowedContract): string {
  return `${chainId}:${genesisHash ?? ""}`;
}

/** A contract on its chain. */
export function contractKey(entry: AllowedContract): string {
  return `${chainKey(entry)}:${entry.tokenNetworkAddress}`;
}

/** The list's entry for a chain and contract. Throws SignerError `not_allowed` if there is none. */
export function checkAllowed(
  allow: readonly AllowedContract[],
  claim: AllowedContract,
): AllowedContract {
  const found = allow.find((entry) =>
    entry.chainId === claim.chainId && entry.tokenNetworkAddress === claim.tokenNetworkAddress
  );
  if (found !== undefined) return found;
  throw new SignerError(
    "not_allowed",
    `contract ${claim.tokenNetworkAddress} on chain ${claim.chainId} is not on the allow list`,
  );
}

/** The allow list, checked and in lower case. Throws SignerError `bad_field`. */
export function parseAllowList(allow: readonly AllowedContract[]): readonly AllowedContract[] {
  return allow.map(({ chainId, tokenNetworkAddress, tokenAddress, genesisHash }) => ({
    chainId: integer(chainId, "chainId", 1),
    tokenNetworkAddress: address(tokenNetworkAddress, "tokenNetworkAddress"),
    ...(tokenAddress === undefined ? {} : { tokenAddress: address(tokenAddress, "tokenAddress") }),
    ...(genesisHash === undefined ? {} : { genesisHash: hash(genesisHash, "genesisHash") }),
  }));
}

/** An object's fields. Each is read when it is accessed. Throws SignerError `bad_field`. */
export function record(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  throw new SignerError("bad_field", `${what} must be an object`);
}

/** An amount of 0 to `max`. Throws SignerError `bad_field`. */
export function units(value: unknown, field: string, max: bigint): bigint {
  if (typeof value === "bigint" && value >= 0n && value <= max) return value;
  throw new SignerError(
    "bad_field",
    `${field} must be a bigint of 0 to 2^${max.toString(2).length} - 1`,
  );
}

/** A safe integer of `min` or more. Throws SignerError `bad_field`. */
export function integer(value: unknown, field: string, min: number): number {
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= min) return value;
  throw new SignerError("bad_field", `${field} must be a safe integer of ${min} or more`);
}

/** An address in lower case. Throws SignerError `bad_field`. */
export function address(value: unknown, field: string): Address {
  return checked(() => asAddress(value, field));
}

/** A channel id in lower case. Throws SignerError `bad_field`. */
export function channelId(value: unknown): ChannelId {
  return hash(value, "channelId") as ChannelId;
}

function hash(value: unknown, field: string): string {
  if (typeof value === "string") return checked(() => asChannelId(value, field));
  throw new SignerError("bad_field", `${field} must be 0x and 64 hex digits`);
}

function checked<T>(check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (error instanceof AddressError || error instanceof HexError) {
      throw new SignerError("bad_field", error.message);
    }
    throw error;
  }
}
