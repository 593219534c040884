/**
 * Kind 10032, "ILP peer info": how to reach, pay and settle with a connector or relay. The event is replaceable and its content is JSON.
 * Empty content withdraws the announcement. The parser ignores unknown fields, and is strict about every field on which money depends.
 * Pure.
 *
 * ```text
 * {"ilpAddress":"g.town.relay","btpEndpoint":"wss://connector.example","assetCode":"M2M","assetScale":6,
 *  "supportedChains":["evm:84532"],"settlementAddresses":{"evm:84532":"0x..."},"pricePerByte":"10"}
 * ["expiration","1763700600"]              NIP-40: relays remove an announcement that is not renewed
 * ```
 *
 * @see docs/terms.md#announcements-kind-10032
 * @module
 */
import { ILP_PEER_INFO_KIND } from "./kinds.ts";
import { isIlpAddress } from "../ilp/address.ts";
import { type EventTemplate, type NostrEvent } from "./event.ts";
import { readSettlementMaps, settlementFields, type SettlementMaps } from "./settlement_maps.ts";
import { parseStrictJson } from "../json/strict_json.ts";

/** How long an announcement is valid by default, in seconds. */
export const ILP_PEER_INFO_TTL_S = 600;

/** What a peer announces. A field is null if the peer does not state it. Amounts are base units. */
interface IlpPeerInfo extends SettlementMaps {
  /** The ILP address to which it is paid; the first of `ilpAddresses`. */
  readonly ilpAddress: string;
  /** All its addresses. */
  readonly ilpAddresses: readonly string[];
  /** `ws://` or `wss://`; null if it has none. */
  readonly btpEndpoint: string | null;
  /** `https://` or `http://`, for ILP over HTTP. */
  readonly httpEndpoint: string | null;
  /** The URL of its relay. */
  readonly relayUrl: string | null;
  /** `btp` or `http` if it accepts only one of them. */
  readonly requiredTransport: string | null;
  /** Whether the HTTP endpoint can be upgraded to BTP. */
  readonly supportsUpgrade: boolean;
  /** For example `M2M`. */
  readonly assetCode: string;
  /** 10^scale base units are one token. */
  readonly assetScale: number;
  /** The price of forwarding a byte. */
  readonly feePerByteUnits: bigint;
  /** The price of writing a byte at its own address. Only our programs have this field; others use their default prices. */
  readonly pricePerByteUnits: bigint | null;
  /** The price of a prefix below its address. */
  readonly prefixPriceUnits: bigint | null;
  /** A notice for the users of the peer. */
  readonly notice: {
    readonly id: string;
    readonly severity: "info" | "action-required";
    readonly summary: string;
    readonly url: string | null;
  } | null;
  /** Every other field, unchanged: swap pairs, capabilities, fields of later versions. Our program does not use them. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** An announcement with its times. */
export interface IlpPeerAnnouncement {
  /** Null if the announcement was withdrawn. */
  readonly info: IlpPeerInfo | null;
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  /** The expiration (NIP-40); null if there is none. */
  readonly expiresAtS: number | null;
}

const KNOWN = new Set([
  ...["ilpAddress", "ilpAddresses", "btpEndpoint", "httpEndpoint", "relayUrl", "requiredTransport"],
  ...["supportsUpgrade", "assetCode", "assetScale", "feePerByte", "pricePerByte", "prefixPricing"],
  ...["notice", "supportedChains", "settlementAddresses", "preferredTokens", "tokenNetworks"],
]);
const MAX_CONTENT = 32_768;
const MAX_ADDRESSES = 32;
const MAX_URL = 2_048;

/** The fields for {@link ilpPeerInfoTemplate}. All others have defaults. */
export type IlpPeerInfoFields =
  & Partial<IlpPeerInfo>
  & Pick<IlpPeerInfo, "ilpAddress" | "btpEndpoint" | "assetCode" | "assetScale">;

/**
 * The event of an announcement, for its author to sign. `null` withdraws the announcement.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { ilpPeerInfoTemplate } from "./ilp_peer_info.ts";
 *
 * const { content, tags } = ilpPeerInfoTemplate({
 *   ilpAddress: "g.town",
 *   btpEndpoint: null,
 *   assetCode: "M2M",
 *   assetScale: 6,
 * }, 1_000);
 * assert.equal(content, '{"ilpAddress":"g.town","btpEndpoint":"","assetCode":"M2M","assetScale":6}');
 * assert.deepEqual(tags, [["expiration", "1600"]]);
 * ```
 */
export function ilpPeerInfoTemplate(
  info: IlpPeerInfoFields | null,
  createdAtS: number,
  ttlS: number = ILP_PEER_INFO_TTL_S,
): EventTemplate {
  return {
    kind: ILP_PEER_INFO_KIND,
    created_at: createdAtS,
    tags: info === null ? [] : [["expiration", String(createdAtS + ttlS)]],
    content: info === null ? "" : JSON.stringify(fieldsOf(info)),
  };
}

function fieldsOf(info: IlpPeerInfoFields): Record<string, unknown> {
  const { ilpAddress, btpEndpoint, assetCode, assetScale } = info;
  const maps: SettlementMaps = {
    supportedChains: info.supportedChains ?? [],
    settlementAddresses: info.settlementAddresses ?? {},
    preferredTokens: info.preferredTokens ?? {},
    tokenNetworks: info.tokenNetworks ?? {},
  };
  const optional = {
    ilpAddresses: (info.ilpAddresses?.length ?? 0) > 1 ? info.ilpAddresses : undefined,
    httpEndpoint: info.httpEndpoint ?? undefined,
    relayUrl: info.relayUrl ?? undefined,
    requiredTransport: info.requiredTransport ?? undefined,
    supportsUpgrade: info.supportsUpgrade || undefined,
    feePerByte: info.feePerByteUnits?.toString(),
    pricePerByte: info.pricePerByteUnits?.toString(),
    prefixPricing: info.prefixPriceUnits == null
      ? undefined
      : { basePrice: info.prefixPriceUnits.toString() },
    notice: info.notice ?? undefined,
  };
  return {
    ...info.extra,
    ilpAddress,
    // The programs of the Crosstown network require this field, and accept an empty one.
    btpEndpoint: btpEndpoint ?? "",
    assetCode,
    assetScale,
    ...settlementFields(maps),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

/**
 * Reads an announcement whose signature was verified. The caller must check its author and whether it has expired.
 *
 * @throws {IlpPeerInfoError} if a required field is missing, or a field on which money depends is malformed
 */
export function parseIlpPeerInfo(event: NostrEvent): IlpPeerAnnouncement {
  if (event.kind !== ILP_PEER_INFO_KIND) bad(`kind must be ${ILP_PEER_INFO_KIND}`);
  const times = { createdAtS: event.created_at, expiresAtS: expirationOf(event) };
  if (event.content.trim() === "") return { info: null, ...times };
  let value: unknown;
  try {
    value = parseStrictJson(event.content, { maxBytes: MAX_CONTENT });
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      bad("its content is not an object");
    }
    return { info: readInfo(value as Record<string, unknown>), ...times };
  } catch (cause) {
    if (cause instanceof IlpPeerInfoError) throw cause;
    throw new IlpPeerInfoError(
      `Cannot read the peer info: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

function readInfo(fields: Readonly<Record<string, unknown>>): IlpPeerInfo {
  const ilpAddress = ilpAddressOf(fields.ilpAddress, "ilpAddress");
  const ilpAddresses = addressesOf(fields.ilpAddresses, ilpAddress);
  const { assetCode, assetScale } = fields;
  if (typeof assetCode !== "string" || !/^[\x21-\x7e]{1,32}$/.test(assetCode)) {
    bad("assetCode must be 1 to 32 printable characters");
  }
  if (!Number.isInteger(assetScale) || (assetScale as number) < 0 || (assetScale as number) > 255) {
    bad("assetScale must be an integer from 0 to 255");
  }
  if (typeof fields.btpEndpoint !== "string") bad("btpEndpoint must be text");
  const prefix = fields.prefixPricing as { readonly basePrice?: unknown } | null | undefined;
  return {
    ilpAddress,
    ilpAddresses,
    btpEndpoint: urlOf(fields.btpEndpoint, "btpEndpoint", /^(?:btp\+)?wss?:$/),
    httpEndpoint: urlOf(fields.httpEndpoint, "httpEndpoint", /^https?:$/),
    relayUrl: urlOf(fields.relayUrl, "relayUrl", /^wss?:$/),
    requiredTransport: typeof fields.requiredTransport === "string"
      ? fields.requiredTransport.slice(0, 32)
      : null,
    supportsUpgrade: fields.supportsUpgrade === true,
    assetCode: assetCode as string,
    assetScale: assetScale as number,
    feePerByteUnits: amountOf(fields.feePerByte, "feePerByte") ?? 0n,
    pricePerByteUnits: amountOf(fields.pricePerByte, "pricePerByte"),
    prefixPriceUnits: amountOf(prefix?.basePrice, "prefixPricing.basePrice"),
    notice: noticeOf(fields.notice),
    ...readSettlementMaps(fields),
    extra: Object.fromEntries(Object.entries(fields).filter(([name]) => !KNOWN.has(name))),
  };
}

function ilpAddressOf(value: unknown, field: string): string {
  return isIlpAddress(value) ? value : bad(`${field} must be an ILP address`);
}

function addressesOf(value: unknown, first: string): readonly string[] {
  if (value === undefined || value === null) return [first];
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_ADDRESSES) {
    bad(`ilpAddresses must be a list of 1 to ${MAX_ADDRESSES}`);
  }
  const addresses = value.map((each) => ilpAddressOf(each, "ilpAddresses"));
  if (addresses[0] !== first) bad("ilpAddress must be the first of ilpAddresses");
  return addresses;
}

function urlOf(value: unknown, field: string, scheme: RegExp): string | null {
  if (value === undefined || value === null || value === "") return null;
  if (typeof value !== "string" || value.length > MAX_URL || !URL.canParse(value)) {
    return bad(`${field} must be an address of at most ${MAX_URL} characters`);
  }
  const url = new URL(value);
  if (!scheme.test(url.protocol)) bad(`${field} has a wrong scheme`);
  if (url.username !== "" || url.password !== "") {
    bad(`${field} must not contain a user or password`);
  }
  return value;
}

/** Reads a decimal text. A JSON number is accepted too if it is a safe integer, because some programs write one. */
function amountOf(value: unknown, field: string): bigint | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === "string" && /^(?:0|[1-9]\d{0,18})$/.test(value)) return BigInt(value);
  return bad(`${field} must be a whole number of units`);
}

/** Reads the notice. It is only for people, so a malformed notice or part is left out. */
function noticeOf(value: unknown): IlpPeerInfo["notice"] {
  if (typeof value !== "object" || value === null) return null;
  const { id, severity, summary, url } = value as Record<string, unknown>;
  if (typeof summary !== "string" || summary === "") return null;
  return {
    id: typeof id === "string" ? id.slice(0, 128) : "",
    severity: severity === "action-required" ? "action-required" : "info",
    summary: summary.slice(0, 500),
    url: typeof url === "string" && /^https?:\/\//.test(url) ? url.slice(0, MAX_URL) : null,
  };
}

function expirationOf(event: NostrEvent): number | null {
  const found = event.tags.filter((tag) => tag[0] === "expiration");
  if (found.length === 0) return null;
  // An unreadable expiration is an error, because otherwise the announcement would never expire.
  if (found.length > 1 || !/^\d{1,12}$/.test(found[0][1] ?? "")) {
    bad("its expiration is not a time");
  }
  return Number(found[0][1]);
}

function bad(why: string): never {
  throw new IlpPeerInfoError(`Cannot read the peer info: ${why}`);
}

/** The announcement cannot be used. */
export class IlpPeerInfoError extends Error {
  /** `IlpPeerInfoError`. */
  override readonly name = "IlpPeerInfoError";
  /** Always `bad_peer_info`. */
  readonly code = "bad_peer_info";
}
