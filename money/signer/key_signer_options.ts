/**
 * The options of a signer.
 *
 * @module
 */
import type { Random } from "../wallet/blob.ts";
import type { AllowedContract } from "./claim_fields.ts";
import type { EntryStore } from "./ledger.ts";
import type { SealedSnapshot } from "./sealed_snapshot.ts";
import { SignerError } from "./signer_error.ts";
import type { Ceilings } from "./hard_ceilings.ts";
import type { TransactionCeilings } from "./hard_ceilings.ts";
import type { TransactionParties } from "./transaction_policy.ts";

/** The options of a signer. */
export interface KeySignerOptions {
  /** Secret keys of 32 bytes, which are copied. They are equal if one key is used for both. */
  readonly nostrKey: Uint8Array;
  /** See {@link KeySignerOptions.nostrKey}. */
  readonly paymentKey: Uint8Array;
  /** The ceilings that it never signs above. */
  readonly ceilings: Ceilings;
  /** The only contracts for which it signs claims and challenges. */
  readonly allow: readonly AllowedContract[];
  /**
   * The newest stored snapshot, or `"first"` if there never was one. The signer cannot distinguish a first start from a lost snapshot. So
   * the caller may say `"first"` only if its store has no claim of this wallet.
   */
  readonly snapshot: SealedSnapshot | "first";
  /** The recipients of transactions. Default: only the token networks and the account itself. */
  readonly parties?: TransactionParties;
  /** What transactions may move and cost. Default: the ceilings of this release. */
  readonly transactionCeilings?: TransactionCeilings;
  /** Stores entries of the ledger that need not be in every snapshot. Default: every snapshot contains all entries. */
  readonly entries?: EntryStore;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Default: the system's random source. */
  readonly random?: Random;
}

export function startOf(snapshot: SealedSnapshot | "first"): SealedSnapshot | "first" {
  if (snapshot === "first" || (typeof snapshot === "object" && snapshot !== null)) return snapshot;
  throw new SignerError(
    "snapshot",
    "Cannot start: no ledger snapshot was given, and this is not marked as the first start",
  );
}

export function secureRandom(sizeBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(sizeBytes));
}
