/**
 * `crosstown relay terms --followed`: the ILP peers that keys announce which the owner's root follows. It changes nothing.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import { relaysToRead } from "../../config/more_relays.ts";
import { createSupervisor } from "../../home/workers/supervisor.ts";
import { followedPeers, termsRules } from "../../market/terms/learn_terms.ts";
import { formatUnits } from "../../protocols/ilp/asset.ts";
import type { Invocation } from "../../shell/command.ts";
import { CommandError } from "../../shell/errors.ts";
import { alignedText, printableLine } from "../../shell/output.ts";

/** Prints them. Exit 0, also without any. */
export async function showFollowedPeers(
  { output }: Invocation,
  config: Config,
): Promise<number> {
  const { profile } = config;
  const root = config.get("trust.root");
  if (root === null) {
    throw new CommandError(
      "no_root",
      "no key is configured whose follows could name peers",
      "set root under [trust] to the key that you follow others with",
    );
  }
  const rules = termsRules(profile, {
    pinnedPubkey: root,
    knownAddress: null,
    warnUnitsPerByte: config.get("limits.warn_units_per_byte"),
    maxUnitsPerByte: config.get("limits.max_units_per_byte"),
  });
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const reader = await supervisor.service("relay-reader-anonymous", relaysToRead(profile));
    const found = await followedPeers(
      reader.client(),
      root,
      rules,
      Math.floor(Date.now() / 1_000),
    );
    const followed = found.map(({ pubkey, terms, refused }) => ({
      pubkey,
      ilp_address: terms?.ilpAddress ?? null,
      price_units_per_byte: terms?.priceUnitsPerByte ?? null,
      settlement_address: terms?.peer?.address ?? null,
      expires_at_s: terms?.expiresAtS ?? null,
      refused,
    }));
    await output.document(
      "relay-terms",
      {
        network: profile.name,
        relay_url: profile.relayUrl,
        announced: null,
        refused: null,
        warnings: [],
        accepted: null,
        profile: null,
        followed,
      },
      () =>
        followed.length === 0
          ? `No key that ${root} follows announces a peer (kind 10032) on these relays`
          : alignedText([
            ["KEY", "ILP ADDRESS", "PRICE A BYTE", "TERMS"],
            ...followed.map((each) => [
              each.pubkey,
              each.ilp_address ?? "-",
              each.price_units_per_byte === null
                ? "-"
                : formatUnits(each.price_units_per_byte, profile.asset),
              each.refused === null
                ? "valid: pin the key to use them"
                : `refused: ${printableLine(each.refused.message)}`,
            ]),
          ]),
      followed.map(({ refused, ...each }) => ({ ...each, refused: refused?.code ?? null })),
    );
    return 0;
  } finally {
    await supervisor.stop(0);
  }
}
