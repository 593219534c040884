/**
 * Two equal requests of one second would be one event, with one id. Where a request cannot be dated a second later, because its quote names
 * it, the job is planned again in the next second.
 *
 * @module
 */
import { pause } from "../../base/pause.ts";
import { CommandError } from "../../shell/errors.ts";

/** How often a job is planned, each time in another second. Others may make the same job meanwhile. */
const MAX_SECONDS = 5;

/** Another job was made of the same request in this second. */
export class SameSecond extends CommandError {
  /** Says what to do if this happens again and again. */
  constructor() {
    super(
      "busy",
      "another job was made of the same request in this second",
      "give the command again",
    );
  }
}

/** Plans and makes a job, and does so again in the next second when it throws SameSecond. The last time, throws it. */
export async function inFreeSecond<Made>(
  clock: () => number,
  signal: AbortSignal,
  make: () => Promise<Made>,
): Promise<Made> {
  for (let seconds = 1;; seconds++) {
    try {
      return await make();
    } catch (error) {
      if (!(error instanceof SameSecond) || seconds >= MAX_SECONDS) throw error;
      await pause(1_000 - clock() % 1_000, signal);
      signal.throwIfAborted();
    }
  }
}
