/**
 * Connects a command to the process that holds its home.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { type ControlClient, controlClient } from "../../home/control/control_client.ts";

/** A connection to the process that holds a home; null if none answers. If no socket file exists, nothing is opened. */
export async function daemonOf(socket: string): Promise<ControlClient | null> {
  try {
    await Deno.lstat(socket);
    return await controlClient(socket);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return null;
    if (codeOf(error) === "no_daemon") return null;
    throw error;
  }
}
