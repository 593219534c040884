/**
 * The program that the tests start: from the sources, or as installed in the folder that `CROSSTOWN_PROGRAM` names.
 * `.ci/run` names one, so that the installed program passes the tests, and each start takes less processor time.
 *
 * @module
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { runFlags } from "../shell/run_flags.ts";

const ROOT_URL = new URL("../", import.meta.url).href;
const ROOT = fileURLToPath(ROOT_URL);
const profiles = Deno.env.get("DENO_COVERAGE_DIR");
// An installed program is another file: lines of the sources are counted in processes that run the sources.
const installed = profiles === undefined ? Deno.env.get("CROSSTOWN_PROGRAM") : undefined;

const SOURCES = `${ROOT}deno.json`;
/** Its command line. */
const CLI = installed === undefined ? `${ROOT}cli.ts` : `${installed}/cli.js`;
const CONFIG = installed === undefined ? SOURCES : `${installed}/deno.json`;

/**
 * For a process with an environment of its own: the folder in which it and its children store the lines that they
 * executed. Empty unless `deno task coverage` counts lines. Other processes inherit it.
 */
export const countedInto: Readonly<Record<string, string>> = profiles === undefined
  ? {}
  : { DENO_COVERAGE_DIR: profiles };

/** The arguments of Deno that start it, or another program of the sources, as the task does. */
export function started(args: readonly string[], other?: string): string[] {
  const config = other === undefined ? CONFIG : SOURCES;
  return ["run", "--config", config, ...runFlags(Deno.execPath()), other ?? CLI, ...args];
}

/**
 * The installed module that stands for one of the sources, as an URL; null if no program is installed, or if it has no module of this
 * name: modules that workers start with keep their names.
 */
export function installedEntry(url: string): string | null {
  if (installed === undefined || !url.startsWith(ROOT_URL) || !url.endsWith(".ts")) return null;
  const file = `${installed}/${url.slice(ROOT_URL.length, -".ts".length)}.js`;
  try {
    Deno.statSync(file);
  } catch {
    return null;
  }
  return pathToFileURL(file).href;
}
