/**
 * Keeps the heap of a dashboard small. V8 collects values that have become old only after they have grown by several megabytes; a dashboard
 * that follows a busy home makes a hundred kilobytes of them a second. A collection takes about 20 ms.
 *
 * @module
 */

/** How much the heap may grow before it is collected, in bytes: more than the young values that it always holds, up to 0.8 MB. */
const GROWTH_BYTES = 1_100_000;

/**
 * Returns a function to call once a second. It does nothing where the runtime has no `gc`, which only the flags of what is installed give a
 * dashboard.
 */
export function heapBound(
  collect = (globalThis as { readonly gc?: () => void }).gc,
  usedBytes: () => number = () => Deno.memoryUsage().heapUsed,
): () => void {
  if (collect === undefined) return () => {};
  let leastBytes = Infinity;
  return () => {
    const grown = usedBytes() > leastBytes + GROWTH_BYTES;
    if (grown) collect();
    leastBytes = grown ? usedBytes() : Math.min(leastBytes, usedBytes());
  };
}
