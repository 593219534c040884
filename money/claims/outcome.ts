/**
 * The outcome of a paid packet for its caller: fulfilled, refused or unknown.
 *
 * @module
 */
import type { OutgoingPacketRow } from "../../store/store.ts";
import type { PacketCodec } from "./packet_link.ts";

/** The identity of a packet. */
interface PacketRef {
  readonly channelId: string;
  readonly nonce: number;
  /** In base units. */
  readonly amount: bigint;
}

/** The payment happened. */
interface Fulfilled {
  readonly state: "fulfilled";
  /** 32 bytes. Empty if only the effect proves the payment (a strict peer, read back). */
  readonly fulfilment: Uint8Array;
  readonly data: Uint8Array;
  readonly packet: PacketRef;
  /** True if an earlier packet fulfilled the obligation, so nothing was paid now. */
  readonly alreadyPaid: boolean;
}

/** The payment did not happen. */
export interface Refused {
  readonly state: "refused";
  /** The ILP code that the peer sent. If `local` is true, a snake_case code of this program, and no packet was sent. */
  readonly code: string;
  readonly message: string;
  readonly data: Uint8Array;
  /** The ILP address that refused. Empty if `local` is true. */
  readonly triggeredBy: string;
  /**
   * True if nothing left this machine. The codes then are `amount`, `ceiling`, `window`, `deposit_exhausted`, `channel_closed`,
   * `max_forfeit`, `halted`, `queue_full`, `expired`, `offline`, `signer`, `store`, `closed`.
   */
  readonly local: boolean;
  /** Present if the peer refused the packet's claim and never looked at the packet. The same payment with a new claim may succeed. */
  readonly ofClaim?: true;
}

/** The outcome is not known yet. The row stays open, and the packet is sent again until an answer closes it. */
interface Unknown {
  readonly state: "unknown";
  readonly reason: string;
}

/** The outcome of a packet, one of three states (docs/money.md). */
export type PacketOutcome = Fulfilled | Refused | Unknown;

/** A refusal by this program, before anything was sent. */
export function refusedHere(code: string, message: string): Refused {
  return {
    state: "refused",
    code,
    message,
    data: new Uint8Array(0),
    triggeredBy: "",
    local: true,
  };
}

const NONE = new Uint8Array(0);

/** The outcome of a row. `alreadyPaid` says that the outcome is repeated for a later caller. */
export function outcomeOf(
  packet: OutgoingPacketRow,
  codec: PacketCodec,
  alreadyPaid: boolean,
): PacketOutcome {
  const { channelId, nonce, amount } = packet;
  if (packet.state === "open") return { state: "unknown", reason: "no answer yet" };
  const answer = packet.answer === null ? null : codec.decodePacket(packet.answer);
  if (packet.state === "fulfilled") {
    const told = answer?.type === "fulfill" ? answer : { fulfilment: NONE, data: NONE };
    return {
      state: "fulfilled",
      fulfilment: told.fulfilment,
      data: told.data,
      packet: { channelId, nonce, amount },
      alreadyPaid,
    };
  }
  if (answer?.type !== "reject") {
    return {
      ...refusedHere(
        "forfeited",
        "The peer keeps no credit and gave no answer: the amount is forfeit",
      ),
      local: false,
    };
  }
  const { code, message, data, triggeredBy } = answer;
  return { state: "refused", code, message, data, triggeredBy, local: false };
}
