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

/** What a key that is followed announces, and whether its terms could be accepted. Nothing of it is used before its key is pinned. */
interface FollowedPeer {
  readonly pubkey: string;
  readonly terms: CheckedTerms["terms"] | null;
  readonly refused: { readonly code: TermsError["code"]; readonly message: string } | null;
}

/** Asks the relays for the announcements of the keys that a root follows, and checks each by the rules as if it were pinned. */
export async function followedPeers(
  reader: Pick<RelayReader, "followedPeers">,
  root: string,
  rules: Omit<TermsRules, "pinnedPubkey">,
  nowS: number,
): Promise<FollowedPeer[]> {
  const events = await reader.followedPeers(root);
  return events.map((event): FollowedPeer => {
    const { pubkey } = event;
    try {
      const offer = announcedTerms(event, rules.chainId, nowS);
      const { terms } = checkTerms(offer, { ...rules, pinnedPubkey: pubkey });
      return { pubkey, terms, refused: null };
    } catch (error) {
      if (!(error instanceof TermsError)) throw error;
      return { pubkey, terms: null, refused: { code: error.code, message: error.message } };
    }
  }).sort((a, b) => a.pubkey < b.pubkey ? -1 : 1);
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
