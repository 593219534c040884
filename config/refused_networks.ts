/**
 * What is refused unless the owner allows it: a main network, and a private key in plain text.
 *
 * @module
 */
import { ConfigError } from "../base/config_error.ts";
import type { Profile } from "./profile.ts";

/** Throws {@link ConfigError} `mainnet_refused`. */
export function refuseMainnet(profile: Profile, allowed: boolean): void {
  if (profile.testnet || allowed) return;
  throw new ConfigError(
    "mainnet_refused",
    `network ${profile.name} is a main network, where mistakes cost money`,
    "use a test network, or set GASTOWN_ALLOW_MAINNET=true if you accept the risk before version 1.0",
  );
}

/** Throws {@link ConfigError} `plain_text_key_refused`; on a main network even if it is allowed. */
export function refusePlainKey(profile: Profile, key: string | null, allowed: boolean): void {
  if (key === null || (allowed && profile.testnet)) return;
  throw new ConfigError(
    "plain_text_key_refused",
    profile.testnet
      ? "a private key in plain text is refused"
      : `a private key in plain text is refused on ${profile.name}, a main network`,
    "run 'crosstown wallet configure' and give the encrypted text instead" +
      (profile.testnet
        ? ", or set GASTOWN_ALLOW_UNENCRYPTED_KEYS=true for throw-away keys on a test network"
        : ""),
  );
}
