/**
 * The terms that a provider's quotes state, from the profile of its network.
 *
 * @module
 */
import { furtherAddresses } from "../config/more_connectors.ts";
import type { Profile } from "../config/profile.ts";
import type { QuoteTerms } from "../market/quotes/quote_offers.ts";
import { LEAST_BYTES, leastResultUnits } from "../market/paid_bytes.ts";
import { rulesOf } from "../protocols/btp/wire_rules.ts";
/** The terms in each of its quotes. */
export function quoteTermsOf(profile: Profile, ilpAddress: string): QuoteTerms {
  const { asset, chain: { chainId, tokenNetworkAddress } } = profile;
  const unitsPerByte = profile.write === "ilp" ? profile.relay?.priceUnitsPerByte ?? 0n : 0n;
  return {
    ...sellsOnDelivery(profile) && {
      leastDepositUnits: String(leastResultUnits(unitsPerByte)),
      leastWrappedUnits: String(leastResultUnits(unitsPerByte, LEAST_BYTES.wrapped)),
    },
    asset: { code: asset.code, scale: asset.scale },
    chain: { chainId, tokenNetworkAddress },
    ilpAddress,
    moreAddresses: furtherAddresses(profile),
  };
}

/** Whether keys can be sold. On a wire where every hop can fulfil a packet, no single party could sell a key. */
export function sellsOnDelivery({ wire }: Profile): boolean {
  return rulesOf(wire).fulfilledBy === "terminal";
}
