/**
 * Whether a provider's network is this program's own.
 *
 * @module
 */
import type { Config } from "../config/config.ts";

/**
 * Whether this program started the network: `dev run` tells its providers so (`--own-network`), and the network is `dev` with the addresses
 * that `dev run` wrote. A setting that names another relay or connector makes it false, because strangers may be behind any such address.
 */
export function isOwnNetwork(config: Pick<Config, "profile" | "get">, told: boolean): boolean {
  return told && config.profile.name === "dev" && config.get("relay") === null &&
    config.get("connector") === null;
}
