/**
 * A running daemon and a changed `crosstown.toml`: the daemon keeps the settings of its start.
 *
 * @module
 */
import type { HomePaths } from "../../config/paths.ts";
import type { Invocation } from "../command.ts";
import { daemonOf } from "./daemon_of.ts";

/** Warns if a daemon of this home runs, because it uses a changed setting only after a restart. */
export async function warnOfRunningDaemon(
  { output }: Pick<Invocation, "output">,
  { controlSocket }: Pick<HomePaths, "controlSocket">,
): Promise<void> {
  const client = await daemonOf(controlSocket).catch(() => null);
  if (client === null) return;
  try {
    const { role } = await client.call("status") as { readonly role?: unknown };
    if (role !== "mayor" && role !== "node") return;
    await output.warn(
      `the running ${role} keeps the settings of its start; restart it with ` +
        `'crosstown ${role} down' and 'crosstown ${role} up --detach'`,
    );
  } catch {
    // It has ended since, or does not answer; the file is written all the same.
  } finally {
    client.close();
  }
}
