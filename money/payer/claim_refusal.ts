/**
 * What a refused claim means for its packet (docs/money.md#refused-claims). The peer did not look at the packet, so the refusal says nothing
 * about what the packet pays for.
 *
 * @module
 */
import { readCoveredClaim } from "../../protocols/evm/covered_claim.ts";
import type { ClaimAck, ClaimRefusal } from "../claims/claim_ack.ts";
import type { OutgoingPacketRow } from "../../store/store.ts";
import type { PayerLedger } from "./payer_ledger.ts";

/** How long every receiver keeps the row of a closed packet (docs/money.md#packets). */
const ROWS_KEPT_MS = 30 * 86_400_000;

/**
 * Reasons for which a new claim, or the same channel a little later, may be accepted: packets arrived in another order, the peer is busy,
 * or it has not seen yet what the channel is on the chain. The other reasons do not change by themselves.
 */
const PASSING: ReadonlySet<string> = new Set<ClaimRefusal>([
  "nonce_not_advancing",
  "rate_limited",
  "unknown_channel",
  "channel_closed",
  "over_deposit",
]);

/** Reasons that a program gives which cannot read the claim. */
const UNREAD: ReadonlySet<string> = new Set<ClaimRefusal>(["claim_malformed", "claim_missing"]);

/**
 * What the answer to a packet with a claim says.
 * - `packet`: the claim was accepted, so the answer is about the packet.
 * - `renew`: the packet was not accepted and never will be, because its claim was refused. A new claim may be accepted.
 * - `final`: the same, but a new claim would be refused too.
 * - `nothing`: the packet may have been accepted before, so it stays open.
 */
export type AnswerSubject = "packet" | "renew" | "final" | "nothing";

/** What the answer is about. `ack` is null if the peer keeps no credit. */
export function subjectOf(
  ack: ClaimAck | null,
  packet: OutgoingPacketRow,
  ledger: PayerLedger,
  nowMs: number,
): AnswerSubject {
  if (ack?.result !== "rejected" || packet.claim.length === 0) return "packet";
  const { reason = "" } = ack;
  // A program that does not know covered claims cannot find the packet that it, or another version of it, may have accepted.
  if (UNREAD.has(reason) && readCoveredClaim(packet.claim) !== null) return "nothing";
  if (reason === "nonce_not_advancing" && mayBeKnown(ack, packet, ledger, nowMs)) return "nothing";
  return PASSING.has(reason) ? "renew" : "final";
}

/**
 * Whether a peer that refuses a nonce may have accepted this packet before. It does not know the packet. So it never accepted it, or it lost
 * or removed the row: then its highest nonce is below this one, the row is older than it keeps rows, or it has counted more than all our
 * other packets.
 */
function mayBeKnown(
  { nonce, spent, held }: ClaimAck,
  packet: OutgoingPacketRow,
  ledger: PayerLedger,
  nowMs: number,
): boolean {
  if (nonce < packet.nonce || nowMs - packet.createdAtMs >= ROWS_KEPT_MS) return true;
  const { row: own, held: open } = ledger;
  return spent + held > own.spent + own.forfeit + open - packet.amount;
}
