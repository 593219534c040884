/**
 * The output of `crosstown relay terms`: the relay's terms, the terms in use, and those of the profile.
 *
 * @module
 */
import type { AcceptedTerms } from "../../config/accepted_terms.ts";
import type { Config } from "../../config/config.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { alignedText, printableLine } from "../../shell/output.ts";
import type { FoundTerms } from "./learned_terms.ts";

/** Prints the terms. */
export async function showTerms(
  { output }: Invocation,
  { profile }: Config,
  { checked, refused }: FoundTerms,
  accepted: AcceptedTerms | null,
): Promise<void> {
  const { networkBanner } = await import("../../shell/amount.ts");
  const terms = checked?.terms ?? null;
  const inUse = accepted !== null && accepted.relayUrl === profile.relayUrl ? accepted : null;
  const warnings = checked?.warnings ?? [];
  const { termsFingerprint } = await import("../../market/terms/terms_fingerprint.ts");
  const fingerprint = terms === null ? null : await termsFingerprint(terms);
  await output.document("relay-terms", {
    network: profile.name,
    relay_url: profile.relayUrl,
    announced: terms && {
      pubkey: terms.pubkey,
      ilp_address: terms.ilpAddress,
      price_units_per_byte: terms.priceUnitsPerByte,
      settlement_address: terms.peer?.address ?? null,
      source: terms.source,
      expires_at_s: terms.expiresAtS,
      fingerprint,
    },
    refused,
    warnings,
    accepted: inUse && {
      pubkey: inUse.pubkey,
      ilp_address: inUse.ilpAddress,
      price_units_per_byte: inUse.priceUnitsPerByte,
      settlement_address: inUse.peerAddress,
      accepted_at: inUse.acceptedAt,
    },
    profile: profile.relay && {
      pubkey: profile.relay.pubkey,
      ilp_address: profile.relay.ilpAddress,
      price_units_per_byte: profile.relay.priceUnitsPerByte,
      settlement_address: profile.peer?.address ?? null,
    },
  }, () =>
    [
      networkBanner(profile),
      alignedText([
        ["relay", profile.relayUrl],
        ...(terms === null ? [["terms", `refused: ${printableLine(refused?.message ?? "")}`]] : [
          ["signed by", terms.pubkey],
          ["ILP address", terms.ilpAddress],
          ["price", `${formatUnits(terms.priceUnitsPerByte, profile.asset)} a byte`],
          ["settles to", terms.peer?.address ?? "no address"],
          ["fingerprint", fingerprint!],
        ]),
        ["in use", inUseWords(profile, inUse)],
      ]),
      ...warnings.map((warning) => `warning: ${warning}`),
    ].join("\n"), [{
    relay_url: profile.relayUrl,
    pubkey: terms?.pubkey ?? null,
    ilp_address: terms?.ilpAddress ?? null,
    price_units_per_byte: terms?.priceUnitsPerByte ?? null,
    settlement_address: terms?.peer?.address ?? null,
    refused: refused?.code ?? null,
    accepted: inUse !== null,
  }]);
}

function inUseWords({ relay, peer }: Config["profile"], accepted: AcceptedTerms | null): string {
  if (accepted !== null) return `since ${accepted.acceptedAt}`;
  return relay !== null && peer !== null
    ? "the profile states its own"
    : "no: run it again with --accept";
}
