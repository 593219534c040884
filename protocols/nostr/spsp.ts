/**
 * SPSP over Nostr: kind 23194 asks a peer for its payment terms, kind 23195 answers. The content of both is JSON, encrypted with NIP-44.
 * This module has the JSON and the tags; the signer encrypts. NIP-47 (wallet connect) uses the same two kinds for other messages. Their
 * JSON is recognised and refused. Pure.
 *
 * @see docs/terms.md#spsp-over-nostr-kinds-23194-and-23195
 * @see https://github.com/nostr-protocol/nips/blob/master/47.md
 * @module
 */
import { SPSP_REQUEST_KIND, SPSP_RESPONSE_KIND } from "./kinds.ts";
import { asAddress } from "../evm/address.ts";
import { isIlpAddress } from "../ilp/address.ts";
import { asEventId, type EventTemplate, type NostrEvent } from "./event.ts";
import { readSettlementMaps, settlementFields, type SettlementMaps } from "./settlement_maps.ts";
import { parseStrictJson } from "../json/strict_json.ts";

/** A payer's request, after decryption. */
export interface SpspRequest extends SettlementMaps {
  /** A UUID, which the answer repeats. */
  readonly requestId: string;
  /** Seconds since the epoch. */
  readonly timestampS: number;
  /** The payer's own ILP address; null if it has none. */
  readonly ilpAddress: string | null;
}

/** A payee's answer, after decryption. Its shared secret is checked but not kept, because this program does not use it to pay. */
export interface SpspResponse {
  /** The id of the request. */
  readonly requestId: string;
  /** The address to pay: an address for this request only, below the payee's ILP address. */
  readonly destinationAccount: string;
  /** The chain on which both settle; null if they have no common chain. */
  readonly negotiatedChain: string | null;
  /** `0x` and 40 lowercase hex digits on an `evm` chain. */
  readonly settlementAddress: string | null;
  /** `0x` and 40 lowercase hex digits on an `evm` chain. */
  readonly tokenAddress: string | null;
  /** `0x` and 40 lowercase hex digits on an `evm` chain. */
  readonly tokenNetworkAddress: string | null;
  /** A channel that the payee opened; null if there is none. */
  readonly channelId: string | null;
  /** The seconds between close and settlement of that channel. */
  readonly settlementTimeoutS: number | null;
}

const MAX_JSON = 16_384;
const UUID = /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/;
const BASE64_32 = /^[A-Za-z0-9+/]{43}=$/;

/** The JSON of a request, before encryption. */
export function formatSpspRequest(request: SpspRequest): string {
  const { requestId, timestampS, ilpAddress } = request;
  return JSON.stringify({
    requestId,
    timestamp: timestampS,
    ...(ilpAddress === null ? {} : { ilpAddress }),
    ...settlementFields(request),
  });
}

/**
 * Reads a decrypted request.
 *
 * @throws {SpspError} `not_spsp` for NIP-47 and other messages of this kind, `bad_field`
 */
export function parseSpspRequest(text: string): SpspRequest {
  return reading(text, (fields) => {
    const { timestamp, ilpAddress } = fields;
    if (!Number.isSafeInteger(timestamp) || (timestamp as number) < 0) {
      bad("timestamp must be in whole seconds");
    }
    if (ilpAddress != null && !isIlpAddress(ilpAddress)) bad("ilpAddress must be an ILP address");
    return {
      requestId: requestIdOf(fields),
      timestampS: timestamp as number,
      ilpAddress: (ilpAddress as string | null | undefined) ?? null,
      ...readSettlementMaps(fields),
    };
  });
}

/** The JSON of a response, before encryption. `sharedSecret` is 32 random bytes, new for each answer. */
export function formatSpspResponse(response: SpspResponse, sharedSecret: Uint8Array): string {
  if (sharedSecret.length !== 32) throw new SpspError("bad_field", "sharedSecret must be 32 bytes");
  const { settlementTimeoutS, requestId, destinationAccount, ...rest } = response;
  return JSON.stringify({
    requestId,
    destinationAccount,
    sharedSecret: sharedSecret.toBase64(),
    ...Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== null)),
    ...(settlementTimeoutS === null ? {} : { settlementTimeout: settlementTimeoutS }),
  });
}

