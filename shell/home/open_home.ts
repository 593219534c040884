/**
 * Opens a home from a command's configuration: the wallet, the ceilings, and the place of the log.
 *
 * @module
 */
import { type Home, openHome } from "../../home/home.ts";
import type { EarlyStart } from "../../home/outbound_stages.ts";
import { AUDIT_DRAIN_MS, type HomeAudit, homeAudit } from "../../home/home_audit.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Fatal } from "../../runtime/supervisor.ts";
import { createSupervisor, type Supervisor } from "../../home/workers/supervisor.ts";
import { formatUnits, wholeUnits } from "../../protocols/ilp/asset.ts";
import type { Config } from "../../config/config.ts";
import { type FileLog, openFileLog } from "../../base/log/file_log.ts";
import type { ChannelLimits } from "../../money/claims/channel_manager.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Ceilings } from "../../money/signer/hard_ceilings.ts";
import type { Log } from "../../base/log/log.ts";
import { CommandError } from "../errors.ts";
import { checkAddress, keysOf } from "./home_keys.ts";
import type { Asker } from "./asker.ts";
import { claimForMayor, refuseSecondMayor } from "./one_mayor.ts";

/** Hard ceilings of this release in whole tokens. Flags, environment and file can only lower them. */
export const DEFAULT_CEILINGS = {
  perPacketUnits: 10n,
  perChannelUnits: 100n,
  perHourUnits: 100n,
  perDayUnits: 500n,
  perJobUnits: 10n,
  perProviderDayUnits: 100n,
  perStrangersDayUnits: 1n,
  windowUnits: 1n,
  depositUnits: 100n,
  lockedUnits: 1_000n,
  depositedPerDayUnits: 1_000n,
} as const;

/** Options of {@link openConfiguredHome}. */
interface OpenHomeOptions extends EarlyStart {
  /** Where the passphrase comes from. */
  readonly asker: Asker;
  readonly oneOff: boolean;
  /** See {@link Home}'s options. */
  readonly isolate?: boolean;
  readonly onFatal?: (fatal: Fatal) => void;
  /** Receives every log line. */
  readonly onLog?: Log;
  /** Also writes debug lines to the file. */
  readonly verbose?: boolean;
  /** Writes nothing into the home, except what its workers store. */
  readonly dryRun?: boolean;
  /** How long to wait for another process that holds the home; default 10,000. */
  readonly lockWaitMs?: number;
  /** `PATH`, in which the audit finds git; without it there is no audit. */
  readonly path?: string;
  /** An address outside of channels to which the signer may send money, in addition to the contracts. */
  readonly recipient?: string | null;
  /** False if nothing is written to the relay. Then the relay's terms need not be accepted. */
  readonly writes?: boolean;
  /** The backup to which a daemon pushes the audit's branch. */
  readonly auditRemote?: string | null;
}

/** An open home with its log and audit, which end with it. */
export interface ConfiguredHome extends Home {
  readonly log: Log;
  /** Null if there is no audit. */
  readonly audit: HomeAudit | null;
}

