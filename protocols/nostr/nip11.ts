/**
 * NIP-11 relay information: written for our relay, read as advice from others. Pure.
 *
 * Relays advertise limits that they do not keep, so nothing here may widen a limit of ours; a field of a wrong type is left
 * out, and only a document that is no object is refused.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/11.md
 * @module
 */
import { parseStrictJson, StrictJsonError } from "../json/strict_json.ts";

/** The limits that a relay advertises; all are whole numbers or booleans. */
export interface RelayLimitation {
  /** Most bytes of a message from a client. */
  readonly max_message_length?: number;
  /** Most subscriptions of one connection. */
  readonly max_subscriptions?: number;
  /** Highest `limit` that is heeded. */
  readonly max_limit?: number;
  /** Longest subscription id. */
  readonly max_subid_length?: number;
  /** Most tags of an event. */
  readonly max_event_tags?: number;
  /** Most characters of content. */
  readonly max_content_length?: number;
  /** Leading zero bits that an id must have. */
  readonly min_pow_difficulty?: number;
  /** NIP-42 is needed before anything else. */
  readonly auth_required?: boolean;
  /** Something must be paid. */
  readonly payment_required?: boolean;
  /** Not everyone may write. */
  readonly restricted_writes?: boolean;
  /** Oldest `created_at`, in seconds before now. */
  readonly created_at_lower_limit?: number;
  /** Newest `created_at`, in seconds after now. */
  readonly created_at_upper_limit?: number;
  /** The `limit` where a filter has none. */
  readonly default_limit?: number;
}

/** What a relay says of itself. */
export interface RelayInformation {
  /** For people. */
  readonly name?: string;
  /** For people. */
  readonly description?: string;
  /** The relay's own or its operator's key, in hex. */
  readonly pubkey?: string;
  /** How to reach the operator. */
  readonly contact?: string;
  /** The program. */
  readonly software?: string;
  /** The program's version. */
  readonly version?: string;
  /** NIPs by number. */
  readonly supported_nips?: readonly number[];
  /** Advertised limits. */
  readonly limitation?: RelayLimitation;
}

const TEXTS = ["name", "description", "pubkey", "contact", "software", "version"] as const;
const FLAGS = ["auth_required", "payment_required", "restricted_writes"] as const;
const COUNTS = [
  "max_message_length",
  "max_subscriptions",
  "max_limit",
  "max_subid_length",
  "max_event_tags",
  "max_content_length",
  "min_pow_difficulty",
  "created_at_lower_limit",
  "created_at_upper_limit",
  "default_limit",
] as const;

/**
 * Reads a relay's document: known fields of the right type, cut to sane lengths.
 *
 * @throws {RelayInformationError} when it is over 64 KiB, no strict JSON or no object.
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { parseRelayInformation } from "./nip11.ts";
 *
 * const read = parseRelayInformation('{"name":"r","limitation":{"max_limit":500,"max_subscriptions":"many"}}');
 * assert.deepEqual(read, { name: "r", limitation: { max_limit: 500 } });
 * ```
 */
export function parseRelayInformation(input: string | Uint8Array): RelayInformation {
  let value: unknown;
  try {
    value = parseStrictJson(input);
  } catch (cause) {
    if (!(cause instanceof StrictJsonError)) throw cause;
    throw new RelayInformationError(cause.message, { cause });
  }
  if (!isObject(value)) throw new RelayInformationError("relay information must be an object");
  const information: Record<string, unknown> = {};
  for (const name of TEXTS) {
    const text = value[name];
    if (typeof text === "string") information[name] = text.slice(0, 1_024);
  }
  if (Array.isArray(value.supported_nips)) {
    information.supported_nips = value.supported_nips.filter(isCount).slice(0, 256);
  }
  if (isObject(value.limitation)) information.limitation = parseLimitation(value.limitation);
  return information;
}

function parseLimitation(value: Record<string, unknown>): RelayLimitation {
  const limitation: Record<string, unknown> = {};
  for (const name of COUNTS) if (isCount(value[name])) limitation[name] = value[name];
  for (const name of FLAGS) if (typeof value[name] === "boolean") limitation[name] = value[name];
  return limitation;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** A document that is no relay information at all. */
class RelayInformationError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "RelayInformationError";
  /** Always `bad_relay_information`. */
  readonly code = "bad_relay_information";
}
