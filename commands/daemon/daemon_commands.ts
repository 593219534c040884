/**
 * `up`, `status` and `down` of a home's daemon, for buyers and providers.
 *
 * @module
 */
import { ConfigError } from "../../base/config_error.ts";
import { dirname } from "../../base/path.ts";
import type { Log } from "../../base/log/log.ts";
import { openFileLog } from "../../base/log/file_log.ts";
import { codeOf } from "../../base/thrown.ts";
import { UNITS } from "../../protocols/ilp/asset.ts";
import type { HomePaths } from "../../config/paths.ts";
import type { Invocation } from "../../shell/command.ts";
import { detachDaemon, holdDaemon } from "./daemon.ts";
import { HeldView } from "./held_view.ts";
import { asOwnersFault } from "./owners_fault.ts";
import { printNotReady, type Ready } from "./daemon_ready.ts";
import { statusDocument, statusText } from "./daemon_status.ts";
import { refuseMissingHome } from "../../shell/home/read_store.ts";
import { CommandError } from "../../shell/errors.ts";
import { passphraseForChild } from "../../shell/home/home_keys.ts";
import { configOf, pathsOf } from "../../shell/home/load_config.ts";
import type { SettingsTold } from "../../shell/home/daemon_settings.ts";
import { daemonOf } from "../../shell/home/daemon_of.ts";
import { type Build, checkSameBuild, type Served } from "../../shell/home/same_build.ts";
import { type AtWork, goneDevNetwork } from "../../shell/home/same_network.ts";

/** Which daemon a command controls. */
type Role = "mayor" | "node";

/** Starts the daemon, in the foreground or detached. */
export async function up(
  invocation: Invocation,
  role: Role,
  args: readonly string[],
  detached: boolean = invocation.options.on("detach"),
): Promise<number> {
  return await asOwnersFault(() => start(invocation, role, args, detached));
}

async function start(
  invocation: Invocation,
  role: Role,
  args: readonly string[],
  detached: boolean,
): Promise<number> {
  const { output, signal, globals, io } = invocation;
  const config = await configOf(invocation);
  const { paths, mayor, profile } = config;
  const running = await daemonOf(paths.controlSocket);
  if (running !== null) {
    // A one-off command ends soon, so the daemon waits until the home is free.
    const holder = await running.call("status").finally(() => running.close()) as Served;
    if (holder.role !== "command") {
      await checkSameBuild(holder);
      throw new CommandError(
        "already_up",
        "a daemon is up in this home",
        "ask it with 'crosstown mayor status' or 'crosstown node status'",
      );
    }
  }
  const { args: opens, line } = await passphraseForChild(config, invocation, role);
  const where = [...opens, "--home", paths.home, "--mayor", mayor, "--network", profile.name];
  if (globals.relay !== undefined) where.push("--relay", globals.relay);
  if (globals.moreRelays !== undefined) where.push("--more-relays", globals.moreRelays);
  if (globals.connector !== undefined) where.push("--connector", globals.connector);
  const writable = await foldersOutside(paths, io.env("PATH") ?? "");
  if (detached) {
    const up = [role, "up", ...args, ...where];
    const ready = await detachDaemon(up, { writable, line: await line?.() });
    await output.document("daemon", ready, () => statusText(ready, profile.asset));
    if (line !== null) await output.note(needsItAgain(role));
    return 0;
  }
  const log: Log = (level, msg, fields) => {
    using file = openFileLog({ path: paths.logFile, clock: io.clock });
    file.log(level, msg, fields);
  };
  await using view = role === "node" && io.screen !== undefined && output.mode === "text" &&
      !invocation.options.on("plain")
    ? new HeldView(invocation, role)
    : null;
  const told = view?.output ?? output;
  const held = holdDaemon({
    args: [role, "run", ...args, ...where, "--output", "json"],
    writable,
    line,
    signal: view === null ? signal : AbortSignal.any([signal, view.stop]),
    restartKilled: true,
    ...view !== null && { onStderr: view.error },
    async onReady(ready) {
      if (ready.error) return await printNotReady(output, ready);
      await output.document("daemon", ready, () => statusText(ready, profile.asset));
      view?.open();
    },
    onFailure: (failure) => void printNotReady(told, failure),
    onRestart(exitCode) {
      log("warn", `the ${role} ended and is started again`, { exit_code: exitCode });
      void told.warn(`the ${role} ended and is started again; see 'crosstown logs'`);
    },
  });
  return await held.catch((error: Error) => {
    // A detached daemon's supervisor has no terminal, so it writes this error to the log.
    if (codeOf(error) === "passphrase_not_kept") log("error", error.message);
    throw error;
  });
}

