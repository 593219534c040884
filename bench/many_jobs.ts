/**
 * Buys many jobs, some of them at the same time.
 *
 * @module
 */

/** Does `one` this number of times, at most `inFlight` at once; returns how long each took in milliseconds, ascending. */
export async function timesOf(
  count: number,
  inFlight: number,
  one: (at: number) => Promise<unknown>,
): Promise<number[]> {
  const times: number[] = [];
  let next = 0;
  const worker = async () => {
    for (let at = next++; at < count; at = next++) {
      const startMs = performance.now();
      await one(at);
      times.push(performance.now() - startMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return times.sort((a, b) => a - b);
}

/** The time that this share of all jobs did not exceed. */
export function quantile(times: readonly number[], share: number): number {
  return times[Math.min(times.length - 1, Math.floor(times.length * share))];
}
