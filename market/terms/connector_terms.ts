/**
 * The terms of a connector that announces itself (kind 10032), which a user can accept as a further connector of the home.
 *
 * @see docs/connectors.md#connectors-that-announce-themselves
 * @module
 */
import { checkConnectorUrl, isLoopback } from "../../base/urls.ts";
import { isPublicHost } from "../../base/public_address.ts";
import { ConfigError } from "../../base/config_error.ts";
import type { Profile } from "../../config/profile.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { VerifiedEvent } from "../../protocols/nostr/event.ts";
import { announcedTerms, validAnnouncement } from "./announced_terms.ts";
import { checkContracts, NO_ADDRESS } from "./check_terms.ts";
import { TermsError, type TermsRules } from "./terms.ts";
import { fingerprintOf } from "./terms_fingerprint.ts";

/** What is accepted. Every value survives a structured clone. */
export interface ConnectorTerms {
  /** The key that signed them: 64 lowercase hex digits. */
  readonly pubkey: string;
  /** `btp+wss://`, or `btp+ws://` to loopback on a dev network. */
  readonly url: string;
  /** The settlement address, `0x` and 40 lowercase hex digits. */
  readonly peerAddress: string;
  /** The ILP addresses that it announces. It is used for them and for what is below them. */
  readonly reaches: readonly string[];
  /** When the announcement was signed, in seconds since the epoch. */
  readonly createdAtS: number;
  /** Until when it is valid, in seconds since the epoch. */
  readonly expiresAtS: number;
  /** The scale of its amounts, and its fee for forwarding a byte, as it announces them. They are shown and not accepted. */
  readonly assetScale: number;
  /** See `assetScale`. */
  readonly feePerByteUnits: bigint;
}

/** The parts that are accepted, and that the fingerprint covers. */
type FingerprintedTerms = Pick<ConnectorTerms, "pubkey" | "url" | "peerAddress" | "reaches">;

/** The chain and contracts of the profile, and which hosts are allowed. */
export interface ConnectorRules
  extends Pick<TermsRules, "chainId" | "tokenNetworkAddress" | "tokenAddress"> {
  /** True on a dev network, where connectors listen on this machine. Elsewhere, only hosts of the public internet are allowed. */
  readonly allowsLoopback: boolean;
}

/**
 * The terms of a verified announcement.
 *
 * @throws {TermsError} `bad_terms`, `none`, `stale`, `wrong_chain`, `wrong_contract`, `wrong_token`, `loopback`
 */
export function connectorTerms(
  event: VerifiedEvent,
  rules: ConnectorRules,
  nowS: number,
): ConnectorTerms {
  const offer = announcedTerms(event, rules.chainId, nowS);
  checkContracts(offer, rules);
  if (offer.btpEndpoint === null) {
    throw new TermsError("bad_terms", "the key announces no BTP endpoint: it is no connector");
  }
  const url = connectorUrl(offer.btpEndpoint, rules);
  const peerAddress = offer.settlementAddress?.toLowerCase() ?? null;
  if (peerAddress === null || peerAddress === NO_ADDRESS) {
    throw new TermsError("bad_terms", "the announcement names no settlement address");
  }
  const { info, heldUntilS } = validAnnouncement(event, nowS);
  return {
    pubkey: event.pubkey,
    url,
    peerAddress,
    reaches: [...new Set(info.ilpAddresses)],
    createdAtS: event.created_at,
    expiresAtS: heldUntilS,
    assetScale: info.assetScale,
    feePerByteUnits: info.feePerByteUnits,
  };
}

/**
 * The first 32 digits of a SHA-256 in groups of four. The hashed text has one line each for the word `connector`, key, URL, chain, token
 * network, settlement address, and the ILP addresses. So it differs from the fingerprint of a relay's terms, and changes with each of them.
 */
export function connectorFingerprint(
  { pubkey, url, peerAddress, reaches }: FingerprintedTerms,
  { chainId, tokenNetworkAddress }: Pick<ConnectorRules, "chainId" | "tokenNetworkAddress">,
): Promise<string> {
  const contract = tokenNetworkAddress.toLowerCase();
  return fingerprintOf([
    "connector",
    pubkey,
    url,
    String(chainId),
    contract,
    peerAddress,
    ...reaches,
  ]);
}

/** The rules of a profile. */
export function connectorRules({ name, chain }: Pick<Profile, "name" | "chain">): ConnectorRules {
  const { chainId, tokenNetworkAddress, tokenAddress = null } = chain;
  return { chainId, tokenNetworkAddress, tokenAddress, allowsLoopback: name === "dev" };
}

/** What a user should know before accepting them. Sentences without a final period. */
export function connectorWarnings(
  { assetScale, feePerByteUnits }: ConnectorTerms,
  { asset }: Pick<Profile, "asset">,
): readonly string[] {
  const scale = asset.announcedScale ?? asset.scale;
  return [
    ...assetScale === scale ? [] : [
      `the connector announces scale ${assetScale}, the profile has ${scale}: see asset.scale and asset.announced_scale`,
    ],
    ...feePerByteUnits === 0n ? [] : [
      `the connector keeps ${
        formatUnits(feePerByteUnits, asset)
      } of each byte: payments over it arrive short of that, unless hop_fees names it`,
    ],
  ];
}

/** The endpoint in the form of the configuration. The host is compared as a connection uses it, whatever notation its address has. */
function connectorUrl(endpoint: string, { allowsLoopback }: ConnectorRules): string {
  const { href, hostname } = new URL(endpoint.replace(/^btp\+/, ""));
  if (allowsLoopback ? !isLoopback(hostname) && !isPublicHost(hostname) : !isPublicHost(hostname)) {
    throw new TermsError(
      "loopback",
      `the connector's host ${hostname.slice(0, 64)} is not on the public internet`,
    );
  }
  try {
    return checkConnectorUrl(`btp+${href}`, "the connector's endpoint");
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new TermsError("bad_terms", cause.message, { cause });
  }
}
