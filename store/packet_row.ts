/**
 * What a store keeps of channels and packets, both sides (docs/money.md).
 *
 * @module
 */
import type { IncomingState, OutgoingState } from "../protocols/ilp/packet_state.ts";

/** The payer's side of a channel (docs/money.md). `held` is the sum of open rows and is not stored. */
export interface PayerChannelRow {
  /** `0x` and 64 hex digits. */
  readonly channelId: string;
  /** Who is paid: the name or address of the next hop. */
  readonly peer: string;
  /** Highest cumulative amount that was ever signed; never falls. */
  readonly signed: bigint;
  /** Nonce of that claim; never falls. */
  readonly nonce: number;
  /** Sum of fulfilled packets; never falls. */
  readonly spent: bigint;
  /** Given up at a strict peer. */
  readonly forfeit: bigint;
}

/** The payer's row of one packet (docs/money.md, P1-P4). */
export interface OutgoingPacketRow {
  /** Channel that pays. */
  readonly channelId: string;
  /** Nonce of its claim. */
  readonly nonce: number;
  /** What the claim says in sum. */
  readonly cumulative: bigint;
  /** What the packet carries. */
  readonly amount: bigint;
  /** The claim's and the PREPARE's bytes as sent: resent byte for byte. */
  readonly claim: Uint8Array;
  /** See `claim`; empty as stored once it is refused. */
  readonly prepare: Uint8Array;
  /** 32 bytes. */
  readonly condition: Uint8Array;
  /** What is being paid for: `write:<event id>` or `job:<quote or event id>`; a connector uses `forward:<channel>:<nonce>`. */
  readonly obligation: string;
  /** `open` until an answer, a proof or the chain closes it; the first outcome wins. */
  readonly state: OutgoingState;
  /** Expiry of the PREPARE. It closes nothing. */
  readonly expiresAtMs: number;
  /** When it was signed. */
  readonly createdAtMs: number;
  /** The row at the previous hop that this one forwards; null for an endpoint. */
  readonly incoming: { readonly channelId: string; readonly nonce: number } | null;
  /** The answer's ILP packet bytes once known. */
  readonly answer: Uint8Array | null;
  /** What the journal says of it; null for a packet that is forwarded. */
  readonly about: PacketAbout | null;
  /** When its sender was told that it is lost although it was open (docs/money.md#write-off); null for every other packet. */
  readonly writtenOffAtMs: number | null;
}

/** What a packet is for, beside its obligation, so that its journal entry can name it after a restart too. */
export interface PacketAbout {
  /** The job it belongs to. */
  readonly jobId: string | null;
  /** Public key of the provider that it pays; null for a write. */
  readonly provider: string | null;
  /** Kind of the event that it carries. */
  readonly kind: number | null;
  /** Priced bytes of a write. */
  readonly bytes: number | null;
}

/** The receiver's side of a channel (docs/money.md). */
export interface ReceiverChannelRow {
  /** `0x` and 64 hex digits. */
  readonly channelId: string;
  /** Who pays: the address of the channel's signer. */
  readonly peer: string;
  /** Highest cumulative amount of a valid claim; never falls. */
  readonly credited: bigint;
  /** Highest nonce of a valid claim; never falls. */
  readonly watermark: number;
  /** Bytes of the claim that is worth most on chain. */
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
  /** SHA-256 of claim bytes and PREPARE bytes. */
  readonly hash: Uint8Array;
  /** What the packet carries. */
  readonly amount: bigint;
  /** The PREPARE's bytes; empty as stored once it is refused. */
  readonly prepare: Uint8Array;
  /** As in {@link OutgoingPacketRow}; null where nothing of this home is paid for. */
  readonly obligation: string | null;
  /** `held` until an outcome; the first one wins. */
  readonly state: IncomingState;
  /** ILP answer packet; null while held. */
  readonly answer: Uint8Array | null;
  /** The own next-hop row it was forwarded into. */
  readonly next: { readonly channelId: string; readonly nonce: number } | null;
  /** When it was taken in. */
  readonly receivedAtMs: number;
}

/** A payment whose outbox row is given up while its packet may still be answered. */
export interface LatePacket {
  /** `write:` or `job:` and the event's id. */
  readonly obligation: string;
  readonly jobId: string;
  /** Whose row of the job it is booked on. */
  readonly role: "buyer" | "provider";
}
