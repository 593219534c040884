/**
 * The dev network's verifier for benches that run its relay themselves: in its own worker, with helpers that start under load, as with `dev
 * up`.
 *
 * @module
 */
import { createSupervisor } from "../home/workers/supervisor.ts";
import { keepHelpers, maxHelpers } from "../network/relay/verifier_helpers.ts";
import { verifyAt, type VerifyEvents } from "../network/relay/verify_lane.ts";
import { makeNetworkWorker, NETWORK_SERVICES } from "../network/workers/groups.ts";
import type { VerifierQueueOptions } from "../verifier/verifier_queue.ts";

/** A running verifier. */
export interface Verifying extends AsyncDisposable {
  /** Recomputes the ids too. */
  readonly verify: VerifyEvents;
  /** As the relay uses it, which recomputes the ids itself. */
  readonly verifySignatures: VerifyEvents;
}

/** Starts one. Valid signatures are remembered as in the product, unless an option says otherwise. */
export async function startVerifying(
  options: Pick<VerifierQueueOptions, "remember"> = {},
): Promise<Verifying> {
  const supervisor = createSupervisor({
    log: () => {},
    tables: { stages: {}, services: NETWORK_SERVICES },
    spawn: (name, permissions, units) =>
      makeNetworkWorker(units, { type: "module", name, deno: { permissions } }),
  });
  const verifier = await supervisor.service("verifier", { maxHelpers: maxHelpers(), ...options });
  const helped = keepHelpers(supervisor, verifier, () => {});
  const client = verifier.client();
  return {
    verify: (events) => client.verify(events),
    verifySignatures: verifyAt(client),
    async [Symbol.asyncDispose]() {
      await supervisor.stop();
      await helped;
    },
  };
}