/** Opens the home of the configuration. */
export async function openConfiguredHome(
  config: Config,
  options: OpenHomeOptions,
): Promise<ConfiguredHome> {
  const { paths, profile } = config;
  const keys = await keysOf(config, options.asker);
  if (options.writes !== false) checkTerms(config);
  await refuseSecondMayor(config, () => addressOf(config, options.asker));
  for (const folder of [paths.home, paths.mayorFolder, paths.stateFolder]) {
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  }
  const file = options.dryRun ? NO_FILE : openFileLog({
    path: paths.logFile,
    clock: Date.now,
    level: options.verbose ? "debug" : "info",
  });
  const log = bothLogs(file, options.onLog);
  try {
    const home = await openHome({
      paths,
      profile,
      keys,
      ceilings: ceilingsOf(config),
      channels: channelLimitsOf(config),
      limits: {
        eventBytes: config.get("limits.event_bytes"),
        prepareDataBytes: config.get("limits.prepare_data_bytes"),
        frameBytes: config.get("limits.frame_bytes"),
      },
      log,
      onFatal: options.onFatal,
      oneOff: options.oneOff,
      isolate: options.isolate,
      sends: options.sends,
      meanwhile: options.meanwhile,
      recipient: options.recipient,
      lockWaitMs: options.lockWaitMs,
      readsRelay: options.writes !== false,
      keepDays: config.get("state.keep_days"),
    });
    await refuseOther(config, home, options.dryRun === true);
    const audit = options.path === undefined
      ? null
      : homeAudit(home, options.path, config.get("audit.remote"));
    return {
      ...home,
      log,
      audit,
      async stop(deadlineMs) {
        await audit?.drain(AUDIT_DRAIN_MS);
        await home.stop(deadlineMs);
        file.close();
      },
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Refuses to start anything if its writes could not be paid, or cost too much. */
function checkTerms({ profile, get }: Config): void {
  if (profile.write !== "ilp") return;
  if (profile.relay === null) {
    throw new CommandError(
      "no_terms",
      `the terms of ${profile.relayUrl} (the price of a write, and whom it pays) are not accepted yet`,
      "run 'crosstown relay terms --pin PUBKEY --accept' with the relay's public key",
    );
  }
  const { asset, relay: { priceUnitsPerByte } } = profile;
  const ceiling = get("limits.max_units_per_byte");
  if (priceUnitsPerByte > ceiling) {
    throw new CommandError(
      "price_ceiling",
      `${profile.relayUrl} takes ${
        formatUnits(priceUnitsPerByte, asset)
      } a byte, above the ceiling of ${formatUnits(ceiling, asset)}`,
      "use another relay, or raise max_units_per_byte under [limits]",
    );
  }
}

/** Opens only the wallet's signer for events. It signs for no contract, has no ledger, and needs no lock on the store. */
export async function openEventSigner(
  config: Config,
  asker: Asker,
): Promise<{ readonly signer: Signer; readonly stop: () => Promise<void> }> {
  const supervisor = createSupervisor({ log: () => undefined });
  try {
    const handle = await startEventSigner(config, asker, supervisor);
    return { signer: handle.client(), stop: () => supervisor.stop(0) };
  } catch (error) {
    await supervisor.stop(0).catch(() => undefined);
    throw error;
  }
}

/** The same as a service of an existing supervisor. */
export async function startEventSigner(
  config: Config,
  asker: Asker,
  supervisor: Pick<Supervisor, "service">,
): Promise<ServiceHandle> {
  const signer = await supervisor.service("signer-keys", {
    wallet: await keysOf(config, asker),
    ceilings: ceilingsOf(config),
    allow: [],
    snapshot: "first",
  });
  checkAddress(config, (await signer.client().identity()).paymentAddress);
  return signer;
}

async function addressOf(config: Config, asker: Asker): Promise<string> {
  const { signer, stop } = await openEventSigner(config, asker);
  try {
    return (await signer.identity()).paymentAddress;
  } finally {
    await stop();
  }
}

/** Refuses another wallet before anything is signed with it. */
async function refuseOther(config: Config, home: Home, dryRun: boolean): Promise<void> {
  try {
    checkAddress(config, home.identity.paymentAddress);
    if (!dryRun) await claimForMayor(config, home.identity.paymentAddress);
  } catch (error) {
    await home.stop(0);
    throw error;
  }
}

/** Replaces the log file. */
const NO_FILE: Pick<FileLog, "log" | "close"> = { log: () => {}, close: () => {} };

function bothLogs(file: Pick<FileLog, "log">, also: Log | undefined): Log {
  return (level, msg, fields = {}) => {
    file.log(level, msg, fields);
    also?.(level, msg, fields);
  };
}

/** The configuration's limits of channels. */
export function channelLimitsOf(config: Config): ChannelLimits {
  return {
    maxDepositUnits: ceilingsOf(config).perChannelUnits,
    lowBalancePercent: config.get("limits.low_balance_percent"),
    automaticDeposits: config.get("channel.auto_deposit"),
    automaticDepositsPerDay: config.get("channel.auto_deposits_per_day"),
    automaticDepositUnits: config.get("channel.auto_deposit_m2m"),
  };
}

/** The hard ceilings, lowered by the configuration. */
export function ceilingsOf({ get, profile }: Config): Ceilings {
  const asked = {
    perPacketUnits: get("limits.job_m2m"),
    perChannelUnits: get("limits.channel_m2m"),
    // No part of a job may cost more than the whole job.
    perJobUnits: get("limits.job_m2m"),
    perProviderDayUnits: get("limits.provider_m2m"),
    perStrangersDayUnits: get("limits.strangers_m2m"),
    windowUnits: get("limits.window_m2m"),
    depositUnits: get("limits.channel_m2m"),
    perHourUnits: get("limits.hour_m2m"),
    perDayUnits: get("limits.day_m2m"),
  };
  const whole = wholeUnits(profile.asset);
  const lower = (name: keyof typeof DEFAULT_CEILINGS) => {
    const ceiling = DEFAULT_CEILINGS[name] * whole;
    const wish = name in asked ? asked[name as keyof typeof asked] : null;
    return wish !== null && wish < ceiling ? wish : ceiling;
  };
  return {
    perPacketUnits: lower("perPacketUnits"),
    perChannelUnits: lower("perChannelUnits"),
    perHourUnits: lower("perHourUnits"),
    perDayUnits: lower("perDayUnits"),
    perJobUnits: DEFAULT_CEILINGS.perJobUnits * whole,
    perProviderDayUnits: DEFAULT_CEILINGS.perProviderDayUnits * whole,
    perStrangersDayUnits: DEFAULT_CEILINGS.perStrangersDayUnits * whole,
    windowUnits: DEFAULT_CEILINGS.windowUnits * whole,
    depositUnits: DEFAULT_CEILINGS.depositUnits * whole,
    lockedUnits: DEFAULT_CEILINGS.lockedUnits * whole,
    depositedPerDayUnits: DEFAULT_CEILINGS.depositedPerDayUnits * whole,
    // These also lower ceilings that were raised with the passphrase.
    lowered: Object.fromEntries(
      Object.entries(asked).filter((entry): entry is [string, bigint] => entry[1] !== null),
    ),
  };
}
