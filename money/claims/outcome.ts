/**
 * What became of a paid packet, as its caller is told: fulfilled, refused or unknown, and nothing else.
 *
 * @module
 */
import type { OutgoingPacketRow } from "../../store/store.ts";
import type { PacketCodec } from "./packet_link.ts";

/** Which packet it was. */
interface PacketRef {
  readonly channelId: string;
  readonly nonce: number;
  /** Base units. */
  readonly amount: bigint;
}

/** The payment happened. */
interface Fulfilled {
  readonly state: "fulfilled";
  /** 32 bytes; empty where the payment is proven by its effect alone (a strict peer, read back). */
  readonly fulfilment: Uint8Array;
  readonly data: Uint8Array;
  readonly packet: PacketRef;
  /** The obligation was fulfilled by an earlier packet; nothing was paid now. */
  readonly alreadyPaid: boolean;
}

/** The payment did not happen. */
export interface Refused {
  readonly state: "refused";
  /** An ILP code as the peer sent it; where `local`, a snake_case code of our own and no packet was ever sent. */
  readonly code: string;
  readonly message: string;
  readonly data: Uint8Array;
  /** ILP address of who refused; empty where `local`. */
  readonly triggeredBy: string;
  /**
   * True: nothing left this machine. Codes then are `amount`, `ceiling`, `window`, `deposit_exhausted`, `channel_closed`,
   * `max_forfeit`, `halted`, `queue_full`, `expired`, `offline`, `signer`, `store`, `closed`.
   */
  readonly local: boolean;
}

/** Nobody knows yet: the row stays open and is asked for again until an answer closes it. */
interface Unknown {
  readonly state: "unknown";
  readonly reason: string;
}

/** The three things that can be said of a packet (docs/money.md). */
export type PacketOutcome = Fulfilled | Refused | Unknown;

/** A refusal of our own, before anything was sent. */
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

/** The outcome that a closed row stands for; `alreadyPaid` says that it is told again. */
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
      ...refusedHere("forfeited", "No answer from a peer that keeps no credit: given up"),
      local: false,
    };
  }
  const { code, message, data, triggeredBy } = answer;
  return { state: "refused", code, message, data, triggeredBy, local: false };
}
