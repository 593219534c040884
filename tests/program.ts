/**
 * The program that the tests start: from the sources, or as installed in the folder that `CROSSTOWN_PROGRAM` names.
 * `.ci/run` names one, so that the installed program passes the tests, and each start takes less processor time.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { runFlags } from "../shell/run_flags.ts";

const ROOT = fileURLToPath(new URL("../", import.meta.url));
const installed = Deno.env.get("CROSSTOWN_PROGRAM");

const SOURCES = `${ROOT}deno.json`;
/** Its command line. */
const CLI = installed === undefined ? `${ROOT}cli.ts` : `${installed}/cli.js`;
const CONFIG = installed === undefined ? SOURCES : `${installed}/deno.json`;

/** The arguments of Deno that start it, or another program of the sources, as the task does. */
export function started(args: readonly string[], other?: string): string[] {
  const config = other === undefined ? CONFIG : SOURCES;
  return ["run", "--config", config, ...runFlags(Deno.execPath()), other ?? CLI, ...args];
}
