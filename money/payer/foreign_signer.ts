/**
 * Detects that another process signs for our channel. Then the channel is halted, and no higher nonce is tried (docs/money.md#channels).
 *
 * @module
 */
import { readCoveredClaim } from "../../protocols/evm/covered_claim.ts";
import type { AccountFigures, ClaimAck } from "../claims/claim_ack.ts";
import type { OutgoingPacketRow } from "../../store/store.ts";

/** Why the channel must halt because of these figures. Null if it need not. `own` are our own figures. */
export function foreignSigner(
  figures: AccountFigures,
  own: { readonly nonce: number; readonly signed: bigint },
): string | null {
  if (figures.nonce > own.nonce) {
    return `the peer knows nonce ${figures.nonce}, the highest we issued is ${own.nonce}`;
  }
  if (figures.credited > own.signed) {
    return `the peer was credited ${figures.credited}, the most we signed is ${own.signed}`;
  }
  return null;
}

/** Why the channel must halt because of the peer's answer to a packet's claim. Null if it need not. `outgoing` reads our row by nonce. */
export async function haltReason(
  ack: ClaimAck,
  packet: OutgoingPacketRow,
  own: { readonly nonce: number; readonly signed: bigint },
  outgoing: (nonce: number) => Promise<OutgoingPacketRow | null>,
): Promise<string | null> {
  const foreign = foreignSigner(ack, own);
  if (foreign !== null || ack.result !== "rejected") return foreign;
  const rowOf = (nonce: number) => outgoing(nonce).catch(() => null);
  const watermark = await rowOf(ack.nonce);
  const coveredBy = watermark && readCoveredClaim(watermark.claim)?.coveredBy;
  const signed = coveredBy ? await rowOf(coveredBy) : watermark;
  return refusedForNonce(ack, packet, watermark, signed)
    ? `the peer saw another packet with nonce ${packet.nonce} or above it`
    : null;
}

/**
 * Whether a rejected claim means that another process signs. `nonce_not_advancing` means it, unless the nonce in the peer's answer is a
 * later packet of our own, and `signed`, whose claim that packet brought, has exactly the credited amount. Then the frames only arrived in
 * another order, and the later packet brought the credit.
 */
function refusedForNonce(
  ack: ClaimAck,
  packet: OutgoingPacketRow,
  watermark: OutgoingPacketRow | null,
  signed: OutgoingPacketRow | null,
): boolean {
  if (ack.result !== "rejected" || ack.reason !== "nonce_not_advancing") return false;
  const overtaken = watermark !== null && watermark.nonce === ack.nonce &&
    watermark.nonce > packet.nonce && signed?.cumulative === ack.credited;
  return !overtaken;
}
