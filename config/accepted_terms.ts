/**
 * The terms that a user accepted for a network whose profile has none: `terms/NETWORK.toml` in the home, mode 0600. The key in it is
 * pinned, and channels are opened to its settlement address until the user accepts another one (docs/money.md#channels).
 *
 * @module
 */
import { stringify } from "smol-toml";
import { join } from "../base/path.ts";
import { isIlpAddress } from "../protocols/ilp/address.ts";
import { ConfigError } from "../base/config_error.ts";
import { type ConfigFile, refuseReadable } from "./config_file.ts";
import type { HomePaths } from "./paths.ts";
import type { Profile } from "./profile.ts";
import { parseToml, TableReader } from "./table.ts";

/** Accepted terms. */
export interface AcceptedTerms {
  /** The relay for which they were accepted; they do not apply to another relay. */
  readonly relayUrl: string;
  /** 64 lowercase hex digits. */
  readonly pubkey: string;
  readonly ilpAddress: string;
  readonly priceUnitsPerByte: bigint;
  /** `0x` and 40 lowercase hex digits; null if the terms named none. */
  readonly peerAddress: string | null;
  /** ISO 8601, for people. */
  readonly acceptedAt: string;
}

/** The path of the file. */
export function acceptedTermsFile({ home }: Pick<HomePaths, "home">, network: string): string {
  return join(home, "terms", `${network}.toml`);
}

/** The text of the file. */
export function formatAcceptedTerms(terms: AcceptedTerms): string {
  return stringify({
    relay_url: terms.relayUrl,
    pubkey: terms.pubkey,
    ilp_address: terms.ilpAddress,
    price_units_per_byte: terms.priceUnitsPerByte.toString(),
    ...(terms.peerAddress === null ? {} : { peer_address: terms.peerAddress }),
    accepted_at: terms.acceptedAt,
  });
}

/** Reads the file; null if there is none. Throws ConfigError if it is malformed, or if others may read it. */
export async function readAcceptedTerms(
  path: string,
  readFile: (path: string) => Promise<ConfigFile | null>,
): Promise<AcceptedTerms | null> {
  const file = await readFile(path);
  if (file === null) return null;
  refuseReadable(path, file.mode, "whom this home pays");
  const table = new TableReader(parseToml(file.text, path), "");
  const terms: AcceptedTerms = {
    relayUrl: table.required("relay_url"),
    pubkey: table.matching("pubkey", /^[0-9a-f]{64}$/, "64 small hex digits"),
    ilpAddress: table.required("ilp_address"),
    priceUnitsPerByte: table.units("price_units_per_byte", 0n),
    peerAddress: table.take("peer_address") === undefined
      ? null
      : table.matching("peer_address", /^0x[0-9a-f]{40}$/, "0x and 40 small hex digits"),
    acceptedAt: table.required("accepted_at"),
  };
  table.end();
  if (!isIlpAddress(terms.ilpAddress)) {
    throw new ConfigError(
      "config_invalid",
      `ilp_address in ${path} must be an ILP address`,
      "remove the file, and accept the terms again with 'crosstown relay terms'",
    );
  }
  return terms;
}

/** Fills in the accepted terms if the profile says nothing itself. Terms for another relay are ignored. */
export function withAcceptedTerms(profile: Profile, terms: AcceptedTerms | null): Profile {
  if (terms === null || profile.write !== "ilp" || terms.relayUrl !== profile.relayUrl) {
    return profile;
  }
  // A pinned key in the profile is the user's last word.
  if (profile.relay !== null && profile.relay.pubkey !== terms.pubkey) return profile;
  const { pubkey, ilpAddress, priceUnitsPerByte, peerAddress } = terms;
  return {
    ...profile,
    relay: profile.relay ?? { pubkey, ilpAddress, priceUnitsPerByte },
    peer: profile.peer ??
      (peerAddress === null ? null : { address: peerAddress, channelId: null }),
  };
}
