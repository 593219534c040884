/**
 * A round trip for people.
 *
 * @module
 */

/** `<1 ms`, `12 ms`, `1.2 s`. */
export function latencyText(ms: number): string {
  if (ms < 1) return "<1 ms";
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}
