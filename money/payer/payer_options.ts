/**
 * A payer's limits, dependencies and status.
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

/** The settings of one payer. */
export interface PayerOptions {
  /** The channel's id. For a peer without claims, `session:` and a name. */
  readonly channelId: string;
  /** The peer's address or name, for people. */
  readonly peer: string;
  /** How the peer is treated until it has sent a `claim-ack` (P3). */
  readonly peerRule: "credit" | "strict";
  /** The most open packets. Default: 64. */
  readonly windowPackets?: number;
  /** The window in base units. Default: 1,000,000 (1 M2M at scale 6). */
  readonly windowUnits?: bigint;
  /** The most that may be lost to a strict peer in a day. Default: 0; then the first loss stops the payer until the next day. */
  readonly maxForfeitUnits?: bigint;
  /** The most payments that wait for a signature. Default: 1,024. */
  readonly queueLimit?: number;
  /** The first and the longest pause between two sends of the same packet. Default: 1 s and 60 s. */
  readonly askAgainMs?: readonly [number, number];
}

/**
 * The incoming side of a forwarded packet: its row at the previous hop, which is committed together with ours (docs/money.md#forwarding).
 */
export interface Linked {
  /** Loads what the functions below need. */
  ready(incoming: NonNullable<OutgoingPacketRow["incoming"]>): Promise<void>;
  /** The incoming row's ledger, whose figures the changes below contain. Null if it is not loaded. */
  ledgerOf(packet: OutgoingPacketRow): object | null;
  /** The changes of write 1: the incoming row gets a link to its next hop. Called right before the commit. */
  issueChanges(packet: OutgoingPacketRow): readonly Change[];
  /** The changes of write 2: the incoming row gets the same outcome. Called right before the commit. */
  closeChanges(packet: OutgoingPacketRow): readonly Change[];
  /** The answer for the previous hop when the next hop refused our claim. It is temporary, because a new packet gets a new claim. */
  claimRefused(): Uint8Array;
  /** The changes that refuse the incoming row of an open packet with `answer`. Empty if the row is not held. The commit follows at once. */
  writeOffChanges(packet: OutgoingPacketRow, answer: Uint8Array): readonly Change[];
  /**
   * The commit with those changes is running. `done` resolves to true when it is durable and the previous hop may be answered, to false if
   * it failed.
   */
  committing(packet: OutgoingPacketRow, done: Promise<boolean>): void;
}

/** What a payer needs. */
export interface PayerDeps {
  readonly store: Store;
  /** The commit lane that everything in this process shares that commits money. */
  readonly lane: CommitLane;
  readonly claims: ClaimSource;
  readonly codec: PacketCodec;
  readonly timers: Timers;
  readonly log: Log;
  /** The limits of jobs and providers. Connectors forward for others and have none. */
  readonly spending?: SpendingGuard;
  /** Only in connectors. */
  readonly linked?: Linked;
  /** Only for strict peers, after expiry: whether the effect can be seen (the event on the relay). */
  readonly evidence?: (packet: OutgoingPacketRow) => Promise<"found" | "not_found" | "unknown">;
  /** Called once when nothing more may be signed on the channel, so that this also holds after a restart. */
  readonly onHalt?: (channelId: string, reason: string) => void;
  /** Called after each change of {@link PayerStatus} that concerns people. */
  readonly onChange?: () => void;
}

/** The payer's figures and state. */
export interface PayerStatus extends PayerChannelRow {
  readonly held: bigint;
  readonly openPackets: number;
  /** The part of `held` that was written off. It stays in the window until the next hop answers. */
  readonly inDoubt: bigint;
  /** The number of payments that are not signed yet. */
  readonly waiting: number;
  readonly linked: boolean;
  /** When each open packet was signed that is younger than the last answer, the oldest first. */
  readonly unansweredSinceMs: readonly number[];
  /** Whether the peer keeps credit after a refusal. */
  readonly keepsCredit: boolean;
  /** Why nothing more is signed. Null if the channel is not halted. */
  readonly halted: string | null;
  /** The number of answers that were not valid: undecodable, or with a wrong preimage. */
  readonly noise: number;
}
