/**
 * Payment terms: whom a home pays through, where its writes are paid and at what price, and what makes such words count (docs/money.md#channels).
 *
 * Terms come from the profile, from a kind 10032 announcement, or from SPSP over Nostr. The last two count only when they are
 * signed by the key that the profile or the user pinned. Registry, token and code hash never come from terms: these can only agree
 * with the profile or be refused. Every value survives a structured clone.
 *
 * @module
 */
import type { Asset } from "../../protocols/ilp/asset.ts";
import { crossesPorts } from "../../base/ports/error_classes.ts";
import type { PinnedPeer } from "../../money/claims/channel_manager.ts";

/** Terms that may be acted on. */
export interface RelayTerms {
  /** Whom the channel is with; null where nothing was said of it. */
  readonly peer: PinnedPeer | null;
  /** The pinned key, and the one for which packets are sealed: 64 lowercase hex digits. */
  readonly pubkey: string;
  /** Where writes are paid. */
  readonly ilpAddress: string;
  /** Of a write, base units. */
  readonly priceUnitsPerByte: bigint;
  /** Where they come from. */
  readonly source: TermsSource;
  /** Until when they hold, seconds since the epoch; null for those of the profile. */
  readonly expiresAtS: number | null;
}

/** Where terms come from. */
type TermsSource = "profile" | "announcement" | "spsp";

/** What a peer offers, signature and freshness already checked. */
export interface OfferedTerms {
  readonly source: "announcement" | "spsp";
  /** Who signed it. */
  readonly pubkey: string;
  readonly ilpAddress: string;
  /** On the profile's chain; null where it names none there. */
  readonly settlementAddress: string | null;
  /** The same. */
  readonly tokenAddress: string | null;
  /** The same. */
  readonly tokenNetworkAddress: string | null;
  /** Chains that it settles on; empty where it says nothing. */
  readonly chains: readonly string[];
  /** Where it wants to be reached; null where it says nothing. */
  readonly btpEndpoint: string | null;
  /** null where it states none. */
  readonly priceUnitsPerByte: bigint | null;
  /** Of amounts; null where it says nothing. */
  readonly assetScale: number | null;
  readonly expiresAtS: number | null;
}

/** What an offer is held against. */
export interface TermsRules {
  /** The key whose word counts. */
  readonly pinnedPubkey: string;
  readonly chainId: number;
  readonly tokenNetworkAddress: string;
  /** null where the profile names none. */
  readonly tokenAddress: string | null;
  readonly relayUrl: string;
  readonly assetScale: number;
  /** What refusals and warnings tell prices in; base units as such unless told. */
  readonly asset?: Asset;
  /** Warned of above this. */
  readonly warnUnitsPerByte: bigint;
  /** Refused above this. */
  readonly maxUnitsPerByte: bigint;
  /** The settlement address that was accepted before; null for none. Another one is refused until the user accepts it. */
  readonly knownAddress: string | null;
}

/** What a relay of the network takes that states no price. */
export const DEFAULT_UNITS_PER_BYTE = 10n;

/** Terms that do not count. */
export class TermsError extends Error {
  /** `TermsError`. */
  override readonly name = "TermsError";
  /**
   * `not_pinned`: no key is pinned, or another one signed. `none`: the peer announces nothing, or took it back. `stale`: expired, too
   * old or from the future. `bad_terms`: cannot be read. `wrong_chain`, `wrong_contract`, `wrong_token`: not the profile's.
   * `loopback`: a peer elsewhere names this machine. `price`: above the ceiling. `changed`: another settlement address than the
   * accepted one. `no_answer`: nobody answered in time.
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

crossesPorts(
  "TermsError",
  ({ code, message }) => new TermsError(code as TermsError["code"], message),
);
