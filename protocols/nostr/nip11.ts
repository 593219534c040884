/**
 * NIP-11 relay information, parsed as advice. Pure.
 *
 * Relays do not always keep the limits that they advertise, so no value here may raise one of our own limits. A field of a wrong type is
 * left out. Only a document that is not a JSON object is refused.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/11.md
 * @module
 */
import { parseStrictJson, StrictJsonError } from "../json/strict_json.ts";

/** The limits that a relay advertises. All are whole numbers or booleans. */
export interface RelayLimitation {
  /** The most bytes of a client's message. */
  readonly max_message_length?: number;
  /** The most subscriptions of one connection. */
  readonly max_subscriptions?: number;
  /** The highest `limit` of a filter. */
  readonly max_limit?: number;
  /** The longest subscription id. */
  readonly max_subid_length?: number;
  /** The most tags of an event. */
  readonly max_event_tags?: number;
  /** The most characters of content. */
  readonly max_content_length?: number;
  /** The least number of leading zero bits of an event id. */
  readonly min_pow_difficulty?: number;
  /** Whether clients must authenticate (NIP-42) before anything else. */
  readonly auth_required?: boolean;
  /** Whether the relay requires a payment. */
  readonly payment_required?: boolean;
  /** Whether only some clients may write. */
  readonly restricted_writes?: boolean;
  /** The oldest accepted `created_at`, in seconds before now. */
  readonly created_at_lower_limit?: number;
  /** The newest accepted `created_at`, in seconds after now. */
  readonly created_at_upper_limit?: number;
  /** The `limit` of a filter that has none. */
  readonly default_limit?: number;
}

/** A relay's information document. */
export interface RelayInformation {
  /** The relay's name, for people. */
  readonly name?: string;
  /** A description, for people. */
  readonly description?: string;
  /** The public key of the relay or its operator, in hex. */
  readonly pubkey?: string;
  /** How to reach the operator. */
  readonly contact?: string;
  /** The name of the program. */
  readonly software?: string;
  /** The program's version. */
  readonly version?: string;
  /** The numbers of the supported NIPs. */
  readonly supported_nips?: readonly number[];
  /** The advertised limits. */
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
 * Reads a relay's document: known fields of the right type, shortened to a maximal length.
 *
 * @throws {RelayInformationError} if it is above 64 KiB, not strict JSON or not an object.
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

/** The document is not relay information. */
class RelayInformationError extends Error {
  /** The class, for errors that crossed a port. */
  override readonly name = "RelayInformationError";
  /** Always `bad_relay_information`. */
  readonly code = "bad_relay_information";
}
