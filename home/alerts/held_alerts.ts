/**
 * Holds alerts that cannot be delivered now, instead of queueing each of them as a paid write. When delivery is possible again, the newest
 * of each kind and subject is sent. The store keeps them over a restart, and what sends one removes it in the same commit.
 *
 * Held: at most 16 alerts. If there are more, the oldest is dropped.
 *
 * @module
 */
import type { Change, Store } from "../../store/store.ts";
import type { SentAlert } from "./alerting.ts";

const MAX_HELD = 16;
/** The most characters of a held text, so that all of them fit into one value of the store. */
const MAX_TEXT = 1_000;
/** The value of the store that has them: a JSON array, the oldest first. */
const NAME = "alerts:held";
/** The pause after a failed delivery, in milliseconds. */
const AGAIN_MS = 30_000;

/** A way to send alerts that holds them for a while. */
interface HeldAlerts {
  /**
   * Sends the alert, or holds it. An earlier held alert of the same kind and subject is dropped. If sending fails, the alert is held, and the
   * call rejects.
   */
  send(alert: SentAlert): Promise<void>;
  /** Sends what is held, if that is possible now, the oldest first. Call it from time to time. What fails stays held, and the call rejects. */
  flush(): Promise<void>;
}

/** Where they are kept, and how one is sent: with the changes of the commit that sends it. */
interface HeldWith {
  readonly store: Pick<Store, "cursor" | "commit">;
  readonly send: (alert: SentAlert, changes: readonly Change[]) => Promise<void>;
  readonly ready: () => boolean;
  readonly clock: () => number;
}

/** Sends with `send` while `ready` is true, and holds alerts otherwise. The text of a held alert gets its time. */
export function heldAlerts({ store, send, ready, clock }: HeldWith): HeldAlerts {
  let held: ReadonlyMap<string, SentAlert> | null = null;
  let last: Promise<unknown> = Promise.resolve();
  let flushing = false;
  let failedMs = -Infinity;

  const read = async () => {
    const kept = JSON.parse(await store.cursor(NAME) ?? "[]") as SentAlert[];
    return new Map(kept.map((alert) => [nameOf(alert), alert]));
  };
  /** One at a time: each of these replaces the whole value. */
  const inOrder = (task: (held: ReadonlyMap<string, SentAlert>) => Promise<void>) => {
    const done = last.then(async () => await task(held ??= await read()));
    last = done.catch(() => undefined);
    return done;
  };
  const hold = async (now: ReadonlyMap<string, SentAlert>, alert: SentAlert) => {
    const next = new Map(now);
    const text = `${alert.text.slice(0, MAX_TEXT)} (at ${alert.at.slice(0, 19)}Z)`;
    next.delete(nameOf(alert));
    next.set(nameOf(alert), { ...alert, text });
    if (next.size > MAX_HELD) next.delete(next.keys().next().value!);
    await store.commit([valueOf(next)]);
    held = next;
  };
  const deliver = async (now: ReadonlyMap<string, SentAlert>, alert: SentAlert) => {
    const next = new Map(now);
    const changes = next.delete(nameOf(alert)) ? [valueOf(next)] : [];
    await send(alert, changes);
    held = next;
    return next;
  };
  return {
    send: (alert) =>
      inOrder(async (now) => {
        if (!ready()) return await hold(now, alert);
        try {
          await deliver(now, alert);
        } catch (error) {
          failedMs = clock();
          await hold(now, alert);
          throw error;
        }
      }),
    async flush() {
      const sinceMs = clock() - failedMs;
      if (flushing || !ready() || sinceMs >= 0 && sinceMs < AGAIN_MS) return;
      flushing = true;
      try {
        await inOrder(async (now) => {
          for (const alert of now.values()) {
            if (!ready()) return;
            now = await deliver(now, alert);
          }
        });
      } catch (error) {
        failedMs = clock();
        throw error;
      } finally {
        flushing = false;
      }
    },
  };
}

function nameOf({ alert, subject }: SentAlert): string {
  return `${alert} ${subject}`;
}

function valueOf(held: ReadonlyMap<string, SentAlert>): Change {
  return { op: "setCursor", name: NAME, value: JSON.stringify([...held.values()]) };
}
