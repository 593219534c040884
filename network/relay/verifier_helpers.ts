/**
 * Keeps the verifier's helpers: as many workers as its load asks for, up to the cores. The main thread starts and ends them and sees
 * no event.
 *
 * Held: a handle for each helper.
 *
 * @module
 */
import type { ServiceHandle } from "../../runtime/hosted_service.ts";
import type { Supervisor } from "../../runtime/supervisor.ts";
import type { Log } from "../../base/log/log.ts";

/** One core is the verifier's own. */
export function maxHelpers(): number {
  return Math.max(1, navigator.hardwareConcurrency - 1);
}

/** Follows the wishes of a verifier until it ends. A helper that cannot be started is not tried again: the others have the load. */
export async function keepHelpers(
  supervisor: Pick<Supervisor, "service">,
  verifier: ServiceHandle,
  log: Log,
): Promise<void> {
  using desk = verifier.client();
  const helpers = new Map<number, ServiceHandle>();
  for (;;) {
    const wish = await desk.wish().catch(() => null);
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
