/**
 * The table `[relays]` of `crosstown.toml`: which relay is used on which network instead of the profile's own. A line is set or taken
 * out; every other byte of the file stays as it is.
 *
 * @module
 */
import { ConfigError, nearest } from "../base/config_error.ts";
import { PROFILE_NAME } from "./profile_table.ts";
import type { TableReader } from "./table.ts";
import { withValue } from "./toml_edit.ts";

/** The relays that a file names, by network; not checked as addresses yet. */
export function readRelays(
  table: TableReader | null,
  networks: readonly string[],
): ReadonlyMap<string, unknown> {
  const relays = new Map<string, unknown>();
  for (const name of table?.keys() ?? []) {
    if (name === "dev") {
      throw new ConfigError(
        "config_invalid",
        "relays.dev cannot be set: the dev network has its own relay",
        "take that line out",
        { key: "relays.dev" },
      );
    }
    if (!networks.includes(name)) {
      throw new ConfigError(
        "config_unknown_key",
        `relays.${name.slice(0, 64)} names no network profile`,
        nearest(name, networks),
        { key: `relays.${name}` },
      );
    }
    relays.set(name, table!.take(name));
  }
  return relays;
}

/**
 * The text with this relay for a network, or with none for it.
 *
 * @throws {ConfigError} where the table is written in a way that is not edited here, e.g. inline
 */
export function withRelay(text: string, network: string, relayUrl: string | null): string {
  if (!PROFILE_NAME.test(network)) {
    throw new RangeError(`network must be a profile's name (got ${network})`);
  }
  return withValue(text, { table: "relays", name: network }, relayUrl);
}
