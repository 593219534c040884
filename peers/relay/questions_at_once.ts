/**
 * Runs a limited number of questions at the same time, and the others after them in the order of their calls. Relays limit the
 * subscriptions of a connection (20 is usual) and close those above the limit.
 *
 * The queue of waiting calls has no limit. Each of them is awaited by its caller.
 *
 * @module
 */

/** Makes a function that runs at most `limit` questions at the same time. An error of a question goes to its caller. */
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
      // The free place goes directly to the next waiting call, so that no new call overtakes it.
      const next = waiting.shift();
      if (next === undefined) free++;
      else next();
    }
  };
}
