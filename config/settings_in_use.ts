/**
 * The settings that a running daemon uses, against those of the file now.
 *
 * @module
 */
import type { Config } from "./config.ts";
import type { Setting } from "./setting.ts";
import { type SettingKey, SETTINGS } from "./settings.ts";

/** What a changed file means for a running daemon. */
interface SettingsChange {
  /** The settings that it uses from now on. */
  readonly atOnce: readonly SettingKey[];
  /** The settings that it uses only after a restart: keys, `networks` for the description of its network, `connectors` for its connectors. */
  readonly restart: readonly string[];
  /** Remembers that what changes at once is in use, except these: they are compared again. */
  readonly used: (except?: readonly SettingKey[]) => void;
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
      const connectors = ({ profile }: Config) => textOf(profile.moreConnectors ?? []);
      if (connectors(start) !== connectors(now)) restart.push("connectors");
      return {
        atOnce,
        restart,
        used: (except = []) => {
          for (const key of atOnce) if (!except.includes(key)) used.set(key, now.get(key));
        },
      };
    },
  };
}

/** Whether a number is lower. Null is no limit. */
function isLower(after: unknown, before: unknown): boolean {
  if (typeof after !== "bigint" && typeof after !== "number") return false;
  return before === null || after < (before as bigint | number);
}

function textOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => typeof each === "bigint" ? `${each}n` : each) ?? "";
}
