/**
 * Compares a peer's offer with the profile. The contracts in the offer must equal the profile's. The peer's own facts (address, ILP
 * address, price) are accepted within the rules.
 *
 * @module
 */
import { formatUnits, UNITS } from "../../protocols/ilp/asset.ts";
import { isThisMachine } from "../../base/urls.ts";
import {
  DEFAULT_UNITS_PER_BYTE,
  type OfferedTerms,
  type RelayTerms,
  TermsError,
  type TermsRules,
} from "./terms.ts";

/** The address that belongs to nobody. */
export const NO_ADDRESS = `0x${"0".repeat(40)}`;

/** Terms that were accepted, and warnings for the user. */
export interface CheckedTerms {
  readonly terms: RelayTerms;
  /** Sentences without a final period. */
  readonly warnings: readonly string[];
}

/**
 * Checks an offer.
 *
 * @throws {TermsError} all codes except `none`, `stale` and `no_answer`
 */
export function checkTerms(offer: OfferedTerms, rules: TermsRules): CheckedTerms {
  if (offer.pubkey !== rules.pinnedPubkey) {
    throw new TermsError("not_pinned", "the terms are signed by another key than the pinned one");
  }
  checkContracts(offer, rules);
  checkEndpoint(offer, rules);
  const price = offer.priceUnitsPerByte ?? DEFAULT_UNITS_PER_BYTE;
  const text = textIn(rules);
  if (price > rules.maxUnitsPerByte) {
    throw new TermsError(
      "price",
      `${text(price)} a byte are above the ceiling of ${text(rules.maxUnitsPerByte)}`,
    );
  }
  const address = offer.settlementAddress?.toLowerCase() ?? null;
  if (address === NO_ADDRESS) throw new TermsError("bad_terms", "the settlement address is zero");
  if (rules.knownAddress !== null && address !== null && address !== rules.knownAddress) {
    throw new TermsError(
      "changed",
      `the settlement address is ${address} now, and was ${rules.knownAddress}`,
    );
  }
  return {
    terms: {
      peer: address === null ? null : { name: offer.ilpAddress, address },
      pubkey: offer.pubkey,
      ilpAddress: offer.ilpAddress,
      priceUnitsPerByte: price,
      source: offer.source,
      expiresAtS: offer.expiresAtS,
    },
    warnings: warningsOf(offer, rules, price),
  };
}

/**
 * Refuses an offer whose chain or contracts differ from the profile's.
 *
 * @throws {TermsError} `wrong_chain`, `wrong_contract`, `wrong_token`
 */
export function checkContracts(
  offer: Pick<
    OfferedTerms,
    "chains" | "settlementAddress" | "tokenNetworkAddress" | "tokenAddress"
  >,
  rules: Pick<TermsRules, "chainId" | "tokenNetworkAddress" | "tokenAddress">,
): void {
  if (offer.chains.length > 0 && offer.settlementAddress === null) {
    throw new TermsError(
      "wrong_chain",
      `the peer names no settlement address on chain ${rules.chainId}`,
    );
  }
  const { tokenNetworkAddress: contract, tokenAddress: token } = offer;
  if (contract !== null && contract !== rules.tokenNetworkAddress.toLowerCase()) {
    throw new TermsError(
      "wrong_contract",
      `the peer settles in the token network ${contract}, the profile in ${rules.tokenNetworkAddress}`,
    );
  }
  if (
    token !== null && rules.tokenAddress !== null && token !== rules.tokenAddress.toLowerCase()
  ) {
    throw new TermsError(
      "wrong_token",
      `the peer settles in the token ${token}, the profile in ${rules.tokenAddress}`,
    );
  }
}

/**
 * Refuses a BTP endpoint on this machine in the terms of a remote relay, which could otherwise make this home connect to local programs.
 */
function checkEndpoint({ btpEndpoint }: OfferedTerms, { relayUrl }: TermsRules): void {
  if (btpEndpoint === null) return;
  const { hostname } = new URL(btpEndpoint.replace(/^btp\+/, ""));
  if (isThisMachine(hostname) && !isThisMachine(new URL(relayUrl).hostname)) {
    throw new TermsError("loopback", "the peer's BTP endpoint is this machine, the relay is not");
  }
}

function textIn({ asset = UNITS }: TermsRules): (units: bigint) => string {
  return (units) => formatUnits(units, asset);
}

function warningsOf(offer: OfferedTerms, rules: TermsRules, price: bigint): readonly string[] {
  const warnings: string[] = [];
  const text = textIn(rules);
  if (price > rules.warnUnitsPerByte) {
    warnings.push(`${text(price)} a byte are more than the usual ${text(rules.warnUnitsPerByte)}`);
  }
  if (offer.priceUnitsPerByte === null) {
    const assumed = text(DEFAULT_UNITS_PER_BYTE);
    warnings.push(`the peer states no price: the network's ${assumed} a byte are assumed`);
  }
  if (offer.assetScale !== null && offer.assetScale !== rules.assetScale) {
    warnings.push(
      `the peer announces scale ${offer.assetScale}, the profile has ${rules.assetScale}: see asset.scale and asset.announced_scale`,
    );
  }
  if (offer.settlementAddress === null) {
    warnings.push("the peer names no settlement address: no channel can be opened by these terms");
  }
  return warnings;
}
