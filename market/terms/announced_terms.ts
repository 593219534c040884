/**
 * Reads terms from an announcement of kind 10032.
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

/** The tolerated difference between clocks, in seconds. */
const SKEW_S = 60;
/** How long an announcement without an expiration is valid, in seconds. Older programs of the network write none. */
const MAX_AGE_S = 7 * 86_400;
/** The longest validity of an announcement, whatever its expiration says, in seconds. It must be renewed within this time. */
const MAX_TTL_S = 86_400;

/** A valid announcement, and the time until which it is valid. */
interface ValidAnnouncement {
  readonly info: NonNullable<IlpPeerAnnouncement["info"]>;
  readonly heldUntilS: number;
}

/** Whether an announcement is dated in the future, beyond the tolerated difference between clocks. */
export function isDatedAhead({ created_at }: VerifiedEvent, nowS: number): boolean {
  return created_at > nowS + SKEW_S;
}

/**
 * Reads a verified announcement.
 *
 * @throws {TermsError} `bad_terms`, `none` (withdrawn), `stale`
 */
export function validAnnouncement(event: VerifiedEvent, nowS: number): ValidAnnouncement {
  let announcement: IlpPeerAnnouncement;
  try {
    announcement = parseIlpPeerInfo(event);
  } catch (cause) {
    if (!(cause instanceof IlpPeerInfoError)) throw cause;
    throw new TermsError("bad_terms", cause.message, { cause });
  }
  const { info, createdAtS, expiresAtS } = announcement;
  if (info === null) throw new TermsError("none", "the peer withdrew its announcement");
  if (isDatedAhead(event, nowS)) {
    throw new TermsError(
      "stale",
      "the announcement is dated in the future: check this machine's clock",
    );
  }
  const heldUntilS = expiresAtS === null
    ? createdAtS + MAX_AGE_S
    : Math.min(expiresAtS, createdAtS + MAX_TTL_S);
  if (heldUntilS <= nowS) {
    throw new TermsError("stale", `the announcement ended ${nowS - heldUntilS} s ago`);
  }
  return { info, heldUntilS };
}

/**
 * The terms of a verified announcement for a chain.
 *
 * @throws {TermsError} `bad_terms`, `none` (withdrawn), `stale`
 */
export function announcedTerms(
  event: VerifiedEvent,
  chainId: number,
  nowS: number,
): OfferedTerms {
  const { info, heldUntilS } = validAnnouncement(event, nowS);
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
