/**
 * What a payer is made of: its limits, what it works on, and what it shows.
 *
 * @module
 */
import type { CommitLane } from "../claims/commit_lane.ts";
import type { Log } from "../../base/log/log.ts";
import type { Change, OutgoingPacketRow, PayerChannelRow, Store } from "../../store/store.ts";
import type { ClaimSource } from "./claim_source.ts";
import type { PacketCodec } from "../claims/packet_link.ts";
import type { SpendingGuard } from "./spending_limits.ts";
import type { Timers } from "../../base/timers.ts";

/** One payer's settings. */
export interface PayerOptions {
  /** The channel; for a peer without claims, `session:` and a name. */
  readonly channelId: string;
  /** The peer's address or name, for people. */
  readonly peer: string;
  /** What to take the peer for until it has shown a `claim-ack` (P3). */
  readonly peerRule: "credit" | "strict";
  /** Most open packets, 64 unless told. */
  readonly windowPackets?: number;
  /** W in base units, 1,000,000 (1 M2M at scale 6) unless told. */
  readonly windowUnits?: bigint;
  /** What a strict peer may cost a day, 0 unless told: the first loss stops the payer until the next day. */
  readonly maxForfeitUnits?: bigint;
  /** Payments waiting for a signature, 1,024 unless told. */
  readonly queueLimit?: number;
  /** First and longest pause between two sends of the same packet, 1 s and 60 s unless told. */
  readonly askAgainMs?: readonly [number, number];
}

/** The other side of a forwarded packet: the row at the previous hop, committed together with ours (docs/money.md#forwarding). */
export interface Linked {
  /** Loads what the two functions below need. */
  ready(incoming: NonNullable<OutgoingPacketRow["incoming"]>): Promise<void>;
  /** The incoming row's ledger, whose figures the changes below carry; null when it is not known here. */
  ledgerOf(packet: OutgoingPacketRow): object | null;
  /** Changes of W1: the incoming row learns its next hop. Called right before the commit. */
  issueChanges(packet: OutgoingPacketRow): readonly Change[];
  /** Changes of W2: the incoming row gets the same outcome. Called right before the commit. */
  closeChanges(packet: OutgoingPacketRow): readonly Change[];
  /** The incoming row of an open packet is refused with `answer`; nothing where it is not held. The commit follows at once. */
  writeOffChanges(packet: OutgoingPacketRow, answer: Uint8Array): readonly Change[];
  /** The commit with those changes is under way: true once durable, and the previous hop may be told; false when it failed. */
  committing(packet: OutgoingPacketRow, done: Promise<boolean>): void;
}

/** What a payer works on. */
export interface PayerDeps {
  readonly store: Store;
  /** Shared by everything in this process that commits money. */
  readonly lane: CommitLane;
  readonly claims: ClaimSource;
  readonly codec: PacketCodec;
  readonly timers: Timers;
  readonly log: Log;
  /** What jobs and providers may cost; connectors, which forward for others, have none. */
  readonly spending?: SpendingGuard;
  /** Connectors only. */
  readonly linked?: Linked;
  /** Strict peers only, after expiry: whether the effect is there to be seen (the event on the relay). */
  readonly evidence?: (packet: OutgoingPacketRow) => Promise<"found" | "not_found" | "unknown">;
  /** Told once when nothing may be signed on the channel any more, so that it is still so after a restart. */
  readonly onHalt?: (channelId: string, reason: string) => void;
  /** Told after each change of {@link PayerStatus} that matters to people. */
  readonly onChange?: () => void;
}

/** The payer's figures and state. */
export interface PayerStatus extends PayerChannelRow {
  readonly held: bigint;
  readonly openPackets: number;
  /** Of `held`, what was written off: it stays in the window until the next hop answers. */
  readonly inDoubt: bigint;
  /** Payments not signed yet. */
  readonly waiting: number;
  readonly linked: boolean;
  /** Whether the peer keeps credit after a refusal. */
  readonly keepsCredit: boolean;
  /** Why nothing is signed any more, or null. */
  readonly halted: string | null;
  /** Answers that were no answer: undecodable, or with a wrong preimage. */
  readonly noise: number;
}
