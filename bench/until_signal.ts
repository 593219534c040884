/**
 * Ends work on Ctrl-C or SIGTERM so that it can remove its temporary files.
 *
 * @module
 */

/** The signals, and the exit code of a command that each of them ends. */
const CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** Does the work and returns its exit code. A signal aborts the work, and the exit code then names the signal. */
export async function untilSignal(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const ended = new AbortController();
  const listeners = (Object.keys(CODES) as (keyof typeof CODES)[])
    .map((name) => ({ name, listener: () => ended.abort(CODES[name]) }));
  for (const { name, listener } of listeners) Deno.addSignalListener(name, listener);
  try {
    return await work(ended.signal);
  } catch (error) {
    if (ended.signal.aborted) return ended.signal.reason;
    throw error;
  } finally {
    for (const { name, listener } of listeners) Deno.removeSignalListener(name, listener);
  }
}
