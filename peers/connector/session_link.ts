/**
 * A payer's line over a BTP session.
 *
 * @module
 */
import {
  CLAIM_PROTOCOL,
  CONTENT_TYPE,
  type Frame,
  type ProtocolData,
  protocolDataOf,
} from "../../protocols/btp/frame.ts";
import {
  CLAIM_ACK,
  CLAIM_STATE,
  type ClaimState,
  decodeClaimAck,
  decodeClaimState,
} from "../../money/claims/claim_ack.ts";
import type { LinkAnswer, PacketLink } from "../../money/claims/packet_link.ts";
import type { BtpSession } from "./btp_session.ts";

/** How long one request waits for an answer. After that, the packet stays open and is sent again. */
const ANSWER_MS = 120_000;
const STATE_MS = 5_000;

/** The line of one channel's payer over this session. Several channels may share the session. */
export function sessionLink(session: BtpSession, channelId: string): PacketLink {
  return {
    async send({ claim, prepare }) {
      const protocolData: ProtocolData[] = claim.length === 0 ? [] : [{
        name: CLAIM_PROTOCOL,
        contentType: CONTENT_TYPE.json,
        data: claim,
      }];
      try {
        return answerOf(
          await session.request({ protocolData, packet: prepare }, ANSWER_MS),
        );
      } catch {
        return null;
      }
    },
    claimState: () => askClaimState(session, channelId),
    writable: () => session.writable(),
  };
}

/**
 * Asks the peer for the figures of our account, for one channel if `channelId` names it. Null if the peer gives no valid answer within 5 s.
 */
export async function askClaimState(
  session: BtpSession,
  channelId: string | null,
): Promise<ClaimState | null> {
  try {
    // At a peer without claims, the id is that of a trust account, which the question does not name.
    const question = channelId?.startsWith("0x") ? JSON.stringify({ channelId }) : "{}";
    const protocolData = [{
      name: CLAIM_STATE,
      contentType: CONTENT_TYPE.json,
      data: new TextEncoder().encode(question),
    }];
    const frame = await session.request({ protocolData }, STATE_MS);
    const entry = protocolDataOf(frame, CLAIM_STATE);
    return entry === undefined ? null : decodeClaimState(entry.data);
  } catch {
    return null;
  }
}

/** The ILP packet and the claim-ack of a RESPONSE. Null if it carries no packet. */
export function answerOf(frame: Frame): LinkAnswer | null {
  if (frame.packet === undefined) return null;
  const ack = protocolDataOf(frame, CLAIM_ACK);
  return {
    packet: frame.packet,
    ack: ack === undefined ? null : decodeClaimAck(ack.data),
  };
}
