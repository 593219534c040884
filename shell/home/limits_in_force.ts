/**
 * The limits of the configuration that apply. A limit above the built-in ceiling has no effect until somebody with the passphrase raises
 * that ceiling ('crosstown wallet limits --set'). No key is opened to read the raised ceilings.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { SettingKey } from "../../config/settings.ts";
import { decimalUnits, typedUnits, wholeUnits } from "../../protocols/ilp/asset.ts";
import { DEFAULT_CEILINGS } from "./open_home.ts";
import { raisedCeilings } from "./raised_ceilings.ts";

/** The setting, its built-in ceiling, and its name in `wallet limits`. */
const LIMITS = [
  ["limits.job_m2m", "perJobUnits", "job"],
  ["limits.provider_m2m", "perProviderDayUnits", "provider-day"],
  ["limits.strangers_m2m", "perStrangersDayUnits", "strangers-day"],
  ["limits.window_m2m", "windowUnits", "window"],
  ["limits.hour_m2m", "perHourUnits", "hour"],
  ["limits.day_m2m", "perDayUnits", "day"],
  ["limits.channel_m2m", "perChannelUnits", "channel"],
] as const satisfies readonly (readonly [SettingKey, keyof typeof DEFAULT_CEILINGS, string])[];

/** A setting above its ceiling. */
interface LimitInForce {
  /** The amount that applies, with all decimals of the asset, as `crosstown config` shows the setting. */
  readonly inForce: string;
  /** The command that raises the ceiling. */
  readonly raise: string;
}

/** The limits that are set above their ceiling, by their key. */
export async function limitsAboveForce(config: Config): Promise<ReadonlyMap<string, LimitInForce>> {
  const { asset } = config.profile;
  const above = new Map<string, LimitInForce>();
  for (const { key, name, set, ceiling: inForce } of await ceilings(config)) {
    if (set === null || set <= inForce) continue;
    above.set(key, {
      inForce: decimalUnits(inForce, asset),
      raise: `crosstown wallet limits --set ${name}=${typedUnits(set, asset)}`,
    });
  }
  return above;
}

/** The limits that apply, in base units, by the key of their setting: each is the setting or its ceiling, whichever is lower. */
export async function limitsInForce(config: Config): Promise<ReadonlyMap<string, bigint>> {
  return new Map((await ceilings(config)).map(({ key, set, ceiling }) => [
    key,
    set === null || set > ceiling ? ceiling : set,
  ]));
}

/** Each limit with its setting, null if nobody set it, and its ceiling, in base units. */
async function ceilings(config: Config) {
  const raised = await raisedCeilings(config);
  const whole = wholeUnits(config.profile.asset);
  return LIMITS.map(([key, field, name]) => ({
    key,
    name,
    set: config.get(key),
    ceiling: raised.get(field) ?? DEFAULT_CEILINGS[field] * whole,
  }));
}
