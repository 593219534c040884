/**
 * The ceilings that a signer enforces or stores.
 *
 * @module
 */

/**
 * Ceilings that the signer stores and the payer enforces, because only the payer knows the job and the provider of a claim, and the peer's
 * answers. Like all ceilings they are raised with the passphrase. In base units.
 */
export interface StatedCeilings {
  /** The most for all packets of one job. */
  readonly perJobUnits: bigint;
  /** The most that the jobs of one provider are paid in a day. */
  readonly perProviderDayUnits: bigint;
  /** The most that all providers are paid before their result in a day, above what each delivered (docs/money.md#strangers). */
  readonly perStrangersDayUnits: bigint;
  /** The window of each channel (docs/money.md#window), and so also the most of one payment. */
  readonly windowUnits: bigint;
}

/** Hard ceilings of transactions. Units are the token's base units, wei is the chain's currency. */
export interface TransactionCeilings {
  /** Our total deposit in one channel. */
  readonly depositUnits: bigint;
  /** Our deposits in all channels that are not settled. */
  readonly lockedUnits: bigint;
  /** The sum of deposits in a day, settled or not. */
  readonly depositedPerDayUnits: bigint;
  /** The gas limit times the highest price of one transaction. */
  readonly gasPerTransactionWei: bigint;
  /** The same for all transactions in a day. */
  readonly gasPerDayWei: bigint;
  /** The currency that is sent away in a day. */
  readonly sentPerDayWei: bigint;
}

/** Hard ceilings. Flags, environment and file can only lower them, the passphrase can raise them. In base units. */
export interface Ceilings extends
  Partial<StatedCeilings>,
  Partial<
    Pick<TransactionCeilings, "depositUnits" | "lockedUnits" | "depositedPerDayUnits">
  > {
  /** The most that one packet may add. */
  readonly perPacketUnits: bigint;
  /** The highest cumulative amount of one channel. */
  readonly perChannelUnits: bigint;
  /** The most that all channels may add in an hour. */
  readonly perHourUnits: bigint;
  /** The most that all channels may add in a day. */
  readonly perDayUnits: bigint;
  /**
   * The ceilings from flags, environment and file, by name (ceilings.ts). They lower the hard ceilings, also those that were raised with
   * the passphrase.
   */
  readonly lowered?: Readonly<Record<string, bigint>>;
}

/** The ceilings that apply to a transaction. */
export type AllCeilings = Omit<Ceilings, "lowered"> & TransactionCeilings;
