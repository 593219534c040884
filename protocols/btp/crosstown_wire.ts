/**
 * The Crosstown network's own wire, and how the wire of a session is chosen: by a profile's word, or by the first frame.
 *
 * @module
 */
import {
  decodeCrosstownPacket,
  encodeCrosstownFulfill,
  encodeCrosstownPrepare,
  encodeCrosstownReject,
  MAX_CROSSTOWN_DATA_BYTES,
} from "../ilp/crosstown_packet.ts";
import { decodePacket, encodeFulfill, encodePrepare, encodeReject } from "../ilp/packet.ts";
import { decodeCrosstownFrame, encodeCrosstownFrame } from "./crosstown.ts";
import { crosstownAuthFrame, parseCrosstownAuth } from "./crosstown_auth.ts";
import { FrameError } from "./frame.ts";
import { interledgerWire, type Wire } from "./wire.ts";

/**
 * BTP and ILP as the Crosstown network frames them.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { crosstownWire as wire } from "./crosstown_wire.ts";
 *
 * const hello = wire.encodeFrame(wire.authFrame(1, { username: "alice", token: "s" }));
 * assert.deepEqual(wire.parseAuth(wire.decodeFrame(hello)), { username: "alice", token: "s" });
 * ```
 */
export const crosstownWire: Wire = {
  name: "crosstown",
  maxPrepareDataBytes: MAX_CROSSTOWN_DATA_BYTES,
  decodeFrame: decodeCrosstownFrame,
  encodeFrame: encodeCrosstownFrame,
  encodePrepare: encodeCrosstownPrepare,
  encodeFulfill: encodeCrosstownFulfill,
  encodeReject: encodeCrosstownReject,
  decodePacket: decodeCrosstownPacket,
  authFrame: crosstownAuthFrame,
  parseAuth: parseCrosstownAuth,
};

/**
 * Packets as they are held inside, whatever the wires of the sessions that they come and leave by: ILPv4's form, with the data that
 * the widest wire allows. Each session's own limit is checked at its edge.
 */
export const innerPackets: Pick<
  Wire,
  "encodePrepare" | "encodeFulfill" | "encodeReject" | "decodePacket"
> = {
  encodePrepare: (prepare) => encodePrepare(prepare, MAX_CROSSTOWN_DATA_BYTES),
  encodeFulfill,
  encodeReject,
  decodePacket: (bytes) => decodePacket(bytes, MAX_CROSSTOWN_DATA_BYTES),
};

/** The wire that a profile names. */
export function wireOf(name: Wire["name"]): Wire {
  return name === "crosstown" ? crosstownWire : interledgerWire;
}

/**
 * The wire of a session's first frame: `interledger` if the string behind type and request id spans exactly the rest, else
 * `crosstown` if the whole frame parses, else null. No frame is both: a body that begins with the count of its entries is never
 * as short as that count.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { detectWire, wireOf } from "./crosstown_wire.ts";
 *
 * for (const name of ["interledger", "crosstown"] as const) {
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
  if (size === 0 || size > 4 || bytes.length < at + 1 + size) return false;
  let length = 0;
  for (const byte of bytes.subarray(at + 1, at + 1 + size)) length = length * 256 + byte;
  return bytes.length === at + 1 + size + length;
}
