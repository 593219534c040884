/**
 * Tells a job that ended from one that never started. Its exit code is then that of the program that could not start it, and says nothing
 * about the job.
 *
 * @module
 */
import { LAUNCH_PREFIX, NOT_LAUNCHED, STATUS_END } from "./launch.ts";
import { RUNSC_FAILED, RUNSC_FAULT } from "./runsc.ts";

/** The child was not started, because it or its sandbox could not be prepared. */
export class LaunchError extends Error {
  /** Always `LaunchError`. */
  override readonly name = "LaunchError";
}

/** A child that ended by itself. */
interface EndedChild {
  readonly code: number;
  /** The file of its filter, if it is sandboxed. */
  readonly filterFile: string | undefined;
  /** Whether it ran in gVisor. */
  readonly inRunsc: boolean;
  /** Its standard error, and then its standard output. */
  readonly outputs: readonly Uint8Array[];
}

/** The exit code of a bubblewrap that failed itself, and the start of its message. */
const BWRAP_FAILED = 1;
const BWRAP_PREFIX = "bwrap: ";
/** The sandbox was made, and the command in it does not exist. */
const NO_COMMAND = "bwrap: execvp ";

/**
 * Throws {@link LaunchError} with the reason if a child was not started. Messages are checked, because a child may exit with the same code.
 * Where a child prints the message of bubblewrap itself, its status tells: it has no exit code if nothing ran.
 */
export async function refuseUnlaunched(
  { code, filterFile, inRunsc, outputs }: EndedChild,
): Promise<void> {
  if (code === NOT_LAUNCHED) refuse(outputs[0], LAUNCH_PREFIX);
  if (inRunsc && code === RUNSC_FAILED) { for (const said of outputs) refuse(said, RUNSC_FAULT); }
  if (code !== BWRAP_FAILED || filterFile === undefined) return;
  const said = new TextDecoder().decode(outputs[0]);
  if (!said.startsWith(BWRAP_PREFIX) || said.startsWith(NO_COMMAND)) return;
  const status = await Deno.readTextFile(`${filterFile}${STATUS_END}`).catch(() => "");
  if (!status.includes('"exit-code"')) refuse(outputs[0], BWRAP_PREFIX);
}

function refuse(said: Uint8Array, prefix: string): void {
  const text = new TextDecoder().decode(said);
  if (text.startsWith(prefix)) {
    throw new LaunchError(text.slice(prefix.length).trim().split("\n")[0]);
  }
}
