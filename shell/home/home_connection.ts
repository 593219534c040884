/**
 * Connects to a home: in this process, which opens it, or over the socket of the process that holds it. Only one process at a time writes a
 * home's store.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { HomeApi } from "../../home/client/home_api.ts";
import { homeMethods } from "../../home/client/home_methods.ts";
import { alwaysAtWork } from "../../home/client/home_work.ts";
import { remoteHome } from "../../home/control/home_socket.ts";
import type { QuoteAsker } from "../../market/quotes/quotes_service.ts";
import type { JobLogReader } from "../../market/logs/job_log_reader.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { MoneyMover } from "../../money/channels/money_mover.ts";
import type { Supervisor } from "../../home/workers/supervisor.ts";
import { lockHolder } from "../../store/lock.ts";
import type { Store } from "../../store/store.ts";
import { StoreError } from "../../store/store_error.ts";
import { clockWarning } from "../clock_warning.ts";
import type { Invocation } from "../command.ts";
import { CommandError } from "../errors.ts";
import { daemonOf } from "./daemon_of.ts";
import { HomeTurn } from "./home_turn.ts";
import { OneOffWork } from "./one_off_work.ts";
import { type ConfiguredHome, openConfiguredHome } from "./open_home.ts";
import { openStoreAlone, readStore } from "./read_store.ts";
import { otherBuild, ownBuild } from "./same_build.ts";
import { aboutCommand, type HomeAbout, serveHome } from "./serve_home.ts";

/** A connection to a home. */
export interface HomeConnection {
  /** True if this process serves the home. */
  readonly here: boolean;
  readonly about: HomeAbout;
  readonly api: HomeApi;
  /** Reads the store. */
  store(): Promise<Store>;
  /** Closes the connection. */
  end(): Promise<void>;
}

/** What the connection must offer. */
export interface ConnectionNeeds {
  /** Whether the process that holds the home fits. If not, the command waits until that process has ended. */
  readonly fits: (about: HomeAbout) => boolean;
  /** True if something will be sent. The pipelines that send then start at once. */
  readonly sends: boolean;
  /** Called while this process opens the home, so that the command starts its own services beside the home's. */
  readonly meanwhile?: (supervisor: Supervisor) => void;
  /** A recipient outside of channels. The signer accepts it beside its contracts. */
  readonly recipient: string | null;
  /** True if the command writes to the relay. The relay's terms must then be accepted. */
  readonly writes: boolean;
  /** What to open if no process holds the home: the home; its store only, if the wallet cannot be opened; or always only its store. */
  readonly opens: "home" | "home_or_store" | "store";
  /** How long to wait for a process that holds the home's lock without a socket, in milliseconds; 30 s by default. */
  readonly waitMs?: number;
}

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
      manager,
      callbacks: true,
      work,
    }),
  };
}

const LOCK_MS = 300;
const LOOK_MS = 100;

/**
 * Connects to the process that holds the home, or opens the home.
 *
 * @throws {StoreError} `locked` when one process that serves no socket holds the home for `waitMs`; {CommandError} `other_version` when a
 * process of another build holds it; what openConfiguredHome throws
 */
export async function connectHome(
  caller: Caller,
  config: Config,
  needs: ConnectionNeeds,
): Promise<HomeConnection> {
  const { globals, io, output, signal } = caller;
  const turn = new HomeTurn(
    () => performance.now(),
    (holder) => void output.note(`Waiting for ${holder}, which works on this home`),
    needs.waitMs,
  );
  const lockFile = `${config.paths.stateFolder}/state.lock`;
  for (;;) {
    signal.throwIfAborted();
    const connection = await connectionThere(config, needs);
    if (connection !== null) return connection;
    // Opening a home takes a dozen workers, so it is not tried while another process holds the lock and will soon serve the socket.
    const holder = await lockHolder(lockFile);
    turn.see(holder);
    if (holder !== null && turn.leftMs > 0) {
      await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      continue;
    }
    const lockWaitMs = Math.min(LOCK_MS, turn.leftMs);
    try {
      if (needs.opens === "store") return await connectionToStore(config, lockWaitMs);
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
      const code = codeOf(error);
      if (needs.opens === "home_or_store" && NO_WALLET.includes(String(code))) {
        return await connectionToStore(config, lockWaitMs);
      }
      if (!(error instanceof Error) || code !== "locked") throw error;
      if (turn.leftMs > 0) continue;
      const waited = `waited ${Math.floor(turn.waitedMs / 1_000)} s`;
      throw new StoreError("locked", error.message.replace(/waited \d+ ms/, waited), {
        cause: error,
      });
    }
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

/** Opens the home in this process and serves it to other commands at once. */
function connectionHere(
  home: ConfiguredHome,
  config: Config,
  caller: Caller,
  { sends }: ConnectionNeeds,
  lost: Promise<never>,
): HomeConnection {
  const { api, work } = homeHere(home, config, caller, lost);
  void serveHome(home, work);
  if (sends) work.prepareSending();
  return {
    here: true,
    about: aboutCommand(home),
    api,
    store: () => Promise.resolve(home.store),
    async end() {
      await work.end();
      await home.stop();
    },
  };
}

/** Connects to the process that holds the home; null if there is none that fits. */
async function connectionThere(
  config: Config,
  { fits }: ConnectionNeeds,
): Promise<HomeConnection | null> {
  const client = await daemonOf(config.paths.controlSocket);
  if (client === null) return null;
  const about = await client.call("status").catch(() => null) as HomeAbout | null;
  const other = about === null ? null : otherBuild(about, await ownBuild());
  if (about === null || other !== null || !fits(about)) {
    client.close();
    if (other !== null) throw other;
    return null;
  }
  let reading: Promise<Store & AsyncDisposable> | null = null;
  return {
    here: false,
    about,
    api: remoteHome(client),
    store: () => reading ??= readStore(config),
    async end() {
      client.close();
      await (await reading?.catch(() => null))?.[Symbol.asyncDispose]();
    },
  };
}
