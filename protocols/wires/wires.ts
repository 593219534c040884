/**
 * All wires, and how the wire of a session is chosen: by the name in a profile, or by the first frame.
 *
 * @module
 */
import { FrameError } from "../btp/frame.ts";
import type { Wire } from "../btp/wire.ts";
import { decodeCrosstownFrame } from "./crosstown/frame.ts";
import { crosstownWire } from "./crosstown/wire.ts";
import type { WireName } from "./names.ts";
import { interledgerWire } from "./interledger/wire.ts";

const WIRES: Readonly<Record<WireName, Wire>> = {
  interledger: interledgerWire,
  crosstown: crosstownWire,
};

/** The wire with this name. */
export function wireOf(name: WireName): Wire {
  return WIRES[name];
}

/**
 * The wire of a session's first frame: `interledger` if the length after type and request id is exactly the length of the rest; otherwise
 * `crosstown` if the whole frame can be decoded; otherwise null. No sign-in matches both: on the crosstown wire, the byte after the request
 * id is the count of entries, and the rest of the frame is always longer than that count.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { WIRE_NAMES } from "./names.ts";
 * import { detectWire, wireOf } from "./wires.ts";
 *
 * for (const name of WIRE_NAMES) {
 *   const wire = wireOf(name);
 *   const hello = wire.encodeFrame(wire.authFrame(1, { username: "alice", token: "s" }));
 *   assert.equal(detectWire(hello)?.name, name);
 * }
 * assert.equal(detectWire(new Uint8Array(9)), null);
 * ```
 */
export function detectWire(firstFrame: Uint8Array): Wire | null {
  if (spansTheRest(firstFrame, 5)) return interledgerWire;
  try {
    decodeCrosstownFrame(firstFrame);
    return crosstownWire;
  } catch (error) {
    if (error instanceof FrameError) return null;
    throw error;
  }
}

function spansTheRest(bytes: Uint8Array, at: number): boolean {
  if (bytes.length <= at) return false;
  const first = bytes[at];
  if (first < 0x80) return bytes.length === at + 1 + first;
  const size = first & 0x7f;
  if (size === 0 || size > 4) return false;
  // If the bytes of the length itself are incomplete, the comparison below is false.
  let length = 0;
  for (const byte of bytes.subarray(at + 1, at + 1 + size)) length = length * 256 + byte;
  return bytes.length === at + 1 + size + length;
}
