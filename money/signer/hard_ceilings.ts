/**
 * The ceilings that a signer holds to, by name.
 *
 * @module
 */

/**
 * Ceilings that the signer stores and the payer enforces, because only the payer knows the job and provider of a claim, and the answer.
 * As all ceilings, they are raised with the passphrase. Base units.
 */
export interface StatedCeilings {
  /** All packets of one job. */
  readonly perJobUnits: bigint;
  /** What the jobs of one provider are paid in a day. */
  readonly perProviderDayUnits: bigint;
  /** W of each channel (docs/money.md#window), and so the most of one payment. */
  readonly windowUnits: bigint;
}

/** Hard ceilings of transactions. Units are the token's base units, wei the chain's own currency. */
export interface TransactionCeilings {
  /** Our total deposit in one channel. */
  readonly depositUnits: bigint;
  /** Our deposits in all channels that are not settled. */
  readonly lockedUnits: bigint;
  /** Deposited within a day, settled or not. */
  readonly depositedPerDayUnits: bigint;
  /** Gas limit times highest price of one transaction. */
  readonly gasPerTransactionWei: bigint;
  /** The same, of all within a day. */
  readonly gasPerDayWei: bigint;
  /** Currency that is sent away within a day. */
  readonly sentPerDayWei: bigint;
}

/** Hard ceilings; flags, environment and file can only lower them, the passphrase can raise them. Base units. */
export interface Ceilings extends
  Partial<StatedCeilings>,
  Partial<
    Pick<TransactionCeilings, "depositUnits" | "lockedUnits" | "depositedPerDayUnits">
  > {
  /** What one packet may add. */
  readonly perPacketUnits: bigint;
  /** What one channel may reach, cumulative. */
  readonly perChannelUnits: bigint;
  /** What all channels may add in an hour. */
  readonly perHourUnits: bigint;
  /** What all channels may add in a day. */
  readonly perDayUnits: bigint;
  /** What flags, environment and file ask for, by name (ceilings.ts): it lowers, also what was raised with the passphrase. */
  readonly lowered?: Readonly<Record<string, bigint>>;
}

/** The ceilings that a transaction is held against. */
export type AllCeilings = Omit<Ceilings, "lowered"> & TransactionCeilings;
