/**
 * A command that has opened a home serves its control socket, like a daemon. So other commands of the same home are served and need not
 * wait until it ends.
 *
 * @module
 */
import { codeOf, messageOf } from "../../base/thrown.ts";
import { startSequences } from "../../home/sequences.ts";
import type { Need } from "../../home/client/home_work.ts";
import { SupervisorStopped } from "../../runtime/supervisor_stopped.ts";
import type { NeedsOfCalls } from "../../home/control/served_needs.ts";
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import { aboutCommand } from "./home_about.ts";
import { ownBuild } from "./same_build.ts";
import type { ConfiguredHome } from "./open_home.ts";

/** Starts what calls of other commands need. */
interface ServesNeeds {
  /** Keeps it running until `over`; rejects if it cannot be started. */
  serve(need: Need, over: Promise<void>): Promise<void>;
}

/** Serves while the home is open. A failure is only logged, because this command itself does not need the socket. */
export async function serveHome(home: ConfiguredHome, work: ServesNeeds): Promise<void> {
  try {
    const service = await home.supervisor.service("control", {
      path: home.options.paths.controlSocket,
      about: { ...aboutCommand(home), ...await ownBuild() },
      oneOff: true,
    }, controlServicesOf(home));
    const control = service.client();
    const sequences = control.untilSequence().then(() => startSequences(home));
    await Promise.all([sequences, serveNeeds(control, work)]);
  } catch (error) {
    // The command's connection has ended, also while the worker was starting.
    if (codeOf(error) === "closed" || error instanceof SupervisorStopped) return;
    home.log("warn", "the control socket is not served", { error: messageOf(error) });
  }
}

/** Ends with the control service. */
async function serveNeeds(control: NeedsOfCalls, work: ServesNeeds): Promise<void> {
  for (;;) {
    const { id, need } = await control.nextNeed();
    work.serve(need, control.untilNeedIsOver(id).catch(() => undefined))
      .catch((error) => control.refuseNeed(id, messageOf(error)))
      .catch(() => undefined);
  }
}

/** The services behind a home's control socket. */
export function controlServicesOf({ services }: ConfiguredHome): Record<string, ServiceHandle> {
  const { store, manager, relayReader, jobLogs, blobs, messages, quotes, market } = services;
  return {
    store,
    relayReader,
    ...(manager === null ? {} : { manager }),
    ...(jobLogs === null ? {} : { jobLogs }),
    blobs,
    messages,
    market,
    ...(quotes === null ? {} : { quotes }),
  };
}