/** Reads a decrypted response. Throws like {@link parseSpspRequest}. */
export function parseSpspResponse(text: string): SpspResponse {
  return reading(text, (fields) => {
    const { destinationAccount, sharedSecret, negotiatedChain, channelId } = fields;
    if (!isIlpAddress(destinationAccount)) bad("destinationAccount must be an ILP address");
    if (typeof sharedSecret !== "string" || !BASE64_32.test(sharedSecret)) {
      bad("sharedSecret must be 32 bytes in base64");
    }
    const chain = negotiatedChain ?? null;
    if (chain !== null && (typeof chain !== "string" || chain.length > 128)) {
      bad("negotiatedChain must be a chain's name");
    }
    if (
      channelId != null && !(typeof channelId === "string" && /^0x[0-9a-f]{64}$/i.test(channelId))
    ) bad("channelId must be 0x and 64 hex digits");
    const evm = typeof chain === "string" && chain.startsWith("evm:");
    return {
      requestId: requestIdOf(fields),
      destinationAccount: destinationAccount as string,
      negotiatedChain: chain as string | null,
      settlementAddress: addressOf(fields, "settlementAddress", evm),
      tokenAddress: addressOf(fields, "tokenAddress", evm),
      tokenNetworkAddress: addressOf(fields, "tokenNetworkAddress", evm),
      channelId: channelId == null ? null : (channelId as string).toLowerCase(),
      settlementTimeoutS: secondsOf(fields.settlementTimeout),
    };
  });
}

/** The event of a request. `content` is the JSON, encrypted to `recipient`. */
export function spspRequestTemplate(
  recipient: string,
  content: string,
  createdAtS: number,
): EventTemplate {
  return { kind: SPSP_REQUEST_KIND, created_at: createdAtS, tags: [["p", recipient]], content };
}

/** The event of a response. `content` is the JSON, encrypted to the author of the request. */
export function spspResponseTemplate(
  request: Pick<NostrEvent, "id" | "pubkey">,
  content: string,
  createdAtS: number,
): EventTemplate {
  const tags = [["p", request.pubkey], ["e", asEventId(request.id)]];
  return { kind: SPSP_RESPONSE_KIND, created_at: createdAtS, tags, content };
}

function reading<T>(text: string, read: (fields: Record<string, unknown>) => T): T {
  let value: unknown;
  try {
    value = parseStrictJson(text, { maxBytes: MAX_JSON });
  } catch (cause) {
    throw new SpspError("not_spsp", "Cannot read SPSP: it is not JSON", { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) notSpsp();
  const fields = value as Record<string, unknown>;
  // NIP-47: {"method","params"} and {"result_type","result","error"}.
  if ("method" in fields || "result_type" in fields || !("requestId" in fields)) notSpsp();
  try {
    return read(fields);
  } catch (cause) {
    if (cause instanceof SpspError) throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new SpspError("bad_field", `Cannot read SPSP: ${words}`, { cause });
  }
}

function requestIdOf({ requestId }: Record<string, unknown>): string {
  if (typeof requestId !== "string" || !UUID.test(requestId)) bad("requestId must be a UUID");
  return requestId as string;
}

function addressOf(fields: Record<string, unknown>, name: string, evm: boolean): string | null {
  const value = fields[name];
  if (value === undefined || value === null) return null;
  if (typeof value !== "string" || value === "" || value.length > 128) {
    return bad(`${name} must be an address`);
  }
  return evm ? asAddress(value, name) : value;
}

function secondsOf(value: unknown): number | null {
  if (value === undefined || value === null) return null;
  if (!Number.isSafeInteger(value) || (value as number) < 0) {
    bad("settlementTimeout must be in whole seconds");
  }
  return value as number;
}

function bad(why: string): never {
  throw new SpspError("bad_field", `Cannot read SPSP: ${why}`);
}

function notSpsp(): never {
  throw new SpspError("not_spsp", "Cannot read SPSP: the message belongs to another protocol");
}

/** The decrypted message is not SPSP, or is malformed. The error never quotes it, because it was secret. */
class SpspError extends Error {
  /** `SpspError`. */
  override readonly name = "SpspError";
  /** `not_spsp`: another protocol, to be ignored. `bad_field`: SPSP with an invalid field. */
  readonly code: "not_spsp" | "bad_field";
  /** Makes an error with its code. */
  constructor(code: SpspError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
