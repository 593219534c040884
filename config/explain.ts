/**
 * How `crosstown config` shows a setting: its value for people, and its source.
 *
 * @module
 */
import type { MoreConnector, Profile } from "./profile.ts";
import type { Setting } from "./setting.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";
import type { Found } from "./find_setting.ts";

/** One line of `crosstown config`. */
export interface ConfigEntry {
  /** The key as in the file; `home` and `mayor` are not settings of the file. */
  readonly key: string;
  /** For people; `(hidden)` for a secret. */
  readonly value: string;
  /** `--relay`, `GASTOWN_HOME`, a file's path, `dev profile`, `default`. */
  readonly source: string;
}

/** The line for one setting. */
export function entry(key: SettingKey, found: Found, profile: Profile): ConfigEntry {
  const spec = SETTINGS[key] as Setting<unknown>;
  if (found.value === null) {
    const fromProfile = {
      relay: profile.relayUrl,
      more_relays: profile.moreRelays?.join(","),
      connector: profile.connectorBtp,
    }[key as string];
    return fromProfile == null
      ? { key, value: "", source: found.source }
      : { key, value: fromProfile, source: profileSource(profile, found) };
  }
  if (spec.secret) return { key, value: "(hidden)", source: found.source };
  return { key, value: shown(key, found.value), source: found.source };
}

/** The lines for the further connectors. `own` are those under `[connectors]` of the file at `path`. */
export function connectorEntries(
  profile: Profile,
  own: readonly MoreConnector[],
  path: string,
): readonly ConfigEntry[] {
  return (profile.moreConnectors ?? []).map((connector) => ({
    key: `connectors.${profile.name}.${connector.name}`,
    value: `${connector.url} reaches ${connector.reaches.join(",") || "every address"}`,
    source: connector.announced !== undefined
      ? "accepted terms"
      : own.includes(connector)
      ? path
      : `${profile.name} profile`,
  }));
}

/** `dev profile`, or `dev profile, not CROSSTOWN_RELAY_URL` if the variable was ignored. */
function profileSource({ name }: Profile, { source }: Found): string {
  return source === "default" ? `${name} profile` : `${name} profile, ${source}`;
}

function shown(key: SettingKey, value: unknown): string {
  if (Array.isArray(value)) return value.join(",");
  if (key === "node.prices" || key === "node.payment_modes") {
    return Object.entries(value as object).map(([skill, of]) =>
      `${skill}=${Array.isArray(of) ? of.join("+") : of}`
    ).join(",");
  }
  if (!key.endsWith("_m2m")) return String(value);
  const digits = String(value).padStart(7, "0");
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`;
}
