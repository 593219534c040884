/**
 * Learns a peer's terms from its announcement on the relay, under the rules of a profile.
 *
 * @module
 */
import type { Profile } from "../../config/profile.ts";
import type { RelayReader } from "../relay_questions.ts";
import { announcedTerms } from "./announced_terms.ts";
import { type CheckedTerms, checkTerms } from "./check_terms.ts";
import { TermsError, type TermsRules } from "./terms.ts";

/** The rules from a profile. */
export function termsRules(
  profile: Pick<Profile, "chain" | "relayUrl" | "asset">,
  more: Pick<
    TermsRules,
    "pinnedPubkey" | "knownAddress" | "warnUnitsPerByte" | "maxUnitsPerByte"
  >,
): TermsRules {
  const { chainId, tokenNetworkAddress, tokenAddress } = profile.chain;
  return {
    ...more,
    chainId,
    tokenNetworkAddress,
    tokenAddress: tokenAddress ?? null,
    relayUrl: profile.relayUrl,
    asset: profile.asset,
    assetScale: profile.asset.announcedScale ?? profile.asset.scale,
  };
}

/**
 * Asks the relay for the announcement of the pinned key, and checks it.
 *
 * @throws {TermsError}; RelayReaderError if the relay does not answer
 */
export async function learnTerms(
  reader: Pick<RelayReader, "peerInfo">,
  rules: TermsRules,
  nowS: number,
): Promise<CheckedTerms> {
  const event = await reader.peerInfo(rules.pinnedPubkey);
  if (event === null) {
    throw new TermsError("none", "the pinned key announces nothing on this relay (kind 10032)");
  }
  return checkTerms(announcedTerms(event, rules.chainId, nowS), rules);
}
