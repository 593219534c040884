/**
 * Channels and packets as the store keeps them, on both sides (docs/money.md).
 *
 * @module
 */
import type { IncomingState, OutgoingState } from "../protocols/ilp/packet_state.ts";

/** The payer's side of a channel (docs/money.md). `held` is the sum of open rows and is not stored. */
export interface PayerChannelRow {
  /** `0x` and 64 hex digits. */
  readonly channelId: string;
  /** The name or address of the next hop, which is paid. */
  readonly peer: string;
  /** Highest cumulative amount ever signed; never falls. */
  readonly signed: bigint;
  /** Nonce of that claim; never falls. */
  readonly nonce: number;
  /** Sum of fulfilled packets; never falls. */
  readonly spent: bigint;
  /** Lost at a strict peer. */
  readonly forfeit: bigint;
}

/** The payer's row of one packet (docs/money.md, P1-P4). */
export interface OutgoingPacketRow {
  /** Channel that pays. */
  readonly channelId: string;
  /** Nonce of its claim. */
  readonly nonce: number;
  /** Cumulative amount of the claim. */
  readonly cumulative: bigint;
  /** Amount of the packet. */
  readonly amount: bigint;
  /** Bytes of the claim and the PREPARE as sent. A repetition sends the same bytes. */
  readonly claim: Uint8Array;
  /** See `claim`. The stored row of a refused packet has an empty one. */
  readonly prepare: Uint8Array;
  /** The condition, 32 bytes. */
  readonly condition: Uint8Array;
  /** What is paid: `write:<event id>` or `job:<quote or event id>`; a connector uses `forward:<channel>:<nonce>`. */
  readonly obligation: string;
  /** `open` until an answer, a proof or the chain closes it. The first outcome stays. */
  readonly state: OutgoingState;
  /** Expiry of the PREPARE. It does not close the packet. */
  readonly expiresAtMs: number;
  /** When it was signed. */
  readonly createdAtMs: number;
  /** The row at the previous hop that this one forwards; null for an endpoint. */
  readonly incoming: { readonly channelId: string; readonly nonce: number } | null;
  /** The answer's ILP packet bytes; null until it is known. */
  readonly answer: Uint8Array | null;
  /** What its journal entry says; null for a forwarded packet. */
  readonly about: PacketAbout | null;
  /** When the sender was told that it is lost although it was open (docs/money.md#write-off); otherwise null. */
  readonly writtenOffAtMs: number | null;
}

/** What a packet is for, in addition to its obligation. It is stored so that the journal entry can contain it after a restart too. */
export interface PacketAbout {
  /** The packet's job. */
  readonly jobId: string | null;
  /** Public key of the provider that it pays; null for a write. */
  readonly provider: string | null;
  /** Kind of the event that it carries. */
  readonly kind: number | null;
  /** Bytes of a write that are paid. */
  readonly bytes: number | null;
}

/** The receiver's side of a channel (docs/money.md). */
export interface ReceiverChannelRow {
  /** `0x` and 64 hex digits. */
  readonly channelId: string;
  /** Address of the channel's signer, who pays. */
  readonly peer: string;
  /** Highest cumulative amount of a valid claim; never falls. */
  readonly credited: bigint;
  /** Highest nonce of a valid claim; never falls. */
  readonly watermark: number;
  /** Bytes of the claim with the highest value on the chain. */
  readonly bestClaim: Uint8Array | null;
  /** Sum of fulfilled packets; never falls. */
  readonly spent: bigint;
}

/** The receiver's row of one packet (docs/money.md, Q1-Q5). */
export interface IncomingPacketRow {
  /** Channel that pays us. */
  readonly channelId: string;
  /** Nonce of its claim. */
  readonly nonce: number;
  /** SHA-256 of the claim's and the PREPARE's bytes. */
  readonly hash: Uint8Array;
  /** Amount of the packet. */
  readonly amount: bigint;
  /** The PREPARE's bytes. The stored row of a refused packet has an empty one. */
  readonly prepare: Uint8Array;
  /** As in {@link OutgoingPacketRow}; null if it pays for nothing of this home. The stored row of a refused packet has none. */
  readonly obligation: string | null;
  /** `held` until it has an outcome. The first outcome stays. */
  readonly state: IncomingState;
  /** ILP answer packet; null while held. */
  readonly answer: Uint8Array | null;
  /** The packet of our own with which it was forwarded to the next hop. */
  readonly next: { readonly channelId: string; readonly nonce: number } | null;
  /** When it was accepted or refused. */
  readonly receivedAtMs: number;
}

/** A payment whose outbox row was given up while its packet may still be answered. */
export interface LatePacket {
  /** `write:` or `job:` and the event's id. */
  readonly obligation: string;
  readonly jobId: string;
  /** Which side's row of the job books the amount. */
  readonly role: "buyer" | "provider";
}
