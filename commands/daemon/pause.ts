/**
 * `crosstown mayor pause|resume` and `crosstown node pause|resume`: buys or sells nothing new for a while.
 *
 * @module
 */
import type { Side } from "../../store/pause_row.ts";
import type { Invocation } from "../../shell/command.ts";
import { openHomeClient } from "../../shell/home/home_client.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { refuseMissingHome } from "../../shell/home/read_store.ts";

/** Pauses a side of the home, or lets it go on. It holds until it is resumed, also over restarts of the daemon. */
export async function pauseCommand(
  invocation: Invocation,
  side: Side,
  pause: boolean,
): Promise<number> {
  const config = await configOf(invocation);
  await refuseMissingHome(config);
  await using home = await openHomeClient(invocation, config, { opens: "store" });
  const sinceMs = (await home.pause({ side, atMs: pause ? invocation.io.clock() : null }))[side];
  const since = sinceMs === null ? null : new Date(sinceMs).toISOString();
  await invocation.output.document("pause", { side, paused_since: since }, () => TOLD[side](since));
  return 0;
}

const TOLD: Readonly<Record<Side, (since: string | null) => string>> = {
  buying: (since) =>
    since === null
      ? "Buying goes on"
      : `Buying is paused since ${
        since.slice(0, 19)
      }Z: no job is posted; those that were posted go on. 'crosstown mayor resume' ends it`,
  selling: (since) =>
    since === null
      ? "Selling goes on: the offer is announced again"
      : `Selling is paused since ${
        since.slice(0, 19)
      }Z: no job is accepted; those that were accepted go on. 'crosstown node resume' ends it`,
};
