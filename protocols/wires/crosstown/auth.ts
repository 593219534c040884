/**
 * The sign-in of a BTP session on the `crosstown` wire: the protocol data `auth` with JSON `{"peerId","secret"}`. A session that also
 * receives packets (docs/money.md#sessions) adds `channelId`, `expires` and `signature` of a ClaimStateChallenge.
 *
 * @module
 */
import { parseStrictJson } from "../../json/strict_json.ts";
import { type Auth, readProof } from "../../btp/auth.ts";
import { CONTENT_TYPE, type Frame, FrameError, protocolDataOf } from "../../btp/frame.ts";

const AUTH = "auth";
const MAX_AUTH_BYTES = 2_048;

/**
 * The sign-in: the first frame of a session.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { encodeCrosstownFrame } from "./frame.ts";
 * import { crosstownAuthFrame } from "./auth.ts";
 *
 * const frame = crosstownAuthFrame(1, { username: "client", token: "" });
 * assert.equal(new TextDecoder().decode(frame.protocolData[0].data), '{"peerId":"client","secret":""}');
 * assert.equal(encodeCrosstownFrame(frame).length, 52);
 * ```
 */
export function crosstownAuthFrame(requestId: number, auth: Auth): Frame {
  const { username: peerId, token: secret, proof } = auth;
  // The order of the keys is that of the network's test vectors, so that equal sign-ins have equal bytes.
  const value = proof === undefined ? { peerId, secret } : {
    channelId: proof.channelId,
    expires: proof.expiresS,
    peerId,
    secret,
    signature: proof.signature,
  };
  const data = new TextEncoder().encode(JSON.stringify(value));
  return {
    type: "message",
    requestId,
    protocolData: [{ name: AUTH, contentType: CONTENT_TYPE.octets, data }],
  };
}

/**
 * Reads a sign-in; null if the frame is not one. Any content type and unknown members are accepted. The secret may be empty; the server
 * decides whether that is allowed.
 *
 * @throws {FrameError} `field` if the sign-in breaks a rule; the message contains no value
 */
export function parseCrosstownAuth(frame: Frame): Auth | null {
  const entry = frame.type === "message" ? protocolDataOf(frame, AUTH) : undefined;
  if (entry === undefined) return null;
  const { requestId } = frame;
  if (frame.packet !== undefined) throw refused("it carries a packet", requestId);
  const value = objectOf(entry.data, requestId);
  const { peerId, secret, blockchain, channelId, expires, signature } = value;
  if (typeof peerId !== "string" || peerId === "") {
    throw refused("peerId must be text that is not empty", requestId);
  }
  if (typeof secret !== "string") throw refused("secret must be text", requestId);
  const auth = { username: peerId, token: secret };
  if ([channelId, expires, signature].every((member) => member === undefined)) return auth;
  if (blockchain !== undefined && blockchain !== "evm") {
    throw refused("blockchain must be evm", requestId);
  }
  return { ...auth, proof: readProof(value, AUTH, requestId) };
}

function objectOf(data: Uint8Array, requestId: number): Record<string, unknown> {
  if (data.length > MAX_AUTH_BYTES) {
    throw refused(`${data.length} bytes, at most ${MAX_AUTH_BYTES} allowed`, requestId);
  }
  let value: unknown;
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(data);
    value = parseStrictJson(text, { maxBytes: MAX_AUTH_BYTES, maxDepth: 2 });
  } catch {
    throw refused(`${AUTH} must be JSON in UTF-8 without a key twice`, requestId);
  }
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw refused(`${AUTH} must be a JSON object`, requestId);
}

function refused(detail: string, requestId: number): FrameError {
  return new FrameError("field", `Cannot read sign-in: ${detail}`, undefined, requestId);
}
