/**
 * What the process that serves a home says of itself to other commands.
 *
 * @module
 */
import type { Profile } from "../../config/profile.ts";
import { type SpendingLimits, windowOf } from "../../money/payer/spending_limits.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { Build } from "./same_build.ts";
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
