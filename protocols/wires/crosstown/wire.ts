/**
 * The wire `crosstown`, which the Crosstown network uses.
 *
 * @module
 */
import type { Wire } from "../../btp/wire.ts";
import { crosstownAuthFrame, parseCrosstownAuth } from "./auth.ts";
import { decodeCrosstownFrame, encodeCrosstownFrame } from "./frame.ts";
import {
  decodeCrosstownPacket,
  encodeCrosstownFulfill,
  encodeCrosstownPrepare,
  encodeCrosstownReject,
  MAX_CROSSTOWN_DATA_BYTES,
} from "./packet.ts";
import { rulesOf } from "../../btp/wire_rules.ts";
import { understoodReject } from "./refusal.ts";

/**
 * BTP and ILP in the form of the Crosstown network.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { crosstownWire as wire } from "./wire.ts";
 *
 * const hello = wire.encodeFrame(wire.authFrame(1, { username: "alice", token: "s" }));
 * assert.deepEqual(wire.parseAuth(wire.decodeFrame(hello)), { username: "alice", token: "s" });
 * ```
 */
export const crosstownWire: Wire = {
  name: "crosstown",
  ...rulesOf("crosstown"),
  relayDelivery: "toon",
  claimNamesToken: true,
  carriesInnerForm: false,
  maxPrepareDataBytes: MAX_CROSSTOWN_DATA_BYTES,
  decodeFrame: decodeCrosstownFrame,
  encodeFrame: encodeCrosstownFrame,
  encodePrepare: encodeCrosstownPrepare,
  encodeFulfill: encodeCrosstownFulfill,
  encodeReject: encodeCrosstownReject,
  decodePacket: decodeCrosstownPacket,
  authFrame: crosstownAuthFrame,
  // On this wire, every session has a name. Public nodes accept any name, with an empty secret.
  namelessAuth: (name) => ({ username: name, token: "" }),
  understood: understoodReject,
  parseAuth: parseCrosstownAuth,
};
