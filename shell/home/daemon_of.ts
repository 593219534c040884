/**
 * The process at work on a home, as another command reaches it.
 *
 * @module
 */
import { codeOf } from "../../base/thrown.ts";
import { type ControlClient, controlClient } from "../../home/control/control_client.ts";

/** The process at work on a home, or null when none answers. Where nothing ever listened, no socket is opened. */
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
