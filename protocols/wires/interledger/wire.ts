/**
 * The wire `interledger`.
 *
 * @module
 */
import { interledgerAuthFrame, parseInterledgerAuth } from "../../btp/auth.ts";
import type { Wire } from "../../btp/wire.ts";
import {
  encodeFulfill,
  encodePrepare,
  encodeReject,
  MAX_PREPARE_DATA_BYTES,
} from "../../ilp/packet.ts";
import { decodePacket } from "../../ilp/decode_packet.ts";
import { rulesOf } from "../../btp/wire_rules.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";

/**
 * BTP 2.0 and ILPv4 as in the RFCs.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { interledgerWire as wire } from "./wire.ts";
 *
 * const hello = wire.encodeFrame(wire.authFrame(1, { username: "alice", token: "s" }));
 * assert.deepEqual(wire.parseAuth(wire.decodeFrame(hello)), { username: "alice", token: "s" });
 * ```
 */
export const interledgerWire: Wire = {
  name: "interledger",
  ...rulesOf("interledger"),
  relayDelivery: "json",
  claimNamesToken: false,
  carriesInnerForm: true,
  maxPrepareDataBytes: MAX_PREPARE_DATA_BYTES,
  decodeFrame,
  encodeFrame,
  encodePrepare: (prepare) => encodePrepare(prepare),
  encodeFulfill,
  encodeReject,
  decodePacket: (bytes) => decodePacket(bytes),
  authFrame: interledgerAuthFrame,
  namelessAuth: () => null,
  understood: (reject) => reject,
  parseAuth: parseInterledgerAuth,
};
