/**
 * A provider's announcement, for its name. A running daemon is asked, which has a connection to the relay; without one, a worker of this
 * command asks the relay.
 *
 * @module
 */
import { fromJson } from "../../home/client/lossless_json.ts";
import type { Announcement } from "../../market/announcement.ts";
import { daemonOf } from "../../shell/home/daemon_of.ts";
import type { DashboardWorkers } from "./dashboard_workers.ts";

/** The announcements of this provider: at most one. */
export async function announced(
  pubkey: string,
  socket: string,
  { relayReader }: Pick<DashboardWorkers, "relayReader">,
): Promise<readonly Announcement[]> {
  const client = await daemonOf(socket).catch(() => null);
  if (client === null) return await (await relayReader()).announcements([], pubkey);
  try {
    const told = await client.call("announcements", { kinds: [], provider: pubkey });
    return fromJson(told) as readonly Announcement[];
  } finally {
    client.close();
  }
}
