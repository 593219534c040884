/**
 * Answers the requests that a paying peer sends over a session: packets, and questions about its account.
 *
 * @module
 */
import {
  CLAIM_PROTOCOL,
  CONTENT_TYPE,
  type Frame,
  protocolDataOf,
} from "../../protocols/btp/frame.ts";
import { asChannelId } from "../../protocols/evm/channel_id.ts";
import { parseStrictJson } from "../../protocols/json/strict_json.ts";
import { reached } from "../../base/crash_point.ts";
import {
  CLAIM_ACK,
  CLAIM_STATE,
  encodeClaimAck,
  encodeClaimState,
} from "../../money/claims/claim_ack.ts";
import type { Receiver } from "../../money/receiver/receiver.ts";
import type { PayingAccount, ReceivedPacket } from "../../money/receiver/receiver_options.ts";
import { BtpError } from "./btp_error.ts";
import type { Content } from "./btp_session_options.ts";

const MAX_QUESTION_BYTES = 256;

/** Answers one MESSAGE. Null: no answer is sent. Throws BtpError (answered as ERROR F00) for a message of an unknown kind. */
export async function servePacket(
  frame: Frame,
  receiver: Receiver,
  from: PayingAccount,
  session: Pick<ReceivedPacket, "wire" | "free">,
): Promise<Content | null> {
  if (frame.packet !== undefined) {
    const claim = protocolDataOf(frame, CLAIM_PROTOCOL)?.data ?? null;
    const reply = await receiver.receive(
      { ...session, claim, prepare: frame.packet },
      from,
    );
    if (reply === null) return null;
    reached("receiver.before_answer");
    return {
      packet: reply.packet,
      protocolData: reply.ack === null ? [] : [{
        name: CLAIM_ACK,
        contentType: CONTENT_TYPE.json,
        data: encodeClaimAck(reply.ack),
      }],
    };
  }
  const question = protocolDataOf(frame, CLAIM_STATE);
  if (question !== undefined) {
    const state = await receiver.claimState(from, askedChannel(question.data));
    if (state !== null) {
      return {
        protocolData: [{
          name: CLAIM_STATE,
          contentType: CONTENT_TYPE.json,
          data: encodeClaimState(state),
        }],
      };
    }
  }
  const names = frame.protocolData.map((entry) => entry.name).join(", ").slice(
    0,
    100,
  );
  throw new BtpError(
    "peer_error",
    `This side does not answer ${names || "an empty message"}`,
    "F00",
  );
}

/** The channel that the question names. Null if it names none, or cannot be read. */
function askedChannel(data: Uint8Array): string | null {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(data);
    const value = parseStrictJson(text, { maxBytes: MAX_QUESTION_BYTES, maxDepth: 2 });
    const { channelId } = value as { readonly channelId?: unknown };
    return typeof channelId === "string" ? asChannelId(channelId) : null;
  } catch {
    return null;
  }
}
