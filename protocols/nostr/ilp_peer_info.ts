/**
 * Kind 10032, "ILP peer info": how a connector or relay is reached, paid and settled with. Replaceable; the content is JSON, and
 * empty content takes it back. Liberal in what it does not know, strict in whatever money depends on. Pure.
 *
 * ```text
 * {"ilpAddress":"g.town.relay","btpEndpoint":"wss://connector.example","assetCode":"M2M","assetScale":6,
 *  "supportedChains":["evm:84532"],"settlementAddresses":{"evm:84532":"0x..."},"pricePerByte":"10"}
 * ["expiration","1763700600"]              NIP-40: one that is not refreshed disappears
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

/** How long one holds by default, seconds. */
export const ILP_PEER_INFO_TTL_S = 600;

/** What a peer says of itself; null where it says nothing. Amounts are base units. */
interface IlpPeerInfo extends SettlementMaps {
  /** Where it is paid; the first of `ilpAddresses`. */
  readonly ilpAddress: string;
  /** All of its addresses. */
  readonly ilpAddresses: readonly string[];
  /** `ws://` or `wss://`; null where it has none. */
  readonly btpEndpoint: string | null;
  /** `https://` or `http://`, for ILP over HTTP. */
  readonly httpEndpoint: string | null;
  /** Its relay. */
  readonly relayUrl: string | null;
  /** `btp` or `http` where it insists on one. */
  readonly requiredTransport: string | null;
  /** Whether the HTTP endpoint can be upgraded to BTP. */
  readonly supportsUpgrade: boolean;
  /** e.g. `M2M`. */
  readonly assetCode: string;
  /** 10^scale base units are one of it. */
  readonly assetScale: number;
  /** What forwarding a byte costs. */
  readonly feePerByteUnits: bigint;
  /** What a byte costs that is written at its own address. Our field: others leave it to their defaults. */
  readonly pricePerByteUnits: bigint | null;
  /** What a prefix below its address costs. */
  readonly prefixPriceUnits: bigint | null;
  /** Something that its users should know, for people. */
  readonly notice: {
    readonly id: string;
    readonly severity: "info" | "action-required";
    readonly summary: string;
    readonly url: string | null;
  } | null;
  /** Every other field as it came: swap pairs, capabilities, what later versions add. Nothing of ours relies on it. */
  readonly extra: Readonly<Record<string, unknown>>;
}

/** An announcement with its times. */
export interface IlpPeerAnnouncement {
  /** null: taken back. */
  readonly info: IlpPeerInfo | null;
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  /** NIP-40; null where it names no end. */
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

/** What {@link ilpPeerInfoTemplate} must be told; the rest has defaults. */
export type IlpPeerInfoFields =
  & Partial<IlpPeerInfo>
  & Pick<IlpPeerInfo, "ilpAddress" | "btpEndpoint" | "assetCode" | "assetScale">;

/**
 * The event of an announcement, ready for its author; `null` takes it back.
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
    // The network's programs want the field, and take an empty one.
    btpEndpoint: btpEndpoint ?? "",
    assetCode,
    assetScale,
    ...settlementFields(maps),
    ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)),
  };
}

/**
 * Reads an announcement whose signature was verified. Whether it is fresh, and whose word it is, is the caller's to ask.
 *
 * @throws {IlpPeerInfoError} when a field that it needs is missing, or one that money depends on has another form
 */
export function parseIlpPeerInfo(event: NostrEvent): IlpPeerAnnouncement {
  if (event.kind !== ILP_PEER_INFO_KIND) bad(`kind must be ${ILP_PEER_INFO_KIND}`);
  const times = { createdAtS: event.created_at, expiresAtS: expirationOf(event) };
  if (event.content.trim() === "") return { info: null, ...times };
  let value: unknown;
  try {
    value = parseStrictJson(event.content, { maxBytes: MAX_CONTENT });
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      bad("its content is no object");
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
  if (!scheme.test(url.protocol)) bad(`${field} has another scheme`);
  if (url.username !== "" || url.password !== "") bad(`${field} carries a user or password`);
  return value;
}

/** Decimal text; a JSON number is taken where it is a safe integer, as some write it so. */
function amountOf(value: unknown, field: string): bigint | null {
  if (value === undefined || value === null) return null;
  if (typeof value === "number" && Number.isSafeInteger(value) && value >= 0) return BigInt(value);
  if (typeof value === "string" && /^(?:0|[1-9]\d{0,18})$/.test(value)) return BigInt(value);
  return bad(`${field} must be a whole number of units`);
}

/** For people, so a part that is wrong only leaves it out. */
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
  // One that cannot be read must not make it hold for ever.
  if (found.length > 1 || !/^\d{1,12}$/.test(found[0][1] ?? "")) {
    bad("its expiration is not a time");
  }
  return Number(found[0][1]);
}

function bad(why: string): never {
  throw new IlpPeerInfoError(`Cannot read the peer info: ${why}`);
}

/** A kind 10032 that cannot be used. */
export class IlpPeerInfoError extends Error {
  /** `IlpPeerInfoError`. */
  override readonly name = "IlpPeerInfoError";
  /** Always `bad_peer_info`. */
  readonly code = "bad_peer_info";
}
