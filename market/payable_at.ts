/**
 * At which of its addresses a provider is paid that is reached over several connectors (docs/connectors.md#providers).
 *
 * @module
 */
import type { Profile } from "../config/profile.ts";
import { isBelow } from "../protocols/ilp/address.ts";
import type { Announcement } from "./announcement.ts";

/** The connectors of the buyer's profile. */
export type PayingProfile = Partial<Pick<Profile, "connectorReaches" | "moreConnectors">>;

/**
 * The announcement with the address that the buyer uses first: the one for which a connector of the buyer names the longest prefix, or the
 * first one if none names any.
 */
export function payableAt(announcement: Announcement, profile: PayingProfile): Announcement {
  const { ilpAddress, moreAddresses = [] } = announcement;
  if (ilpAddress === null || moreAddresses.length === 0) return announcement;
  const prefixes = [
    profile.connectorReaches,
    ...(profile.moreConnectors ?? []).map((each) => each.reaches),
  ]
    .flatMap((reaches) => reaches ?? []);
  const named = (address: string) =>
    Math.max(0, ...prefixes.filter((each) => isBelow(address, each)).map(({ length }) => length));
  let best = ilpAddress;
  for (const address of moreAddresses) if (named(address) > named(best)) best = address;
  const others = [ilpAddress, ...moreAddresses].filter((each) => each !== best);
  return { ...announcement, ilpAddress: best, moreAddresses: others };
}
