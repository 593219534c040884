/**
 * The connectors of a home for packets of amount 0: quotes and job logs.
 *
 * @module
 */
import { hostOfUrl } from "../base/urls.ts";
import type { Profile } from "../config/profile.ts";
import type { QuotesOptions } from "../market/quotes/quotes_service.ts";
import { relayHost } from "../market/relay_reader_service.ts";
import { isAnnounced } from "../market/terms/connector_validity.ts";
import type { FreeConnector } from "../peers/connector/free_routes.ts";

/** Every connector of the profile, for packets of amount 0. */
function freeConnectorsOf(
  { connectorBtp, connectorAuth, connectorReaches = [], moreConnectors = [] }: Profile,
): readonly FreeConnector[] {
  const main = { url: connectorBtp!, auth: connectorAuth, reaches: connectorReaches };
  const further = moreConnectors.map(({ url, auth, reaches, publicOnly }) => ({
    ...{ url, auth, reaches },
    ...publicOnly && { publicOnly },
  }));
  return [main, ...further].map((each) => ({ ...each, host: hostOfUrl(each.url) }));
}

/** The options for reading job logs; over the relay if there is no connector. */
export function jobLogsOptions({ relayUrl, ...profile }: Profile, senderId: string) {
  return profile.connectorBtp === null
    ? { relayUrl, host: relayHost(relayUrl) }
    : { connectors: freeConnectorsOf({ relayUrl, ...profile }), wire: profile.wire, senderId };
}

/** The options for asking for quotes. */
export function quotesOptionsOf(profile: Profile): QuotesOptions {
  const { name, wire, asset, chain, moreConnectors = [] } = profile;
  return {
    connectors: freeConnectorsOf(profile),
    announced: moreConnectors.filter(isAnnounced),
    network: name,
    wire,
    asset: { code: asset.code, scale: asset.scale },
    chain: {
      chainId: chain.chainId,
      tokenNetworkAddress: chain.tokenNetworkAddress,
      tokenAddress: chain.tokenAddress ?? null,
    },
  };
}
