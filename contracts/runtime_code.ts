/**
 * Checks whether the code at an address is one of our contracts. Immutable values differ between deployments and are ignored.
 *
 * @module
 */

/** A range of bytes of an immutable value in runtime code. */
interface ImmutableRange {
  /** The first byte. */
  readonly start: number;
  /** Number of bytes. */
  readonly length: number;
}

/**
 * Code from a chain with zeros in place of the artifact's immutable values. For the same contract it equals `artifact.runtimeBytecode`.
 *
 * @param code `0x` and hex, as `eth_getCode` returns it. Ranges after its end are ignored.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { maskImmutables } from "./runtime_code.ts";
 *
 * assert.equal(maskImmutables("0x60aabbcc", [{ start: 1, length: 2 }]), "0x600000cc");
 * ```
 */
export function maskImmutables(code: string, ranges: readonly ImmutableRange[]): string {
  let masked = code.toLowerCase();
  for (const { start, length } of ranges) {
    const from = 2 + 2 * start;
    if (masked.length < from + 2 * length) continue;
    masked = `${masked.slice(0, from)}${"0".repeat(2 * length)}${masked.slice(from + 2 * length)}`;
  }
  return masked;
}
