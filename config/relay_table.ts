/**
 * The table `[relays]` of `crosstown.toml`: relays that replace those of the profiles, by network. Setting or removing a line leaves every
 * other byte of the file unchanged.
 *
 * @module
 */
import { ConfigError, nearest } from "../base/config_error.ts";
import { PROFILE_NAME } from "./profile_table.ts";
import type { TableReader } from "./table.ts";
import { withValue } from "./toml_edit.ts";

/** The relays of a file, by network. Their addresses are not checked yet. */
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
 * The text with this relay for a network; null removes the network's line.
 *
 * @throws {ConfigError} if the table has a form that cannot be edited here, e.g. inline
 */
export function withRelay(text: string, network: string, relayUrl: string | null): string {
  if (!PROFILE_NAME.test(network)) {
    throw new RangeError(`network must be a profile's name (got ${network})`);
  }
  return withValue(text, { table: "relays", name: network }, relayUrl);
}
