/**
 * Whose turn it is to work on a home. One process at a time writes a home's store; it serves the home's control socket meanwhile,
 * daemon or not, so that other commands hand their work over instead of waiting for it to end.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Asset } from "../../protocols/ilp/asset.ts";
import type { Config } from "../../config/config.ts";
import type { ControlClient } from "../../home/control/control_client.ts";
import type { Invocation } from "../shell/command.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import { startChains } from "../../home/job_chains.ts";
import { clockWarning } from "../shell/clock_warning.ts";
import { CommandError } from "../shell/errors.ts";
import type { SpendingLimits } from "../../money/payer/spending_limits.ts";
import type { Control } from "../../home/control/control_service.ts";
import { isLockHeld } from "../../store/lock.ts";
import { StoreError } from "../../store/store_error.ts";
import type { AtWork } from "./same_network.ts";
import { daemonOf } from "./daemon_of.ts";
import { type ConfiguredHome, openConfiguredHome } from "./open_home.ts";

/** Either the process that works on the home, or the home, opened by this one. */
export type Turn =
  | { readonly whose: "theirs"; readonly client: ControlClient; readonly about: TurnHolder }
  | { readonly whose: "ours"; readonly home: ConfiguredHome };

/** What the process at work says of itself. */
export interface TurnHolder extends AtWork {
  readonly pubkey: string;
  readonly pid: number;
  /** Base units in decimal digits: what a job may cost in all, and what a provider may be paid in a day. */
  readonly job_limit_units: string;
  /** See `job_limit_units`. */
  readonly provider_day_limit_units: string;
}

/** What a process at work says of its limits. */
export function toldLimits({ spending }: Pick<ConfiguredHome, "spending">) {
  return {
    job_limit_units: String(spending.jobUnits),
    provider_day_limit_units: String(spending.providerDayUnits),
  };
}

/** The limits that {@link toldLimits} told. */
export function limitsOf(
  about: Pick<TurnHolder, "job_limit_units" | "provider_day_limit_units">,
  asset: Asset,
): SpendingLimits {
  return {
    jobUnits: BigInt(about.job_limit_units),
    providerDayUnits: BigInt(about.provider_day_limit_units),
    asset,
  };
}

/** How long a command waits for its turn. */
const TURN_MS = 10_000;
const LOCK_MS = 300;
const LOOK_MS = 100;

/** What {@link takeTurn} is told. */
interface TurnOptions {
  /** Whether to open the home when a process is at work that cannot take this work over. */
  readonly fits?: (about: TurnHolder) => boolean;
}

/**
 * Connects to whoever is at work, or opens the home. Ours is to be stopped, theirs to be closed.
 *
 * @throws {StoreError} `locked` when a process that serves no socket holds the home for 10 s; what openConfiguredHome throws
 */
export async function takeTurn(
  { globals, io, output, signal }: Pick<Invocation, "globals" | "io" | "output" | "signal">,
  config: Config,
  { fits = () => true }: TurnOptions = {},
): Promise<Turn> {
  const untilMs = io.clock() + TURN_MS;
  const lockFile = `${config.paths.stateFolder}/state.lock`;
  for (;;) {
    signal.throwIfAborted();
    const client = await daemonOf(config.paths.controlSocket);
    if (client !== null) {
      const about = await client.call("status").catch(() => null) as TurnHolder | null;
      if (about !== null && fits(about)) return { whose: "theirs", client, about };
      client.close();
    }
    // A home takes a dozen workers to open: not while somebody holds it who will serve the socket in a moment.
    if (io.clock() < untilMs && await isLockHeld(lockFile)) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      continue;
    }
    const lockWaitMs = Math.max(0, Math.min(LOCK_MS, untilMs - io.clock()));
    try {
      const home = await openConfiguredHome(config, {
        asker: { globals, io },
        oneOff: true,
        dryRun: globals.dryRun,
        verbose: globals.verbose,
        lockWaitMs,
        path: io.env("PATH") ?? "",
        onLog: clockWarning((text) => void output.warn(text)),
      });
      return { whose: "ours", home };
    } catch (error) {
      if (!(error instanceof Error) || codeOf(error) !== "locked") throw error;
      if (io.clock() < untilMs) continue;
      const waited = `waited ${TURN_MS / 1_000} s`;
      throw new StoreError("locked", error.message.replace(/waited \d+ ms/, waited), {
        cause: error,
      });
    }
  }
}

/** A turn for buying: refuses a home on which a provider is at work, since it takes no answers in. */
export async function takeBuyersTurn(
  invocation: Pick<Invocation, "globals" | "io" | "output" | "signal">,
  config: Config,
  callbackSkill: string | null,
): Promise<Turn> {
  // A command that is at work calls no skill for others: whoever wants one waits for its own turn.
  const turn = await takeTurn(invocation, config, {
    fits: ({ role }) => role !== "command" || callbackSkill === null,
  });
  if (turn.whose === "ours" || turn.about.role !== "node") return turn;
  turn.client.close();
  throw new CommandError(
    "provider_home",
    "a provider is at work in this home",
    "buy with another --home and its own wallet",
  );
}

/** Lets go of the home or of whoever works on it. */
export async function endTurn(turn: Turn): Promise<void> {
  if (turn.whose === "ours") await turn.home.stop();
  else turn.client.close();
}

const served = new WeakMap<ConfiguredHome, Promise<unknown>>();

/**
 * Serves the home's socket for as long as this command lives; commands hand over what needs no skill of theirs. The same home is
 * served once, however often it is asked. That it cannot be served is logged: this command needs it least.
 */
export async function serveTurn(home: ConfiguredHome): Promise<void> {
  const serving = served.get(home) ??
    startServing(home).catch((error: Error) =>
      home.log("warn", "the control socket is not served", { error: error.message })
    );
  served.set(home, serving);
  await serving;
}

async function startServing(home: ConfiguredHome): Promise<void> {
  const { paths, profile } = home.options;
  const control = await home.supervisor.service("control", {
    path: paths.controlSocket,
    about: {
      role: "command",
      pid: Deno.pid,
      network: profile.name,
      relay_url: profile.relayUrl,
      pubkey: home.identity.pubkey,
      ...toldLimits(home),
    },
    callbacks: false,
  }, controlServicesOf(home));
  control.client<Control>().untilChain().then(() => startChains(home)).catch((error: Error) => {
    // The port of a command that has ended: nobody handed a chain over.
    if (codeOf(error) === "closed") return;
    home.log("warn", "chains that were handed over are not run here", { error: error.message });
  });
}

/** What a home's control socket works on. */
export function controlServicesOf({ services }: ConfiguredHome): Record<string, ServiceHandle> {
  const { store, manager } = services;
  return { store, ...(manager === null ? {} : { manager }) };
}
