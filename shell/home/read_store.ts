/**
 * Opens the home's store without its workers: for reading, while another process may be writing, or alone.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import type { Config } from "../../config/config.ts";
import type { OpenStore } from "../../store/store.ts";
import { lstatOrNull } from "../../base/files/missing.ts";
import { UsageError } from "../errors.ts";

/** Opens it for reading; close it with `await using`. Throws CommandError `other_version` if a daemon of another build uses it. */
export async function readStore(config: Config): Promise<OpenStore & AsyncDisposable> {
  try {
    return await readStoreIn(config.paths.stateFolder);
  } catch (error) {
    if (codeOf(error) !== "version") throw error;
    // The daemon that works on it can say its version.
    const { otherBuildAt } = await import("./same_build.ts");
    throw await otherBuildAt(config.paths.controlSocket) ?? error;
  }
}

/** The same for a mayor's state folder. */
export async function readStoreIn(folder: string): Promise<OpenStore & AsyncDisposable> {
  // Imported here, because the driver takes a while to load.
  const { openSqliteStore } = await import("../../store/sqlite_store.ts");
  const store = await openSqliteStore({ folder, clock: Date.now, readOnly: true });
  return { ...store, [Symbol.asyncDispose]: () => store.close() };
}

/** Opens the home's store alone, to write to it. If there is none, it makes an empty one. */
export async function openStoreAlone(
  { paths, profile }: Pick<Config, "paths" | "profile">,
  lockWaitMs?: number,
): Promise<OpenStore> {
  const { openSqliteStore } = await import("../../store/sqlite_store.ts");
  return await openSqliteStore({
    folder: paths.stateFolder,
    clock: Date.now,
    journal: true,
    network: profile.name,
    lockWaitMs,
  });
}

/** Makes the empty store that a home's first daemon would make, so that a reader can follow what comes. */
export async function makeFirstStore(config: Config): Promise<void> {
  await (await openStoreAlone(config)).close();
}

/** Whether this home has a store, or had one. If it was lost, opening it reports that. */
export async function hasStore(config: Config): Promise<boolean> {
  const there = ["state.db", "payment_log.jsonl", ".git"].map((name) => isThere(config, name));
  return (await Promise.all(there)).includes(true);
}

/** The same for a command that shows what the home holds. Throws as {@link refuseMissingHome} does. */
export async function hasStoreToShow(config: Config): Promise<boolean> {
  if (await hasStore(config)) return true;
  await refuseMissingHome(config);
  return false;
}

/** Throws UsageError `no_home` if the home's folder is missing as in {@link missingHome}: an empty list would hide a mistyped path. */
export async function refuseMissingHome(
  config: Pick<Config, "paths" | "explain">,
): Promise<void> {
  const missing = await missingHome(config);
  if (missing === null) return;
  const { home } = config.paths;
  throw new UsageError(
    `there is no home: ${missing}`,
    `check the path; 'crosstown init --home ${home}' makes a home there`,
    "no_home",
  );
}

/** Says that `--home` or `GASTOWN_HOME` names a folder that does not exist. Null if it exists, or if nobody named it. */
export async function missingHome(
  { paths: { home }, explain }: Pick<Config, "paths" | "explain">,
): Promise<string | null> {
  const { source } = explain().find(({ key }) => key === "home")!;
  if (!NAMED.includes(source) || await lstatOrNull(home) !== null) return null;
  return `${source} names ${home}, a folder that does not exist`;
}

/** The sources of a home that somebody typed. */
const NAMED = ["--home", "GASTOWN_HOME"];

/** Whether the file itself exists. */
export function storeIsThere(config: Config): Promise<boolean> {
  return isThere(config, "state.db");
}

async function isThere(config: Config, name: string): Promise<boolean> {
  return await lstatOrNull(`${config.paths.stateFolder}/${name}`) !== null;
}
