/**
 * Has a daemon's home try again to deliver private messages that relays of their readers do not have yet.
 *
 * @see docs/messages.md
 * @module
 */
import { messageOf } from "../base/thrown.ts";
import type { Log } from "../base/log/log.ts";
import type { Messages } from "../market/messages/messages.ts";
import type { Store } from "../store/store.ts";

/** What it needs. The service of messages starts only if something is due. */
interface DeliveryWatchDeps {
  readonly store: Pick<Store, "undelivered">;
  readonly messages: () => Messages;
  readonly clock: () => number;
  readonly log: Log;
}

const LOOK_MS = 30_000;

/** Makes a look. It tries what is due, and never rejects. */
export function deliveryLook(
  { store, messages, clock, log }: DeliveryWatchDeps,
): () => Promise<void> {
  return async () => {
    try {
      if ((await store.undelivered(clock(), 1)).length === 0) return;
      await messages().run({ op: "deliver" });
    } catch (error) {
      log("warn", "messages could not be delivered", { reason: messageOf(error) });
    }
  };
}

/** Looks every 30 seconds until it is disposed. */
export function watchDeliveries(deps: DeliveryWatchDeps): Disposable {
  const look = deliveryLook(deps);
  let looking = false;
  const timer = setInterval(() => {
    if (looking) return;
    looking = true;
    void look().finally(() => looking = false);
  }, LOOK_MS);
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
