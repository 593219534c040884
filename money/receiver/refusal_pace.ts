/**
 * Delays the decision on packets of an account with too many recent refusals.
 *
 * @module
 */
import { RateLimit } from "../../base/rate_limit.ts";
import type { Timers } from "../../base/timers.ts";
import type { ReceiverAccount } from "./receiver_account.ts";
import type { ReceiverOptions } from "./receiver_options.ts";

/**
 * Waits while the account had too many packets refused recently. A request for a known answer does not wait. Without `refusals`, nothing
 * waits.
 */
export async function untilPaced(
  account: ReceiverAccount,
  refusals: ReceiverOptions["refusals"],
  timers: Timers,
): Promise<void> {
  if (refusals === undefined) return;
  if (account.refusals === null) {
    const limit = new RateLimit(...refusals);
    account.refusals = {
      waitMs: () => limit.waitMs(timers.now()),
      count: (times) => limit.owe(timers.now(), times),
    };
  }
  for (;;) {
    const waitMs = account.refusals.waitMs();
    if (waitMs === 0 || account.dead) return;
    await new Promise<void>((resolve) => timers.after(waitMs, resolve));
  }
}
