/**
 * Terms from a kind 10032 announcement.
 *
 * @see docs/terms.md#announcements-kind-10032
 * @module
 */
import { chainNamed } from "../../protocols/evm/chain_string.ts";
import type { VerifiedEvent } from "../../protocols/nostr/event.ts";
import {
  type IlpPeerAnnouncement,
  IlpPeerInfoError,
  parseIlpPeerInfo,
} from "../../protocols/nostr/ilp_peer_info.ts";
import { type OfferedTerms, TermsError } from "./terms.ts";

/** What clocks may differ. */
const SKEW_S = 60;
/** How long one without an expiry counts: the network's older programs write none. */
const MAX_AGE_S = 7 * 86_400;
/** However late it says that it expires, it must have been refreshed since. */
const MAX_TTL_S = 86_400;

/**
 * What a verified announcement offers on a chain.
 *
 * @throws {TermsError} `bad_terms`, `none` (taken back), `stale`
 */
export function announcedTerms(
  event: VerifiedEvent,
  chainId: number,
  nowS: number,
): OfferedTerms {
  let announcement: IlpPeerAnnouncement;
  try {
    announcement = parseIlpPeerInfo(event);
  } catch (cause) {
    if (!(cause instanceof IlpPeerInfoError)) throw cause;
    throw new TermsError("bad_terms", cause.message, { cause });
  }
  const { info, createdAtS, expiresAtS } = announcement;
  if (info === null) throw new TermsError("none", "the peer took its announcement back");
  if (createdAtS > nowS + SKEW_S) {
    throw new TermsError("stale", "the announcement is from the future: look at this clock");
  }
  const heldUntilS = expiresAtS === null
    ? createdAtS + MAX_AGE_S
    : Math.min(expiresAtS, createdAtS + MAX_TTL_S);
  if (heldUntilS <= nowS) {
    throw new TermsError("stale", `the announcement ended ${nowS - heldUntilS} s ago`);
  }
  const chain = chainNamed(info.supportedChains, chainId);
  const on = (map: Readonly<Record<string, string>>) =>
    chain !== null && Object.hasOwn(map, chain) ? map[chain] : null;
  return {
    source: "announcement",
    pubkey: event.pubkey,
    ilpAddress: info.ilpAddress,
    settlementAddress: on(info.settlementAddresses),
    tokenAddress: on(info.preferredTokens),
    tokenNetworkAddress: on(info.tokenNetworks),
    chains: info.supportedChains,
    btpEndpoint: info.btpEndpoint,
    priceUnitsPerByte: info.pricePerByteUnits,
    assetScale: info.assetScale,
    expiresAtS: heldUntilS,
  };
}
