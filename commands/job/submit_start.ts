/**
 * Starts `crosstown job submit`. If a process serves the home, the command needs one worker of its own, for the request. It is started
 * before the rest of the command loads, because both take time.
 *
 * @module
 */
import { lstatOrNull } from "../../base/files/missing.ts";
import { configOf } from "../../shell/home/load_config.ts";
import type { Invocation } from "../../shell/command.ts";
import { EarlyMarket } from "./early_market.ts";

/** Posts a job. See `jobSubmit()`. */
export async function startSubmit(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  // A process that opens the home itself has more urgent workers to start.
  const socket = await lstatOrNull(config.paths.controlSocket).catch(() => null);
  await using early = socket !== null ? new EarlyMarket() : null;
  const { jobSubmit } = await import("./job_submit.ts");
  return await jobSubmit(invocation, config, early);
}
