/**
 * Starts `crosstown job submit`. The home is prepared while the rest of the command loads.
 *
 * @module
 */
import type { Invocation } from "../../shell/command.ts";
import { configOf } from "../../shell/home/load_config.ts";
import { prepareJob } from "../../shell/home/prepare_job.ts";

/** Posts a job. See `jobSubmit()`. */
export async function startSubmit(invocation: Invocation): Promise<number> {
  const config = await configOf(invocation);
  await using _preparing = prepareJob(config.paths.controlSocket);
  const { jobSubmit } = await import("./job_submit.ts");
  return await jobSubmit(invocation, config);
}
