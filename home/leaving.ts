/**
 * How a provider leaves: nothing new is taken, the announcement is withdrawn, and what is under way is sent, each within a time.
 *
 * @module
 */
import type { Log } from "../base/log/log.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** What leaves. */
interface Leaving {
  /** Takes the announcement back; false when the network did not take that in its time. */
  readonly withdraw: () => Promise<boolean>;
  /** What takes jobs and messages in. */
  readonly inbound: readonly Pick<Pipeline, "drain">[];
  /** What sends answers, and the withdrawal. */
  readonly outbound: Pick<Pipeline, "drain">;
  readonly log: Log;
}

/**
 * Comes back when all has ended: after `deadlineMs` for running jobs, and as much again for what they send. A network that did not
 * take the withdrawal is not waited for a second time: what is to be sent is durable, and the next start sends it.
 */
export async function leaveNetwork(
  { withdraw, inbound, outbound, log }: Leaving,
  deadlineMs: number,
): Promise<void> {
  const withdrawing = withdraw();
  await Promise.allSettled(inbound.map((each) => each.drain(deadlineMs)));
  const withdrawn = await withdrawing;
  if (!withdrawn) log("warn", "the announcement could not be withdrawn in time");
  await outbound.drain(withdrawn ? deadlineMs : 0).catch(() => undefined);
}
