/** A search of the relay, run to its end. */
import type { Steps } from "../../../network/relay/event_search.ts";

/** Runs steps to their end at once. */
export function runSteps<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done === true) return value;
  }
}
