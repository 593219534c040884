/**
 * The facts about a channel that payers and receivers ask for. A contract holds them. On a `dev` network without contracts, the profile
 * states them (fixed_chain.ts). Both sources have the same interface.
 *
 * @module
 */

/** The facts of a channel from the chain, at a confirmed height, or from the profile. */
export interface ChannelFacts {
  /** `0x` and 64 lowercase hex digits. */
  readonly channelId: string;
  /** The chain of the contract. */
  readonly chainId: number;
  /** `0x` and 40 lowercase hex digits. */
  readonly tokenNetworkAddress: string;
  /** Both sides, in any order. */
  readonly participants: readonly [ParticipantFacts, ParticipantFacts];
  /** The state in the contract. */
  readonly state: "open" | "closed" | "settled";
  /** The grace: seconds from close to settlement. */
  readonly settlementTimeoutS: number;
  /** When the contract opened it, in seconds since the epoch. Absent in facts of a profile. */
  readonly openedAtS?: number;
  /**
   * The hash of the block that opened it. It distinguishes the channel from another one with the same id on another branch. Null if no log
   * shows it.
   */
  readonly openedBlockHash?: string | null;
  /** When the contract closed it, in seconds since the epoch. Null while it is open, absent in facts of a profile. */
  readonly closedAtS?: number | null;
}

/** One side of a channel. */
export interface ParticipantFacts {
  /** `0x` and 40 lowercase hex digits. */
  readonly address: string;
  /** The confirmed deposit in base units. */
  readonly depositUnits: bigint;
  /** What the counterparty has claimed so far. */
  readonly claimedUnits: bigint;
  /** The nonce of the last paid claim. */
  readonly claimedNonce: number;
}

/** Reads channel facts. */
export interface Chain {
  /**
   * The facts, or null if there is no such channel. With `fresh`, they are from a block that is asked for now, and not from the last block
   * that was seen.
   */
  channel(
    channelId: string,
    options?: { readonly fresh?: boolean },
  ): Promise<ChannelFacts | null>;
}
