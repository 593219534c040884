/**
 * Telling whether the code at an address is a contract of ours: immutable values differ from one deployment to the next and are
 * left out of the comparison.
 *
 * @module
 */

/** A range of bytes in runtime code where an immutable value stands. */
interface ImmutableRange {
  /** The first byte. */
  readonly start: number;
  /** Bytes. */
  readonly length: number;
}

/**
 * Code from a chain with zeros where an artifact has its immutable values: equal to `artifact.runtimeBytecode` for the same contract.
 *
 * @param code `0x` and hex, as `eth_getCode` answers; code that is too short stays as it is beyond its end.
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
