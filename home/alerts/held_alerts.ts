/**
 * Holds alerts that cannot be delivered now, instead of queueing each of them as a paid write. When delivery is possible again, the newest
 * of each kind and subject is sent.
 *
 * Held: at most 16 alerts. If there are more, the oldest is dropped. Nothing is kept over a restart; the alert gate then lets the next
 * repetition through.
 *
 * @module
 */
import type { SentAlert } from "./alerting.ts";

const MAX_HELD = 16;

/** A way to send alerts that holds them for a while. */
interface HeldAlerts {
  /** Sends the alert, or holds it. An earlier held alert of the same kind and subject is dropped. */
  send(alert: SentAlert): Promise<void>;
  /** Sends what is held, if that is possible now, the oldest first. Call it from time to time. */
  flush(): Promise<void>;
}

/** Sends with `send` while `ready` is true, and holds alerts otherwise. The text of a held alert gets its time. */
export function heldAlerts(
  send: (alert: SentAlert) => Promise<void>,
  ready: () => boolean,
): HeldAlerts {
  const held = new Map<string, SentAlert>();
  return {
    async send(alert) {
      if (ready()) return await send(alert);
      const name = `${alert.alert} ${alert.subject}`;
      held.delete(name);
      held.set(name, { ...alert, text: `${alert.text} (at ${alert.at.slice(0, 19)}Z)` });
      if (held.size > MAX_HELD) held.delete(held.keys().next().value!);
    },
    async flush() {
      for (const [name, alert] of held) {
        if (!ready()) return;
        held.delete(name);
        await send(alert);
      }
    },
  };
}