/**
 * Folders outside of the home that its daemon writes: that of the `info/exclude` in which it hides its files from a repository around the
 * home. Deno denies a process to write the programs that it may run, so no child gets all folders.
 */
async function foldersOutside(
  { mayorFolder, stateFolder }: Pick<HomePaths, "mayorFolder" | "stateFolder">,
  path: string,
): Promise<string[]> {
  try {
    await Deno.lstat(`${mayorFolder}/.git`);
    const { lackingExclude } = await import("../../trail/audit/outer_exclude.ts");
    const file = await lackingExclude({ folder: stateFolder, path });
    return file === null ? [] : [dirname(file)];
  } catch {
    // There is no such repository, or none that git can read.
    return [];
  }
}

/** Tells a user who typed or piped the passphrase that the daemon cannot ask for it again. */
function needsItAgain(role: Role): string {
  return `If this ${role} crashes, it stays down until you start it with its passphrase again: ` +
    "with --passphrase-file or passphrase_file under [wallet] it restarts automatically";
}

/** Prints the daemon's status. Exit 1 if it is not running. */
export async function status(invocation: Invocation, role: Role): Promise<number> {
  // A running daemon is shown even if its file is not valid any more. A home that is not trusted is still refused.
  const paths = await pathsOf(invocation);
  const client = await daemonOf(paths.controlSocket);
  try {
    const config = await configOf(invocation).catch((error: unknown) => {
      if (client === null || !(error instanceof ConfigError)) throw error;
      return error;
    });
    if (client === null) throw await notUpHere(invocation, role);
    const ready = await client.call("status") as Ready & AtWork & Build;
    if (ready.role !== role) throw notUp(role);
    await checkSameBuild(ready);
    const problem = config instanceof ConfigError
      // The daemon says it itself if it has read the file too.
      ? (ready.settings as SettingsTold | undefined)?.problem ? null : config
      : goneDevNetwork(ready, config) ??
        await (await import("./dev_join.ts")).goneJoinedNetwork(paths, ready);
    const told = statusDocument(ready, problem);
    // Without a configuration the network's asset is not known.
    const asset = config instanceof ConfigError ? UNITS : config.profile.asset;
    await invocation.output.document(
      "daemon",
      { state: "up", ...told },
      () => statusText(told, asset),
    );
    return 0;
  } finally {
    client?.close();
  }
}

const STOP_MS = 15_000;
const POLL_MS = 20;

/** Stops the daemon and waits until it has ended. */
export async function down(invocation: Invocation, role: Role): Promise<number> {
  const paths = await pathsOf(invocation);
  const client = await daemonOf(paths.controlSocket);
  if (client === null) throw await notUpHere(invocation, role);
  try {
    const ready = await client.call("status") as Ready;
    if (ready.role !== role) throw notUp(role);
    await client.call("stop");
  } finally {
    client.close();
  }
  const untilMs = invocation.io.clock() + STOP_MS;
  for (;;) {
    const still = await daemonOf(paths.controlSocket);
    if (still === null) break;
    still.close();
    if (invocation.io.clock() > untilMs) {
      throw new CommandError("still_up", `the ${role} did not stop`, "see 'crosstown logs'");
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  await invocation.output.document("stopped", { stopped: true }, `The ${role} is down`);
  return 0;
}

/** The error for a home without a daemon, or for one that somebody named and that does not exist. */
async function notUpHere(invocation: Invocation, role: Role): Promise<CommandError> {
  const config = await configOf(invocation).catch(() => null);
  if (config !== null) await refuseMissingHome(config);
  return notUp(role);
}

function notUp(role: Role): CommandError {
  return new CommandError(
    "not_up",
    `no ${role} is up in this home`,
    `run 'crosstown ${role} up --detach'; if it was up, 'crosstown logs' says why it ended`,
  );
}
