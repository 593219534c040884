/**
 * Starts and stops the verifier's helper workers by its load, at most one for each other core. The main thread does this and sees no event.
 *
 * Held: a handle for each helper.
 *
 * @module
 */
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Supervisor } from "../../runtime/supervisor.ts";
import type { Log } from "../../base/log/log.ts";

/** The most helpers: the verifier itself uses one core. */
export function maxHelpers(): number {
  return Math.max(1, navigator.hardwareConcurrency - 1);
}

/** Starts and stops helpers as the verifier requests, until it ends. If a helper cannot be started, the others take the load. */
export async function keepHelpers(
  supervisor: Pick<Supervisor, "service">,
  verifier: ServiceHandle,
  log: Log,
): Promise<void> {
  using queue = verifier.client();
  const helpers = new Map<number, ServiceHandle>();
  for (;;) {
    const wish = await queue.wish().catch(() => null);
    if (wish === null) return;
    const { change, helper } = wish;
    if (change === "less") {
      await helpers.get(helper)?.stop();
      helpers.delete(helper);
    } else {
      try {
        const handle = await supervisor.service("verifier-helper", { helper }, { verifier });
        helpers.set(helper, handle);
      } catch (error) {
        log("warn", "verifier helper not started", { reason: String(error) });
        continue;
      }
    }
    log("debug", "verifier helpers", { change, helpers: helpers.size });
  }
}
