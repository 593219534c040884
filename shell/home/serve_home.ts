/**
 * A home that a command has opened serves its control socket as a daemon's does, so that other commands of the same home are served
 * meanwhile instead of waiting for this one to end.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { startSequences } from "../../home/sequences.ts";
import type { Profile } from "../../config/profile.ts";
import { type SpendingLimits, windowOf } from "../../money/payer/spending_limits.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { AtWork } from "./same_network.ts";
import type { ConfiguredHome } from "./open_home.ts";

/** What the process at work on a home says of itself. */
export interface HomeAbout extends AtWork {
  readonly pubkey: string;
  /** For which answers to private jobs are wrapped. */
  readonly answers_key: string;
  readonly pid: number;
  /** Base units in decimal digits: what a job may cost in all, and what a provider may be paid in a day. */
  readonly job_limit_units: string;
  /** See `job_limit_units`. */
  readonly provider_day_limit_units: string;
  /** The same of what is at risk at once. */
  readonly window_units: string;
}

/** What a command at work says of itself. */
export function aboutCommand(home: ConfiguredHome): HomeAbout {
  return {
    role: "command",
    pid: Deno.pid,
    network: home.options.profile.name,
    ...toldRelay(home.options.profile),
    pubkey: home.identity.pubkey,
    answers_key: home.identity.answersKey,
    ...toldLimits(home),
  };
}

/** What a process at work says of its relay. */
export function toldRelay({ relayUrl, relay }: Profile) {
  return { relay_url: relayUrl, ...(relay === null ? {} : { relay_pubkey: relay.pubkey }) };
}

/** What a process at work says of its limits. */
export function toldLimits({ spending }: Pick<ConfiguredHome, "spending">) {
  return {
    job_limit_units: String(spending.jobUnits),
    provider_day_limit_units: String(spending.providerDayUnits),
    window_units: String(windowOf(spending)),
  };
}

/** The limits that {@link toldLimits} told. */
export function limitsOf(
  about: Pick<HomeAbout, "job_limit_units" | "provider_day_limit_units" | "window_units">,
  asset: Asset,
): SpendingLimits {
  return {
    jobUnits: BigInt(about.job_limit_units),
    providerDayUnits: BigInt(about.provider_day_limit_units),
    windowUnits: BigInt(about.window_units),
    asset,
  };
}

/** Serves for as long as the home is open. That it cannot be served is logged: this command needs it least. */
export async function serveHome(home: ConfiguredHome): Promise<void> {
  try {
    const control = await home.supervisor.service("control", {
      path: home.options.paths.controlSocket,
      about: aboutCommand(home),
      callbacks: false,
    }, controlServicesOf(home));
    await control.client().untilSequence();
    await startSequences(home);
  } catch (error) {
    // The port of a command that has ended: nobody handed a sequence over.
    if (codeOf(error) === "closed") return;
    home.log("warn", "the control socket is not served", { error: messageOf(error) });
  }
}

/** What a home's control socket works on. */
export function controlServicesOf({ services }: ConfiguredHome): Record<string, ServiceHandle> {
  const { store, manager, relayReader, jobLogs, blobs, quotes } = services;
  return {
    store,
    relayReader,
    ...(manager === null ? {} : { manager }),
    ...(jobLogs === null ? {} : { jobLogs }),
    blobs,
    ...(quotes === null ? {} : { quotes }),
  };
}
