/** Calls `look` until it returns true, for conditions that only the other side knows. */
export async function until(look: () => boolean | Promise<boolean>, ms = 120_000): Promise<void> {
  const end = Date.now() + ms;
  for (;;) {
    const begun = Date.now();
    if (await look()) return;
    if (Date.now() > end) throw new Error("it never became so");
    await pauseAfter(Date.now() - begun, 5);
  }
}

/**
 * The pause between two looks: twice as long as a look takes, so that one that starts a process leaves most of a core to the process that it
 * waits for. At least `leastMs`, at most half a second.
 */
export function pauseAfter(tookMs: number, leastMs: number): Promise<void> {
  const pauseMs = Math.max(leastMs, Math.min(2 * tookMs, 500));
  return new Promise((resolve) => setTimeout(resolve, pauseMs));
}
