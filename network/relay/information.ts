/**
 * The relay's NIP-11 document. In addition to the NIP's fields, it has what a payer needs: ILP address and price.
 *
 * @see https://github.com/nostr-protocol/nips/blob/master/11.md
 * @module
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import { BLOB_ORDER_KIND } from "../../protocols/nostr/kinds.ts";
import { kindPricesText } from "../../protocols/nostr/write_price.ts";
import type { RelayServerLimits } from "./limits.ts";
import type { RetentionRule } from "./retention.ts";

/** The NIPs that this relay supports; docs/relay.md describes how far. */
export const SUPPORTED_NIPS: readonly number[] = [1, 2, 9, 11, 16, 33, 40, 42, 45, 70];

/** A relay's identity and prices. */
export interface RelayIdentity {
  readonly name: string;
  readonly description: string;
  /** The x-only public key in hex. The fulfilments of paid writes are made with it. */
  readonly pubkey: string;
  /** The address to which writes are paid; null if writing is free. */
  readonly ilpAddress: string | null;
  readonly priceUnitsPerByte: bigint;
  /** Prices of single kinds, instead of `priceUnitsPerByte`. */
  readonly kindPrices?: Readonly<Record<number, bigint>>;
  readonly asset: { readonly code: string; readonly scale: number };
  readonly version: string;
  /** The storage for blobs that this relay sells. Missing if it sells none. */
  readonly blobs?: {
    readonly url: string;
    readonly unitsPerMib: bigint;
    readonly maxBlobBytes: number;
    readonly keepS: number;
  };
}

/** The NIP-11 document, as a JSON value. */
export function informationDocument(
  identity: RelayIdentity,
  write: "ilp" | "nostr",
  limits: RelayServerLimits,
  rules: { readonly authRequired?: boolean; readonly retention?: readonly RetentionRule[] } = {},
): Readonly<Record<string, unknown>> {
  const paid = write === "ilp";
  return {
    name: identity.name,
    description: identity.description,
    pubkey: identity.pubkey,
    supported_nips: SUPPORTED_NIPS,
    software: "crosstown",
    version: identity.version,
    limitation: {
      max_message_length: limits.maxMessageBytes,
      max_subscriptions: limits.maxSubscriptions,
      max_filters: limits.maxFilters,
      max_subid_length: limits.maxSubidLength,
      max_event_tags: limits.maxEventTags,
      max_limit: limits.maxLimit,
      default_limit: limits.maxLimit,
      created_at_upper_limit: limits.maxAheadS,
      auth_required: rules.authRequired ?? false,
      payment_required: paid,
      restricted_writes: paid,
    },
    ...(rules.retention === undefined || rules.retention.length === 0
      ? {}
      : { retention: rules.retention.map(retentionEntry) }),
    ...(paid && identity.ilpAddress !== null
      ? {
        crosstown: {
          ilp_address: identity.ilpAddress,
          price_units_per_byte: identity.priceUnitsPerByte.toString(),
          ...(identity.kindPrices === undefined
            ? {}
            : { kind_prices: kindPricesText(identity.kindPrices) }),
          asset_code: identity.asset.code,
          asset_scale: identity.asset.scale,
          max_event_bytes: limits.maxEventBytes,
          ...(identity.blobs === undefined ? {} : {
            blobs: {
              url: identity.blobs.url,
              order_kind: BLOB_ORDER_KIND,
              units_per_mib: identity.blobs.unitsPerMib.toString(),
              max_blob_bytes: identity.blobs.maxBlobBytes,
              keep_seconds: identity.blobs.keepS,
            },
          }),
        },
      }
      : {}),
  };
}

function retentionEntry({ kinds, maxAgeS, maxCount }: RetentionRule) {
  return {
    ...(kinds === undefined ? {} : { kinds }),
    ...(maxAgeS === undefined ? {} : { time: maxAgeS }),
    ...(maxCount === undefined ? {} : { count: maxCount }),
  };
}

/** Answers HTTP GET with the document, for every origin. Other methods are refused. */
export function informationAnswer(
  document: Readonly<Record<string, unknown>>,
): (request: IncomingMessage, response: ServerResponse) => void {
  const headers = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "accept",
    "access-control-allow-methods": "GET",
    "content-type": "application/nostr+json; charset=utf-8",
  };
  const body = JSON.stringify(document);
  return (request, response) => {
    request.resume();
    if (request.method === "OPTIONS") response.writeHead(204, headers).end();
    else if (request.method === "GET") response.writeHead(200, headers).end(body);
    else response.writeHead(405).end();
  };
}
