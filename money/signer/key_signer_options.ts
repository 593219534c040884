/**
 * What a signer is made of.
 *
 * @module
 */
import type { Random } from "../wallet/blob.ts";
import type { AllowedContract } from "./claim_fields.ts";
import type { EntryKeeper } from "./ledger.ts";
import type { SealedSnapshot } from "./sealed_snapshot.ts";
import { SignerError } from "./signer_error.ts";
import type { Ceilings } from "./hard_ceilings.ts";
import type { TransactionCeilings } from "./hard_ceilings.ts";
import type { TransactionParties } from "./transaction_policy.ts";

/** What a signer is made of. */
export interface KeySignerOptions {
  /** Secret keys of 32 bytes, copied; equal where one key serves both. */
  readonly nostrKey: Uint8Array;
  /** See {@link KeySignerOptions.nostrKey}. */
  readonly paymentKey: Uint8Array;
  /** What it never signs above. */
  readonly ceilings: Ceilings;
  /** The only contracts that it signs claims and challenges for. */
  readonly allow: readonly AllowedContract[];
  /**
   * The newest snapshot that was stored, or `"first"` where there never was one. The signer cannot tell a first start from a
   * lost snapshot: whoever keeps the store says `"first"` only when it knows no claim of this wallet.
   */
  readonly snapshot: SealedSnapshot | "first";
  /** To whom money may go by transaction; left out, to nobody but the token networks and the account itself. */
  readonly parties?: TransactionParties;
  /** What transactions may move and cost; left out, this release's ceilings. */
  readonly transactionCeilings?: TransactionCeilings;
  /** Where the ledger's entries go that need not be in every snapshot; left out, all of them are. */
  readonly entries?: EntryKeeper;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** Default: the system's. */
  readonly random?: Random;
}

export function startOf(snapshot: SealedSnapshot | "first"): SealedSnapshot | "first" {
  if (snapshot === "first" || (typeof snapshot === "object" && snapshot !== null)) return snapshot;
  throw new SignerError(
    "snapshot",
    "Cannot start: no ledger snapshot was given, and this was not said to be the first start",
  );
}

export function secureRandom(sizeBytes: number): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(sizeBytes));
}
