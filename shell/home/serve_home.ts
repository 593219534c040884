/**
 * A command that has opened a home serves its control socket, like a daemon. So other commands of the same home are served and need not
 * wait until it ends.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { startSequences } from "../../home/sequences.ts";
import type { Profile } from "../../config/profile.ts";
import type { Need } from "../../home/client/home_work.ts";
import type { NeedsOfCalls } from "../../home/control/served_needs.ts";
import { type SpendingLimits, windowOf } from "../../money/payer/spending_limits.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import { type Build, ownBuild } from "./same_build.ts";
import type { AtWork } from "./same_network.ts";
import type { ConfiguredHome } from "./open_home.ts";

/** What the process that serves a home says of itself. */
export interface HomeAbout extends AtWork, Build {
  readonly pubkey: string;
  /** The key to which answers to private jobs are wrapped. */
  readonly answers_key: string;
  readonly pid: number;
  /** Base units in decimal digits: the most that a job may cost, and that a provider may be paid in a day. */
  readonly job_limit_units: string;
  /** See `job_limit_units`. */
  readonly provider_day_limit_units: string;
  /** The most that all strangers together are paid upfront in a day. */
  readonly strangers_day_limit_units: string;
  /** The most that is signed beyond what the peer has spent. */
  readonly window_units: string;
}

/** What a command says of itself. */
export function aboutCommand(home: ConfiguredHome): HomeAbout {
  return {
    role: "command",
    pid: Deno.pid,
    network: home.options.profile.name,
    ...toldRelay(home.options.profile),
    more_relays: (home.options.profile.moreRelays ?? []).map((relay_url) => ({ relay_url })),
    pubkey: home.identity.pubkey,
    answers_key: home.identity.answersKey,
    ...toldLimits(home),
  };
}

/** What a process says of its relay. */
export function toldRelay({ relayUrl, relay }: Profile) {
  return { relay_url: relayUrl, ...(relay === null ? {} : { relay_pubkey: relay.pubkey }) };
}

/** What a process says of its limits. */
export function toldLimits({ spending }: Pick<ConfiguredHome, "spending">) {
  return {
    job_limit_units: String(spending.jobUnits),
    provider_day_limit_units: String(spending.providerDayUnits),
    strangers_day_limit_units: String(spending.strangersDayUnits ?? 0n),
    window_units: String(windowOf(spending)),
  };
}

/** The limits that {@link toldLimits} returned. */
export function limitsOf(
  about: Pick<
    HomeAbout,
    | "job_limit_units"
    | "provider_day_limit_units"
    | "strangers_day_limit_units"
    | "window_units"
  >,
  asset: Asset,
): SpendingLimits {
  return {
    jobUnits: BigInt(about.job_limit_units),
    providerDayUnits: BigInt(about.provider_day_limit_units),
    strangersDayUnits: BigInt(about.strangers_day_limit_units),
    windowUnits: BigInt(about.window_units),
    asset,
  };
}

/** Starts what calls of other commands need. */
interface ServesNeeds {
  /** Keeps it running until `over`; rejects if it cannot be started. */
  serve(need: Need, over: Promise<void>): Promise<void>;
}

/** Serves while the home is open. A failure is only logged, because this command itself does not need the socket. */
export async function serveHome(home: ConfiguredHome, work: ServesNeeds): Promise<void> {
  try {
    const service = await home.supervisor.service("control", {
      path: home.options.paths.controlSocket,
      about: { ...aboutCommand(home), ...await ownBuild() },
      oneOff: true,
    }, controlServicesOf(home));
    const control = service.client();
    const sequences = control.untilSequence().then(() => startSequences(home));
    await Promise.all([sequences, serveNeeds(control, work)]);
  } catch (error) {
    // The command's connection has ended.
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

/** The services behind a home's control socket. */
export function controlServicesOf({ services }: ConfiguredHome): Record<string, ServiceHandle> {
  const { store, manager, relayReader, jobLogs, blobs, messages, quotes } = services;
  return {
    store,
    relayReader,
    ...(manager === null ? {} : { manager }),
    ...(jobLogs === null ? {} : { jobLogs }),
    blobs,
    messages,
    ...(quotes === null ? {} : { quotes }),
  };
}
