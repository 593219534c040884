/**
 * Payment terms: the peer through which a home pays, the ILP address and price of its writes, and when such terms are accepted
 * (docs/money.md#channels).
 *
 * Terms come from the profile, from an announcement of kind 10032, or from SPSP over Nostr. Announcements and SPSP answers are accepted
 * only if the key signed them that the profile or the user pinned. The registry, the token and the code hash are never taken from terms:
 * terms that differ from the profile in them are refused. Every value survives a structured clone.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import { crossesPorts } from "../../base/ports/error_classes.ts";
import type { PinnedPeer } from "../../money/claims/channel_manager.ts";

/** Terms that were accepted. */
export interface RelayTerms {
  /** The peer of the channel. Null if the terms do not name it. */
  readonly peer: PinnedPeer | null;
  /** The pinned key, for which packets are sealed too: 64 lowercase hex digits. */
  readonly pubkey: string;
  /** The ILP address at which writes are paid. */
  readonly ilpAddress: string;
  /** The price of a write for each byte, in base units. */
  readonly priceUnitsPerByte: bigint;
  /** Where the terms come from. */
  readonly source: TermsSource;
  /** The time until which they are valid, in seconds since the epoch. Null for those of the profile. */
  readonly expiresAtS: number | null;
}

/** Where terms come from. */
type TermsSource = "profile" | "announcement" | "spsp";

/** A peer's offer. Its signature and freshness were already checked. */
export interface OfferedTerms {
  readonly source: "announcement" | "spsp";
  /** The key that signed it. */
  readonly pubkey: string;
  readonly ilpAddress: string;
  /** The settlement address on the profile's chain. Null if the peer names none there. */
  readonly settlementAddress: string | null;
  /** The token on the profile's chain, or null. */
  readonly tokenAddress: string | null;
  /** The token network on the profile's chain, or null. */
  readonly tokenNetworkAddress: string | null;
  /** The chains on which it settles. Empty if it names none. */
  readonly chains: readonly string[];
  /** Its BTP endpoint. Null if it names none. */
  readonly btpEndpoint: string | null;
  /** Null if it states no price. */
  readonly priceUnitsPerByte: bigint | null;
  /** The scale of its amounts. Null if it does not state it. */
  readonly assetScale: number | null;
  readonly expiresAtS: number | null;
}

/** The rules with which an offer is compared. */
export interface TermsRules {
  /** The pinned key. Only its offers count. */
  readonly pinnedPubkey: string;
  readonly chainId: number;
  readonly tokenNetworkAddress: string;
  /** Null if the profile names none. */
  readonly tokenAddress: string | null;
  readonly relayUrl: string;
  readonly assetScale: number;
  /** The asset in which refusals and warnings name prices. Default: base units. */
  readonly asset?: Asset;
  /** A higher price causes a warning. */
  readonly warnUnitsPerByte: bigint;
  /** A higher price is refused. */
  readonly maxUnitsPerByte: bigint;
  /** The settlement address that was accepted before. Null if there is none. Another address is refused until the user accepts it. */
  readonly knownAddress: string | null;
}

/** The price of a relay of the network that states none, in base units for each byte. */
export const DEFAULT_UNITS_PER_BYTE = 10n;

/** Terms that were refused. */
export class TermsError extends Error {
  /** `TermsError`. */
  override readonly name = "TermsError";
  /**
   * `not_pinned`: no key is pinned, or another key signed. `none`: the peer announces nothing, or withdrew it. `stale`: expired, too old or
   * from the future. `bad_terms`: cannot be read. `wrong_chain`, `wrong_contract`, `wrong_token`: differs from the profile. `loopback`: a
   * remote peer names this machine. `price`: above the ceiling. `changed`: another settlement address than the accepted one. `no_answer`:
   * no answer in time.
   */
  readonly code:
    | "not_pinned"
    | "none"
    | "stale"
    | "bad_terms"
    | "wrong_chain"
    | "wrong_contract"
    | "wrong_token"
    | "loopback"
    | "price"
    | "changed"
    | "no_answer";
  /** Makes a refusal with its code. */
  constructor(code: TermsError["code"], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

crossesPorts<TermsError>(
  "TermsError",
  ({ code, message }) => new TermsError(code, message),
);
