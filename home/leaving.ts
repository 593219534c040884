/**
 * How a provider stops: it accepts nothing new, withdraws its announcement, and sends its open answers, each within a limit.
 *
 * @module
 */
import type { Log } from "../base/log/log.ts";
import type { Pipeline } from "../runtime/pipeline_spec.ts";

/** The parts of a provider that stop. */
interface Leaving {
  /** Withdraws the announcement; false if the network did not accept the withdrawal in time (`waitMs`). */
  readonly withdraw: (waitMs?: number) => Promise<boolean>;
  /** Relay or connector are not reached, so the withdrawal is stored for the next start and not waited for. */
  readonly isAway: boolean;
  /** The pipelines that receive jobs and messages. */
  readonly inbound: readonly Pick<Pipeline, "drain">[];
  /** The pipeline that sends answers and the withdrawal. */
  readonly outbound: Pick<Pipeline, "drain">;
  readonly log: Log;
}

/**
 * Returns when all parts have stopped: after at most `deadlineMs` for running jobs, and as long again for their answers. If the network did
 * not accept the withdrawal, it gets no second wait. Unsent rows are durable, and the next start sends them.
 */
export async function leaveNetwork(
  { withdraw, isAway, inbound, outbound, log }: Leaving,
  deadlineMs: number,
): Promise<void> {
  const withdrawing = withdraw(isAway ? 0 : undefined);
  await Promise.allSettled(inbound.map((each) => each.drain(deadlineMs)));
  const withdrawn = await withdrawing;
  if (!withdrawn) log("warn", "the announcement could not be withdrawn in time");
  await outbound.drain(withdrawn ? deadlineMs : 0).catch(() => undefined);
}
