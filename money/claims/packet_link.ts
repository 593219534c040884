/**
 * The line from a payer to its next hop, whatever carries it. A BTP session is behind it in the product, a lossy schedule in the
 * simulation.
 *
 * @module
 */
import type { Wire } from "../../protocols/btp/wire.ts";
import type { ClaimAck, ClaimState } from "./claim_ack.ts";

/** A packet as it is sent, and sent again: the same bytes each time. */
export interface SentPacket {
  /** Empty where the peer takes packets without claims. */
  readonly claim: Uint8Array;
  readonly prepare: Uint8Array;
}

/** What came back. */
export interface LinkAnswer {
  /** ILP packet bytes, not yet checked. */
  readonly packet: Uint8Array;
  readonly ack: ClaimAck | null;
}

/** One session's worth of line. After it ended, sends resolve to null. */
export interface PacketLink {
  /** Sends at once, in call order. Resolves to null when the link ended or gave no answer in its time. Never rejects. */
  send(packet: SentPacket): Promise<LinkAnswer | null>;
  /** The peer's figures of our account there; null when it does not know the question or the link ended. */
  claimState(): Promise<ClaimState | null>;
  /** Null when the socket takes more now, else a promise for when it does (or the link ended). */
  writable(): Promise<void> | null;
}

/** The packet codec of a wire, as payers and receivers need it. */
export type PacketCodec = Pick<
  Wire,
  "encodePrepare" | "encodeFulfill" | "encodeReject" | "decodePacket"
>;
