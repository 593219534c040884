/**
 * A receiver's limits, dependencies and status.
 *
 * @module
 */
import type { WireName } from "../../protocols/wires/names.ts";
import type { Claim } from "../../protocols/evm/claim.ts";
import type { Chain } from "../evm/chain.ts";
import type { Store } from "../../store/store.ts";
import type { ClaimSignatures } from "../claims/claim_signatures.ts";
import type { AccountFigures } from "../claims/claim_ack.ts";
import type { CommitLane } from "../claims/commit_lane.ts";
import type { Delivery } from "./delivery.ts";
import type { Log } from "../../base/log/log.ts";
import type { RateLimit } from "../../base/rate_limit.ts";
import type { PacketCodec } from "../claims/packet_link.ts";
import type { Timers } from "../../base/timers.ts";

/** The settings of one receiver. */
export interface ReceiverOptions {
  /** Our ILP address. It is the `triggeredBy` of our refusals. */
  readonly ilpAddress: string;
  /** Our payment address, `0x` and 40 hex digits. */
  readonly paymentAddress: string;
  /** The token of our channels, `0x` and 40 hex digits. A claim that names another token is refused. Default: not compared. */
  readonly tokenAddress?: string;
  /** The shortest accepted grace in seconds. Default: 86,400; on `dev` 3,600. */
  readonly minSettlementTimeoutS?: number;
  /** The least deposit of a new channel, worth the gas of 20 claims. Default: 0. */
  readonly minDepositUnits?: bigint;
  /** The most bytes of data in a PREPARE. Default: 32,767. */
  readonly maxDataBytes?: number;
  /** The most packets of amount 0 of each sort of askers, at once and in a second. Default: 20 and 5. */
  readonly freePackets?: readonly [number, number];
  /**
   * The most refused packets of one account at once and in a second. Above that, its next packets wait for their turn, because each refusal
   * is a stored row. Default: no limit, as for a provider whose only payer is its connector.
   */
  readonly refusals?: readonly [number, number];
  /** How long a terminal may inspect a packet, in milliseconds. After that the packet is refused with T00. Default: 10 s. */
  readonly inspectMs?: number;
}

/** What a receiver needs. */
export interface ReceiverDeps {
  readonly store: Store;
  /** The commit lane that everything in this process shares that commits money. */
  readonly lane: CommitLane;
  readonly chain: Chain;
  readonly delivery: Delivery;
  readonly codec: PacketCodec;
  readonly timers: Timers;
  readonly log: Log;
  /** The address that signed a claim. Throws if the signature is invalid. */
  readonly recover: (claim: Claim) => string;
  /** Checks the signatures of known payers in advance, many at once. Without it, each signer is recovered separately. */
  readonly signatures?: Pick<ClaimSignatures, "isGood">;
  /**
   * Asks what the contract would answer if our address sent the claim now. Null if it would succeed, otherwise the name of its error.
   * Absent without a chain.
   */
  readonly simulate?: (claim: Claim) => Promise<string | null>;
  /**
   * The least deposit of a channel that never paid us, at the current price of gas. A higher price does not affect channels that have paid.
   */
  readonly leastDeposit?: () => Promise<bigint>;
}

/**
 * The account that a session's packets pay into. `channel`: claims on one channel (`channelId`), on any channel between us and `payer`
 * (`0x` and 40 lowercase hex digits), or, if both are null, on any channel to which we are a party. `trust`: a peer without claims, which
 * may owe up to `units` in all.
 */
export type PayingAccount =
  | { readonly kind: "channel"; readonly channelId: string | null; readonly payer?: string | null }
  | { readonly kind: "trust"; readonly name: string; readonly units: bigint };

/** A packet as it was received. */
export interface ReceivedPacket {
  /** The protocol data `payment-channel-claim`, or null. */
  readonly claim: Uint8Array | null;
  readonly prepare: Uint8Array;
  /** The wire of its session, which determines the framing of packets and whether a claim must name its token. */
  readonly wire?: WireName;
  /** The limit of packets of amount 0 of its session. Default: all sessions share one limit. */
  readonly free?: RateLimit;
}

/** The status of one account. */
export interface ReceiverStatus extends AccountFigures {
  readonly channelId: string;
  readonly peer: string;
  readonly heldPackets: number;
}
