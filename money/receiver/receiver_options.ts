/**
 * What a receiver is made of: its limits, what it works on, and what it shows.
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

/** One receiver's settings. */
export interface ReceiverOptions {
  /** Our ILP address: `triggeredBy` of our refusals. */
  readonly ilpAddress: string;
  /** Our payment address, `0x` and 40 hex digits. */
  readonly paymentAddress: string;
  /** The token of our channels, `0x` and 40 hex digits: a claim that names another is refused. Not compared unless told. */
  readonly tokenAddress?: string;
  /** 86,400 unless told; `dev` 3,600. */
  readonly minSettlementTimeoutS?: number;
  /** Deposit worth 20 claims' gas, 0 unless told. */
  readonly minDepositUnits?: bigint;
  /** The most data of a PREPARE, 32,767 unless told. */
  readonly maxDataBytes?: number;
  /** Amount-0 packets at once and a second, 20 and 5 unless told. */
  readonly freePackets?: readonly [number, number];
  /**
   * Refused packets of one account at once and a second: its next packets wait in their turn, since each refusal is a row that is kept.
   * No limit unless told, as for a provider whose one payer is its connector.
   */
  readonly refusals?: readonly [number, number];
  /** How long a terminal may look at a packet before it is refused as T00, 10 s unless told. */
  readonly inspectMs?: number;
}

/** What a receiver works on. */
export interface ReceiverDeps {
  readonly store: Store;
  /** Shared by everything in this process that commits money. */
  readonly lane: CommitLane;
  readonly chain: Chain;
  readonly delivery: Delivery;
  readonly codec: PacketCodec;
  readonly timers: Timers;
  readonly log: Log;
  /** Who signed a claim; throws where the signature is none. */
  readonly recover: (claim: Claim) => string;
  /** Checks signatures of known payers beforehand, many at once; without it each is recovered in its turn. */
  readonly signatures?: Pick<ClaimSignatures, "isGood">;
  /** What the contract would say to the claim from our address: null for yes, else its error's name. None without a chain. */
  readonly simulate?: (claim: Claim) => Promise<string | null>;
  /** The least deposit of a channel that never paid us, as gas costs now; a dearer hour ends no channel that pays already. */
  readonly leastDeposit?: () => Promise<bigint>;
}

/**
 * Whose money a session brings. `channel`: claims on one channel (`channelId`), on any between us and `payer` (`0x` and 40 lowercase
 * hex digits), or, where both are null, on any that we are a party of. `trust`: a peer that knows no claims, up to `units` in all.
 */
export type PayingAccount =
  | { readonly kind: "channel"; readonly channelId: string | null; readonly payer?: string | null }
  | { readonly kind: "trust"; readonly name: string; readonly units: bigint };

/** A packet as it came. */
export interface ReceivedPacket {
  /** Protocol data `payment-channel-claim`, or null. */
  readonly claim: Uint8Array | null;
  readonly prepare: Uint8Array;
  /** How its session frames packets, and whether a claim must name its token. */
  readonly wire?: WireName;
  /** How many packets of amount 0 its session may still send; all sessions share one allowance unless told. */
  readonly free?: RateLimit;
}

/** One account, for people. */
export interface ReceiverStatus extends AccountFigures {
  readonly channelId: string;
  readonly peer: string;
  readonly heldPackets: number;
}
