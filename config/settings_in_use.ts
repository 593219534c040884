/**
 * The settings that a running daemon uses, against those of the file now.
 *
 * @module
 */
import type { Config } from "./config.ts";
import type { MoreConnector } from "./profile.ts";
import type { Setting } from "./setting.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";

/** What a changed file means for a running daemon. */
interface SettingsChange {
  /** The settings that it uses from now on. */
  readonly atOnce: readonly SettingKey[];
  /** The settings that it uses only after a restart: keys, `networks` for the description of its network, `connectors` for its connectors. */
  readonly restart: readonly string[];
  /** Whether its further connectors have changed in a way that it can use at once. */
  readonly connectors: boolean;
  /** Remembers that what changes at once is in use, except these: they are compared again. Connectors are remembered by `usedConnectors`. */
  readonly used: (except?: readonly SettingKey[]) => void;
  /** Remembers that the connectors are in use. */
  readonly usedConnectors: () => void;
}

/** The settings that a daemon uses. */
interface SettingsInUse {
  /** Compares a changed configuration with the settings in use. */
  compare(now: Config): SettingsChange;
}

/** Starts with the configuration of the daemon's start. `uses` leaves out settings that this daemon never reads. */
export function settingsInUse(
  start: Config,
  uses: (key: SettingKey) => boolean = () => true,
): SettingsInUse {
  const keys = (Object.keys(SETTINGS) as SettingKey[]).filter(uses);
  const used = new Map(keys.map((key) => [key, start.get(key) as unknown]));
  let connectors = start;
  return {
    compare(now) {
      const atOnce: SettingKey[] = [];
      const restart: string[] = [];
      for (const key of keys) {
        const [before, after] = [used.get(key), now.get(key) as unknown];
        if (textOf(before) === textOf(after)) continue;
        const { applies = "restart" } = SETTINGS[key] as Setting<unknown>;
        if (applies === "at once" || applies === "at once if lower" && isLower(after, before)) {
          atOnce.push(key);
        } else restart.push(key);
      }
      const { name } = start.profile;
      const described = ({ profiles }: Config) => name === "dev" ? "" : textOf(profiles.get(name));
      if (described(start) !== described(now)) restart.push("networks");
      const changed = textOf(furtherOf(connectors)) !== textOf(furtherOf(now));
      const movable = changed && mayChange(connectors, now);
      if (changed && !movable) restart.push("connectors");
      return {
        atOnce,
        restart,
        connectors: movable,
        usedConnectors: () => {
          connectors = now;
        },
        used: (except = []) => {
          for (const key of atOnce) if (!except.includes(key)) used.set(key, now.get(key));
        },
      };
    },
  };
}

function furtherOf({ profile }: Config): readonly MoreConnector[] {
  return profile.moreConnectors ?? [];
}

/**
 * Whether other further connectors can be used at once: not where this home is paid over one of them, because that address is announced, and
 * not where it has no main connector with a channel.
 */
function mayChange(used: Config, now: Config): boolean {
  const { connectorBtp, peer } = used.profile;
  const paidOver = (config: Config) =>
    furtherOf(config).filter(({ ilpAddress }) => ilpAddress !== undefined);
  return connectorBtp !== null && peer !== null && textOf(paidOver(used)) === textOf(paidOver(now));
}

/** Whether a number is lower. Null is no limit. */
function isLower(after: unknown, before: unknown): boolean {
  if (typeof after !== "bigint" && typeof after !== "number") return false;
  return before === null || after < (before as bigint | number);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => typeof each === "bigint" ? `${each}n` : each) ?? "";
}
