/**
 * The connection from a payer to its next hop. In the product it is a BTP session, in the simulation a schedule that loses messages.
 *
 * @module
 */
import type { Wire } from "../../protocols/btp/wire.ts";
import type { ClaimAck, ClaimState } from "./claim_ack.ts";

/** The bytes of a packet. They are the same each time the packet is sent again. */
export interface SentPacket {
  /** The claim. Empty if the peer accepts packets without claims. */
  readonly claim: Uint8Array;
  readonly prepare: Uint8Array;
}

/** The answer to a packet. */
export interface LinkAnswer {
  /** The bytes of the ILP packet, not yet checked. */
  readonly packet: Uint8Array;
  readonly ack: ClaimAck | null;
}

/** The connection during one session. After its end, sends resolve to null. */
export interface PacketLink {
  /** Sends at once, in the order of the calls. Resolves to null if the link ended or there was no answer in time. Never rejects. */
  send(packet: SentPacket): Promise<LinkAnswer | null>;
  /** The peer's figures of our account. Null if the peer does not support the question or the link ended. */
  claimState(): Promise<ClaimState | null>;
  /** Null if the socket accepts more now. Otherwise a promise that resolves when it does, or when the link ended. */
  writable(): Promise<void> | null;
}

/** The packet codec of a wire, as far as payers and receivers need it. */
export type PacketCodec = Pick<
  Wire,
  "encodePrepare" | "encodeFulfill" | "encodeReject" | "decodePacket"
>;
