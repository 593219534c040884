/**
 * Checks whether this home's daemon, or its dev network, answers.
 *
 * @module
 */
import { devLayout } from "../../network/dev/layout.ts";
import { controlClient } from "../../home/control/control_client.ts";
import type { HomePaths } from "../../config/paths.ts";
import { otherBuild, ownBuild, type Served } from "../../shell/home/same_build.ts";
import { type Check, fail, good } from "./check.ts";

/** Asks both sockets. One answer is enough. */
export async function daemonCheck({ home, controlSocket }: HomePaths): Promise<Check> {
  for (const socket of [controlSocket, devLayout(home).controlSocket]) {
    try {
      const client = await controlClient(socket);
      try {
        const served = await client.call("status") as Served;
        const dev = socket === controlSocket ? {} : { role: "dev" };
        const other = otherBuild(served, await ownBuild(), dev);
        if (other !== null) return fail("daemon", other.message, other.suggestion);
        return good("daemon", `answers at ${socket}`);
      } finally {
        client.close();
      }
    } catch {
      // No process listens, or the process does not answer.
    }
  }
  return fail(
    "daemon",
    "no daemon and no dev network of this home answers",
    "start one: crosstown node up, crosstown mayor up or crosstown dev up",
  );
}
