/**
 * Limits of the configuration as they hold: one above the built-in ceiling is not in force until somebody with the passphrase has
 * raised that ceiling ('crosstown wallet limits --set'). What was raised is read from the home's journal, so no key is opened.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { SettingKey } from "../../config/settings.ts";
import { decimalUnits, wholeUnits } from "../../protocols/ilp/asset.ts";
import { networkOfEntry } from "./money_banner.ts";
import { DEFAULT_CEILINGS } from "./open_home.ts";
import { hasStore, readStore } from "./read_store.ts";

/** The setting, its built-in ceiling, and what `wallet limits` calls it. */
const LIMITS = [
  ["limits.job_m2m", "perJobUnits", "job"],
  ["limits.provider_m2m", "perProviderDayUnits", "provider-day"],
  ["limits.hour_m2m", "perHourUnits", "hour"],
  ["limits.day_m2m", "perDayUnits", "day"],
  ["limits.channel_m2m", "perChannelUnits", "channel"],
] as const satisfies readonly (readonly [SettingKey, keyof typeof DEFAULT_CEILINGS, string])[];

/** A setting that is above what holds. */
interface LimitInForce {
  /** With all decimals of the asset, as `crosstown config` shows the setting. */
  readonly inForce: string;
  /** What raises it. */
  readonly raise: string;
}

/** The limits that are set higher than they hold, by their key. */
export async function limitsAboveForce(config: Config): Promise<ReadonlyMap<string, LimitInForce>> {
  const { asset } = config.profile;
  const raised = await raisedCeilings(config);
  const above = new Map<string, LimitInForce>();
  for (const [key, ceiling, name] of LIMITS) {
    const set = config.get(key);
    const inForce = raised.get(name) ?? DEFAULT_CEILINGS[ceiling] * wholeUnits(asset);
    if (set === null || set <= inForce) continue;
    above.set(key, {
      inForce: decimalUnits(inForce, asset),
      raise: `crosstown wallet limits --set ${name}=${shortest(decimalUnits(set, asset))}`,
    });
  }
  return above;
}

const MAX_CHANGES = 1_000;

/** What was set with the passphrase last, by the name of the ceiling. The dev network's wallet has ceilings of its own. */
async function raisedCeilings(config: Config): Promise<ReadonlyMap<string, bigint>> {
  if (!await hasStore(config)) return new Map();
  await using store = await readStore(config);
  const changes = await store.listJournal({
    types: ["limits"],
    order: "newest",
    limit: MAX_CHANGES,
  });
  const isDev = config.profile.name === "dev";
  const raised = new Map<string, bigint>();
  for (const entry of changes.toReversed()) {
    if ((networkOfEntry(entry) === "dev") !== isDev) continue;
    for (const [, , name] of LIMITS) {
      const units = entry.data[`${name.replace("-", "_")}_units`];
      if (typeof units === "string") raised.set(name, BigInt(units));
    }
  }
  return raised;
}

function shortest(decimal: string): string {
  return decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal;
}
