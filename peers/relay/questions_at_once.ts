/**
 * Some questions at once, the others in the order in which they came: relays hold a connection to a number of subscriptions (20 is
 * usual) and close what is above it.
 *
 * Holds what waits without a bound: each waiting call is one that its caller awaits.
 *
 * @module
 */

/** Makes the gate: `limit` works at once. What they throw is their caller's. */
export function questionsAtOnce(limit: number): <Answer>(
  ask: () => Promise<Answer>,
) => Promise<Answer> {
  let free = limit;
  const waiting: (() => void)[] = [];
  return async (ask) => {
    if (free > 0) free--;
    else await new Promise<void>((resolve) => waiting.push(resolve));
    try {
      return await ask();
    } finally {
      // The place is handed on, so that nobody who comes now goes before who waits.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
