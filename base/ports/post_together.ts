/**
 * Sends the messages that one turn makes for a port together. Each message that is sent alone wakes the thread at the other end, which costs
 * several times as much as copying it.
 *
 * Held: the messages of the turn until its last microtask that adds one, or until there are 256. A turn without a pause may add more, which
 * the callers limit; all of them are one message.
 *
 * @module
 */

/** Messages to one port, in order. */
interface TogetherPort {
  /** Adds a message. `refused` is called if it cannot be cloned; the messages beside it are sent. */
  post(message: object, refused?: (error: unknown) => void): void;
  /** Sends now what waits. */
  flush(): void;
  /** Forgets what waits. */
  drop(): void;
}

interface Waiting {
  readonly message: object;
  readonly refused?: (error: unknown) => void;
}

/** Collects messages for the port that `to` returns when they are sent. */
export function postTogether(to: () => Pick<MessagePort, "postMessage">): TogetherPort {
  let waiting: Waiting[] = [];
  let isScheduled = false;

  const flush = () => {
    const sent = waiting;
    if (sent.length === 0) return;
    waiting = [];
    if (sent.length > 1) {
      try {
        return to().postMessage({ many: sent.map(({ message }) => message) });
      } catch {
        // One of them cannot be cloned. Nothing was sent.
      }
    }
    for (const { message, refused } of sent) {
      try {
        to().postMessage(message);
      } catch (error) {
        refused?.(error);
      }
    }
  };
  /** Goes on for as long as microtasks add messages, because callers that wake together answer one after the other. */
  const check = (seen: number) => {
    if (waiting.length > seen && waiting.length < MAX_TOGETHER) {
      const now = waiting.length;
      return queueMicrotask(() => check(now));
    }
    isScheduled = false;
    flush();
  };
  return {
    post(message, refused) {
      waiting.push({ message, refused });
      if (isScheduled) return;
      isScheduled = true;
      queueMicrotask(() => check(0));
    },
    flush,
    drop: () => void (waiting = []),
  };
}

const MAX_TOGETHER = 256;

/** The messages of what a port received: those that were sent together, or the one. */
export function messagesOf(data: unknown): readonly unknown[] {
  const many = typeof data === "object" && data !== null ? (data as { many?: unknown }).many : null;
  return Array.isArray(many) ? many : [data];
}
