/**
 * Connects to a home: in this process, which opens it, or over the socket of the process that holds it. Only one process at a time writes a
 * home's store.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import { remoteHome } from "../../home/control/remote_home.ts";
import { lockHolder } from "../../store/lock.ts";
import type { Store } from "../../store/store.ts";
import { StoreError } from "../../store/store_error.ts";
import type { Invocation } from "../command.ts";
import { daemonOf } from "./daemon_of.ts";
import { HomeTurn } from "./home_turn.ts";
import { readStore } from "./read_store.ts";
import { otherBuild, ownBuild } from "./same_build.ts";
import type { ConnectionNeeds, HomeConnection } from "./connected_home.ts";
import type { HomeAbout } from "./home_about.ts";

type Caller = Pick<Invocation, "globals" | "io" | "output" | "signal">;

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
  const { output, signal } = caller;
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
      const { openHere } = await import("./open_here.ts");
      return await openHere(caller, config, needs, lockWaitMs);
    } catch (error) {
      const code = codeOf(error);
      if (!(error instanceof Error) || code !== "locked") throw error;
      if (turn.leftMs > 0) continue;
      const waited = `waited ${Math.floor(turn.waitedMs / 1_000)} s`;
      throw new StoreError("locked", error.message.replace(/waited \d+ ms/, waited), {
        cause: error,
      });
    }
  }
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
