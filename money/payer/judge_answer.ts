/**
 * Decides what an answer means for its packet. Only a FULFILL whose preimage matches the condition, or a REJECT, closes a packet. Any other
 * answer is ignored, and the packet is sent again.
 *
 * @module
 */
import { fulfils } from "../../protocols/ilp/condition.ts";
import type { Fulfill, Reject } from "../../protocols/ilp/packet.ts";
import type { LinkAnswer, PacketCodec } from "../claims/packet_link.ts";

/** The meaning of an answer. */
type Verdict =
  | { readonly verdict: "fulfilled"; readonly fulfill: Fulfill }
  | { readonly verdict: "refused"; readonly reject: Reject }
  | { readonly verdict: "noise"; readonly why: "undecodable" | "not_an_answer" | "wrong_preimage" };

/** Judges the answer to a packet with this condition. */
export function judgeAnswer(
  answer: Pick<LinkAnswer, "packet">,
  condition: Uint8Array,
  codec: PacketCodec,
): Verdict {
  let packet;
  try {
    packet = codec.decodePacket(answer.packet);
  } catch {
    return { verdict: "noise", why: "undecodable" };
  }
  switch (packet.type) {
    case "fulfill":
      return fulfils(packet.fulfilment, condition)
        ? { verdict: "fulfilled", fulfill: packet }
        : { verdict: "noise", why: "wrong_preimage" };
    case "reject":
      return { verdict: "refused", reject: packet };
    case "prepare":
      return { verdict: "noise", why: "not_an_answer" };
  }
}
