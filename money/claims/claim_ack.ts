/**
 * `claim-ack` and `claim-state`: a receiver's statements about a channel's account, as protocol data in its answers.
 *
 * @module
 */

/** The name of the protocol data in every answer to a claim. */
export const CLAIM_ACK = "claim-ack";
/** The name of the request for an account's figures, and of its answer. */
export const CLAIM_STATE = "claim-state";

/** Why a claim was rejected. */
export type ClaimRefusal =
  | "claim_missing"
  | "claim_malformed"
  | "unknown_channel"
  | "wrong_channel"
  | "wrong_domain"
  | "token_missing"
  | "channel_closed"
  | "settlement_timeout"
  | "wrong_signer"
  | "signature_invalid"
  | "nonce_not_advancing"
  | "nonce_too_far"
  | "amount_not_advancing"
  | "over_deposit"
  | "deposit_too_small"
  | "not_payable"
  | "rate_limited";

/** The figures of one account, in base units. */
export interface AccountFigures {
  /** The highest accepted nonce. */
  readonly nonce: number;
  readonly credited: bigint;
  readonly spent: bigint;
  readonly held: bigint;
}

/** The answer to a claim, with the account's figures after it. */
export interface ClaimAck extends AccountFigures {
  readonly result: "accepted" | "rejected";
  /** The reason of a rejection. A reason from another program is kept unchanged. */
  readonly reason?: string;
  /** The most packets that one signed claim may cover on this session (docs/money.md#covered-claims). Absent: each needs its own. */
  readonly covers?: number;
}

/** The account as its receiver keeps it. `claim` is our own best claim, which proves the figures. */
export interface ClaimState extends AccountFigures {
  readonly claim: Uint8Array | null;
}

const MAX_BYTES = 16_384;

/** The bytes of the protocol data `claim-ack`. */
export function encodeClaimAck(ack: ClaimAck): Uint8Array {
  return encode({
    result: ack.result,
    ...(ack.reason === undefined ? {} : { reason: ack.reason }),
    ...(ack.covers === undefined ? {} : { covers: ack.covers }),
    ...figures(ack),
  });
}

/**
 * The acknowledgement. Null if the bytes are not one: then the peer is treated as if it had sent none.
 *
 * @example
 * ```ts
 * import assert from "node:assert/strict";
 * import { decodeClaimAck, encodeClaimAck } from "./claim_ack.ts";
 *
 * const ack = { result: "accepted", nonce: 3, credited: 900n, spent: 600n, held: 0n } as const;
 * assert.deepEqual(decodeClaimAck(encodeClaimAck(ack)), ack);
 * assert.equal(decodeClaimAck(new Uint8Array([123])), null);
 * ```
 */
export function decodeClaimAck(bytes: Uint8Array): ClaimAck | null {
  const fields = parse(bytes);
  const read = fields && readFigures(fields);
  if (!read || (fields.result !== "accepted" && fields.result !== "rejected")) return null;
  const reason = typeof fields.reason === "string" ? { reason: fields.reason.slice(0, 64) } : {};
  const covers = isCount(fields.covers) ? { covers: fields.covers } : {};
  return { result: fields.result, ...reason, ...covers, ...read };
}

/** The bytes of the answer to a `claim-state` request. */
export function encodeClaimState(state: ClaimState): Uint8Array {
  const claim = state.claim === null ? null : new TextDecoder().decode(state.claim);
  return encode({ ...figures(state), claim });
}

/** The account's figures. Null if the bytes are not such an answer. */
export function decodeClaimState(bytes: Uint8Array): ClaimState | null {
  const fields = parse(bytes);
  const read = fields && readFigures(fields);
  if (!read) return null;
  const claim = typeof fields.claim === "string" ? new TextEncoder().encode(fields.claim) : null;
  return { ...read, claim };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) > 0;
}

function figures(of: AccountFigures): Record<string, unknown> {
  return {
    nonce: of.nonce,
    credited: String(of.credited),
    spent: String(of.spent),
    held: String(of.held),
  };
}

function readFigures(fields: Record<string, unknown>): AccountFigures | null {
  const { nonce } = fields;
  if (!Number.isSafeInteger(nonce) || (nonce as number) < 0) return null;
  const amounts: bigint[] = [];
  for (const name of ["credited", "spent", "held"]) {
    const value = fields[name];
    // Peers may write plain numbers. Only exact ones are accepted.
    const text = Number.isSafeInteger(value) ? String(value) : value;
    if (typeof text !== "string" || !/^\d{1,20}$/.test(text)) return null;
    amounts.push(BigInt(text));
  }
  return { nonce: nonce as number, credited: amounts[0], spent: amounts[1], held: amounts[2] };
}

function encode(fields: Record<string, unknown>): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(fields));
}

function parse(bytes: Uint8Array): Record<string, unknown> | null {
  if (bytes.length > MAX_BYTES) return null;
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : null;
  } catch {
    return null;
  }
}
