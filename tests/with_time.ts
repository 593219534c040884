/**
 * Runs `act` with a time, in seconds, in which the machine has to get to what the test is about. Where that time was too short, it runs
 * again with the next one, so that a quick machine does not wait for long and a slow one gets there. What the last one came to is returned
 * whatever it is: the test checks it.
 */
export async function withTime<T>(
  times: readonly number[],
  act: (seconds: number) => Promise<T>,
  gotThere: (came: T) => boolean | Promise<boolean>,
): Promise<T> {
  const last = times.at(-1)!;
  for (const seconds of times) {
    const came = await act(seconds);
    if (seconds === last || await gotThere(came)) return came;
  }
  throw new RangeError("no time is given");
}
