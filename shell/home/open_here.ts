/**
 * Opens a home in this process, for a command. This module loads most of the program, so a command beside a daemon does not load it.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { systemTimers } from "../../base/timers.ts";
import type { Config } from "../../config/config.ts";
import type { HomeApi } from "../../home/client/home_api.ts";
import { homeMethods } from "../../home/client/home_methods.ts";
import { alwaysAtWork } from "../../home/client/home_work.ts";
import type { QuoteAsker } from "../../market/quotes/quotes_service.ts";
import type { JobLogReader } from "../../market/logs/job_log_reader.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { MoneyMover } from "../../money/channels/money_mover.ts";
import { clockWarning } from "../clock_warning.ts";
import type { Invocation } from "../command.ts";
import { CommandError } from "../errors.ts";
import type { ConnectionNeeds, HomeConnection } from "./connected_home.ts";
import { OneOffWork } from "./one_off_work.ts";
import { type ConfiguredHome, openConfiguredHome } from "./open_home.ts";
import { openStoreAlone } from "./read_store.ts";
import { aboutCommand } from "./home_about.ts";
import { serveHome } from "./serve_home.ts";

type Caller = Pick<Invocation, "globals" | "io" | "output" | "signal">;

/**
 * The methods of a home that this process has opened, and the pipelines that it runs for them. `lost` rejects when a service of the home has
 * died.
 */
export function homeHere(
  home: ConfiguredHome,
  config: Config,
  caller: Pick<Invocation, "io" | "signal">,
  lost: Promise<never> = new Promise(() => {}),
): { readonly api: HomeApi; readonly work: OneOffWork } {
  const work = new OneOffWork(home, config, caller, lost);
  const { store, relayReader, blobs } = home;
  const jobLogs = home.services.jobLogs?.client() as JobLogReader | undefined ?? null;
  // The manager's service also transfers money.
  const manager = home.manager as ChannelManager & MoneyMover | null;
  const quotes = home.services.quotes?.client() as QuoteAsker | undefined ?? null;
  return {
    work,
    api: homeMethods({
      store,
      relayReader,
      jobLogs,
      blobs,
      messages: home.services.messages.client(),
      quotes,
      market: home.services.market.client(),
      manager,
      callbacks: true,
      work,
    }),
  };
}

/**
 * Opens what the needs say: the home, or only its store.
 *
 * @throws {StoreError} `locked` when another process holds the home; what openConfiguredHome throws
 */
export async function openHere(
  caller: Caller,
  config: Config,
  needs: ConnectionNeeds,
  lockWaitMs: number,
): Promise<HomeConnection> {
  if (needs.opens === "store") return await connectionToStore(config, lockWaitMs);
  const { globals, io, output, signal } = caller;
  try {
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    const home = await openConfiguredHome(config, {
      asker: { globals, io, signal },
      oneOff: true,
      // A pipeline goes on without a worker that hangs, and one that was given up rejects by itself.
      onFatal({ code, message }) {
        if (code === "service_died") lost.reject(new CommandError(code, message, GIVE_AGAIN));
      },
      dryRun: globals.dryRun,
      verbose: globals.verbose,
      lockWaitMs,
      path: io.env("PATH") ?? "",
      onLog: clockWarning((text) => void output.warn(text)),
      recipient: needs.recipient,
      writes: needs.writes,
      sends: needs.sends,
      meanwhile: needs.meanwhile,
    });
    return connectionHere(home, config, caller, needs, lost.promise);
  } catch (error) {
    if (needs.opens === "home_or_store" && NO_WALLET.includes(String(codeOf(error)))) {
      return await connectionToStore(config, lockWaitMs);
    }
    throw error;
  }
}

const GIVE_AGAIN = "give the command again: it goes on from the stored state";
const NO_WALLET: readonly string[] = ["no_wallet", "no_passphrase", "no_terms"];

/** Opens only the store. The next process that opens the home sends what is stored. */
async function connectionToStore(
  { paths, profile }: Config,
  lockWaitMs: number,
): Promise<HomeConnection> {
  const store = await openStoreAlone({ paths, profile }, lockWaitMs);
  const offline = () => Promise.reject(new Error("Cannot ask the relay without a wallet"));
  return {
    here: true,
    about: {
      role: "command",
      network: profile.name,
      pubkey: "",
      answers_key: "",
      pid: Deno.pid,
      job_limit_units: "0",
      provider_day_limit_units: "0",
      strangers_day_limit_units: "0",
      window_units: "0",
    },
    api: homeMethods({
      store,
      relayReader: { announcements: offline },
      jobLogs: null,
      blobs: null,
      manager: null,
      callbacks: false,
      work: { ...alwaysAtWork(() => undefined), sends: false },
    }),
    store: () => Promise.resolve(store),
    end: () => store.close(),
  };
}

/**
 * The start of a worker stops this thread, at the moment when the command asks its first questions. So other commands are served only after
 * them; commands that end before start no worker for that.
 */
const SERVED_AFTER_MS = 60;

/** Opens the home in this process and serves it to other commands. */
function connectionHere(
  home: ConfiguredHome,
  config: Config,
  caller: Caller,
  { sends, meanwhile }: ConnectionNeeds,
  lost: Promise<never>,
): HomeConnection {
  const { api, work } = homeHere(home, config, caller, lost);
  // A command that builds a request may ask for quotes.
  if (sends && meanwhile !== undefined) {
    const call = { signal: caller.signal, progress: () => undefined };
    api.quotes({ questions: [], windowMs: 0 }, call).catch(() => undefined);
  }
  const unserved = systemTimers.after(SERVED_AFTER_MS, () => void serveHome(home, work));
  if (sends) work.prepareSending();
  return {
    here: true,
    about: aboutCommand(home),
    api,
    store: () => Promise.resolve(home.store),
    async end() {
      unserved();
      await work.end();
      await home.stop();
    },
  };
}
