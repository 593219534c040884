/**
 * Which network a provider may take for its own.
 *
 * @module
 */
import type { Config } from "../config/config.ts";

/**
 * Whether this program started the network: `dev run` says so to its providers (`--own-network`), and it is the `dev` network with the
 * addresses that `dev run` wrote. A setting that names another relay or connector ends that, since strangers may be behind it,
 * whatever its address.
 */
export function isOwnNetwork(config: Pick<Config, "profile" | "get">, told: boolean): boolean {
  return told && config.profile.name === "dev" && config.get("relay") === null &&
    config.get("connector") === null;
}
