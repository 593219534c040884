/**
 * The sign-in of a BTP session on the `interledger` wire: protocol data `auth` (empty, first), `auth_username` and `auth_token`. A session
 * that also receives packets (docs/money.md#sessions) adds a proof of the channel's key as protocol data `channel-proof`.
 *
 * @see https://interledger.org/developers/rfcs/bilateral-transfer-protocol/#authentication
 * @module
 */
import { parseStrictJson } from "../json/strict_json.ts";
import { asChannelId, type ChannelId } from "../evm/channel_id.ts";
import {
  CONTENT_TYPE,
  type Frame,
  FrameError,
  jsonData,
  protocolDataOf,
  textData,
} from "./frame.ts";

/**
 * A signed ClaimStateChallenge. It proves that the sender has the channel's payment key.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type ChannelProof } from "./auth.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 * import { asChannelId } from "../evm/channel_id.ts";
 *
 * const proof: ChannelProof = {
 *   channelId: asChannelId(`0x${"22".repeat(32)}`),
 *   expiresS: 1_754_000_060,
 *   signature: `0x${"33".repeat(65)}`,
 * };
 * const frame = wire.authFrame(1, { username: "alice", token: "s", proof });
 * assert.deepEqual(wire.parseAuth(frame)?.proof, proof);
 * ```
 */
export interface ChannelProof {
  /** The channel of the key. */
  readonly channelId: ChannelId;
  /** When the proof expires, in unix seconds. A receiver accepts a proof for at most 60 s. */
  readonly expiresS: number;
  /** `0x` and 65 bytes. */
  readonly signature: string;
}

/**
 * The username and secret of a sign-in, and the proof if there is one.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { type Auth } from "./auth.ts";
 * import { interledgerWire as wire } from "../wires/interledger/wire.ts";
 *
 * const auth: Auth = { username: "alice", token: "s" };
 * assert.deepEqual(wire.parseAuth(wire.authFrame(1, auth)), auth);
 * ```
 */
export interface Auth {
  /** May be empty. */
  readonly username: string;
  /** The secret. It is never printed. */
  readonly token: string;
  /** Present if the session shall also receive packets. */
  readonly proof?: ChannelProof;
}

const CHANNEL_PROOF = "channel-proof";
const MAX_AUTH_BYTES = 1_024;

/** The sign-in: the first frame of a session. */
export function interledgerAuthFrame(requestId: number, auth: Auth): Frame {
  return {
    type: "message",
    requestId,
    protocolData: [
      { name: "auth", contentType: CONTENT_TYPE.octets, data: new Uint8Array(0) },
      textData("auth_username", auth.username),
      textData("auth_token", auth.token),
      ...(auth.proof === undefined ? [] : [jsonData(CHANNEL_PROOF, {
        channelId: auth.proof.channelId,
        expires: auth.proof.expiresS,
        signature: auth.proof.signature,
      })]),
    ],
  };
}

/**
 * Reads a sign-in; null if the frame is not one. Protocol data may be in any order. A missing username or token is read as empty; the
 * server decides whether that is allowed.
 *
 * @throws {FrameError} `field` if a part is not UTF-8 or too long, or the proof is malformed; the message contains no value
 */
export function parseInterledgerAuth(frame: Frame): Auth | null {
  if (frame.type !== "message" || protocolDataOf(frame, "auth") === undefined) return null;
  const username = textOf(frame, "auth_username") ?? "";
  const token = textOf(frame, "auth_token") ?? "";
  const proof = textOf(frame, CHANNEL_PROOF);
  return proof === null
    ? { username, token }
    : { username, token, proof: parseProof(proof, frame.requestId) };
}

function textOf(frame: Frame, name: string): string | null {
  const entry = protocolDataOf(frame, name);
  if (entry === undefined) return null;
  if (entry.data.length > MAX_AUTH_BYTES) {
    throw refused(
      `${name} has ${entry.data.length} bytes, at most ${MAX_AUTH_BYTES} allowed`,
      frame.requestId,
    );
  }
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(entry.data);
  } catch {
    throw refused(`${name} must be UTF-8`, frame.requestId);
  }
}

function parseProof(text: string, requestId: number): ChannelProof {
  let value: unknown;
  try {
    value = parseStrictJson(text, { maxBytes: MAX_AUTH_BYTES, maxDepth: 2 });
  } catch {
    throw refused(`${CHANNEL_PROOF} must be JSON without a key twice`, requestId);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw refused(`${CHANNEL_PROOF} must be a JSON object`, requestId);
  }
  return readProof(value as Record<string, unknown>, CHANNEL_PROOF, requestId);
}

/**
 * Reads a proof from the members of an object. Messages contain `name`.
 *
 * @throws {FrameError} `field` if a member is missing or breaks its rule; the message contains no value
 */
export function readProof(
  value: Readonly<Record<string, unknown>>,
  name: string,
  requestId: number,
): ChannelProof {
  const { channelId, expires, signature } = value;
  if (typeof channelId !== "string" || !/^0x[0-9a-f]{64}$/i.test(channelId)) {
    throw refused(`${name}.channelId must be 0x and 64 hex digits`, requestId);
  }
  if (typeof expires !== "number" || !Number.isSafeInteger(expires) || expires < 0) {
    throw refused(`${name}.expires must be whole unix seconds`, requestId);
  }
  if (typeof signature !== "string" || !/^0x[0-9a-f]{130}$/i.test(signature)) {
    throw refused(`${name}.signature must be 0x and 65 bytes`, requestId);
  }
  return { channelId: asChannelId(channelId), expiresS: expires, signature };
}

function refused(detail: string, requestId: number): FrameError {
  return new FrameError("field", `Cannot read sign-in: ${detail}`, undefined, requestId);
}
