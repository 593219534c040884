/**
 * What an answer says about the packet it came for. Only a FULFILL whose preimage opens the condition, or a REJECT, closes a
 * packet; anything else is noise and the packet is asked for again.
 *
 * @module
 */
import { fulfils } from "../../protocols/ilp/condition.ts";
import type { Fulfill, Reject } from "../../protocols/ilp/packet.ts";
import type { LinkAnswer, PacketCodec } from "../claims/packet_link.ts";

/** What the answer is. */
type Verdict =
  | { readonly verdict: "fulfilled"; readonly fulfill: Fulfill }
  | { readonly verdict: "refused"; readonly reject: Reject }
  | { readonly verdict: "noise"; readonly why: "undecodable" | "not_an_answer" | "wrong_preimage" };

/** Judges the bytes that came back for a packet with this condition. */
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
