/**
 * A home that a command has opened serves its control socket as a daemon's does, so that other commands of the same home are served
 * meanwhile instead of waiting for this one to end.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { startSequences } from "../../home/sequences.ts";
import type { Profile } from "../../config/profile.ts";
import type { Need } from "../../home/client/home_methods.ts";
import type { NeedsOfCalls } from "../../home/control/served_needs.ts";
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

/** Who has at work what calls of other commands need. */
interface ServesNeeds {
  /** Has it at work until `over`; rejects where it cannot be had. */
  serve(need: Need, over: Promise<void>): Promise<void>;
}

/** Serves for as long as the home is open. A home that cannot be served is logged: this command needs the socket least. */
export async function serveHome(home: ConfiguredHome, work: ServesNeeds): Promise<void> {
  try {
    const service = await home.supervisor.service("control", {
      path: home.options.paths.controlSocket,
      about: aboutCommand(home),
      oneOff: true,
    }, controlServicesOf(home));
    const control = service.client();
    const sequences = control.untilSequence().then(() => startSequences(home));
    await Promise.all([sequences, serveNeeds(control, work)]);
  } catch (error) {
    // The port of a command that has ended.
    if (codeOf(error) === "closed") return;
    home.log("warn", "the control socket is not served", { error: messageOf(error) });
  }
}

/** Ends with the control service. */
async function serveNeeds(control: NeedsOfCalls, work: ServesNeeds): Promise<void> {
  for (;;) {
    const { id, need } = await control.nextNeed();
    work.serve(need, control.untilNeedIsOver(id).catch(() => undefined))
      .catch((error) => control.refuseNeed(id, messageOf(error)))
      .catch(() => undefined);
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
