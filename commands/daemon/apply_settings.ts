/**
 * Gives a daemon's changed settings to its parts.
 *
 * @module
 */
import type { Config } from "../../config/config.ts";
import type { SettingKey } from "../../config/settings.ts";
import { CommandError } from "../../shell/errors.ts";
import { ceilingsOf, channelLimitsOf, type ConfiguredHome } from "../../shell/home/open_home.ts";

/** The parts that use changed settings. */
interface ConfiguredParts {
  readonly home: Pick<ConfiguredHome, "lowerCeilings" | "manager">;
  /** Starts the alerts again. */
  readonly alerts: (now: Config) => Promise<void>;
  /** The daemon's own work, e.g. a provider. */
  readonly work: (now: Config) => Promise<void>;
  /** Serves metrics on another port. Throws CommandError if it cannot, and keeps the earlier one. */
  readonly metrics: (now: Config) => Promise<void>;
  /** Sends traces to another collector. Throws CommandError if it cannot, and keeps the earlier one. */
  readonly tracing: (now: Config) => Promise<void>;
}

/** A changed setting that its part could not use. The part keeps the earlier one. */
export interface RefusedSetting {
  readonly key: SettingKey;
  readonly reason: CommandError;
}

/**
 * Resolves when the parts use them. Ceilings come first: a payment that is signed afterwards is below the new ones, and a payment that was
 * signed before goes on. Metrics and traces come last, because they may be refused: by a port in use, or a missing permission.
 */
export async function applySettings(
  { home, alerts, work, metrics, tracing }: ConfiguredParts,
  now: Config,
  changed: readonly SettingKey[],
): Promise<RefusedSetting[]> {
  const any = (of: (key: SettingKey) => boolean) => changed.some(of);
  if (any((key) => CEILINGS.includes(key))) {
    await home.lowerCeilings(ceilingsOf(now).lowered ?? {});
  }
  if (any((key) => key.startsWith("channel.") || CHANNELS.includes(key))) {
    await home.manager?.configure(channelLimitsOf(now));
  }
  if (any((key) => key.startsWith("alerts.") || key === LOW)) await alerts(now);
  if (any((key) => key.startsWith("node."))) await work(now);
  const refused: RefusedSetting[] = [];
  for (const [key, use] of [["metrics.port", metrics], ["tracing.endpoint", tracing]] as const) {
    if (!changed.includes(key)) continue;
    try {
      await use(now);
    } catch (reason) {
      if (!(reason instanceof CommandError)) throw reason;
      refused.push({ key, reason });
    }
  }
  return refused;
}

const LOW: SettingKey = "limits.low_balance_percent";
/** The settings that lower the signer's ceilings. */
const CEILINGS: readonly SettingKey[] = [
  "limits.channel_m2m",
  "limits.job_m2m",
  "limits.hour_m2m",
  "limits.day_m2m",
  "limits.provider_m2m",
  "limits.strangers_m2m",
  "limits.window_m2m",
];
const CHANNELS: readonly SettingKey[] = [LOW, "limits.channel_m2m"];
