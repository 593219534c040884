/**
 * What payers and receivers ask about a channel: the facts that a contract holds. Until contracts are deployed the `dev` profile
 * states them (fixed_chain.ts); the on-chain reader stands behind the same interface.
 *
 * @module
 */

/** A channel as the chain (or the profile) has it, at a confirmed height. */
export interface ChannelFacts {
  /** `0x` and 64 lowercase hex digits. */
  readonly channelId: string;
  /** The contract's chain. */
  readonly chainId: number;
  /** `0x` and 40 lowercase hex digits. */
  readonly tokenNetworkAddress: string;
  /** Both sides, in no particular order. */
  readonly participants: readonly [ParticipantFacts, ParticipantFacts];
  /** As the contract has it. */
  readonly state: "open" | "closed" | "settled";
  /** Seconds from close to settle. */
  readonly settlementTimeoutS: number;
  /** The contract's time of its opening, seconds since the epoch; a profile's facts have none. */
  readonly openedAtS?: number;
  /** Hash of the block that opened it, which tells it from another channel of the same id on another branch; null where no log tells. */
  readonly openedBlockHash?: string | null;
  /** The contract's time of its close, null while it is open; a profile's facts have none. */
  readonly closedAtS?: number | null;
}

/** One side of a channel. */
export interface ParticipantFacts {
  /** `0x` and 40 lowercase hex digits. */
  readonly address: string;
  /** Confirmed deposit, base units. */
  readonly depositUnits: bigint;
  /** What its counterparty claimed so far. */
  readonly claimedUnits: bigint;
  /** Nonce of the last claim that was paid. */
  readonly claimedNonce: number;
}

/** Reads of the chain. */
export interface Chain {
  /** Null when there is no such channel. `fresh`: as of a block asked for now, not of the last one that was seen. */
  channel(
    channelId: string,
    options?: { readonly fresh?: boolean },
  ): Promise<ChannelFacts | null>;
}
