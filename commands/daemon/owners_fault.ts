/**
 * Faults of a daemon's start that last until its owner changes something: the wallet, the passphrase, a file, a setting, the accepted
 * terms. They have the exit code of a mistake, 2, which tells a supervisor (systemd) that another start is useless.
 *
 * @module
 */
import { describeFailure, UsageError } from "../../shell/errors.ts";
import { StoreError } from "../../store/store_error.ts";

/** Codes of failures that would be the same at the next start. */
const LASTING: readonly string[] = [
  "no_wallet",
  "wrong_passphrase",
  "wallet_format",
  "no_file",
  "not_a_file",
  "linked_file",
  "not_plain",
  "path_too_long",
  "owner",
  "mode",
  "no_terms",
  "price_ceiling",
  "local_remote",
  "program_in_home",
  "no_lightning_wallet",
  "no_lightning_here",
  "no_wallet_relay",
  "mainnet",
];

/** The same of a store. What a peer sends may have errors with these codes too, and must not keep a daemon from its next start. */
const LASTING_OF_STORE: readonly string[] = ["corrupt", "version"];

/** Runs `work`. A lasting failure is thrown as a mistake, with the same code and words. */
export async function asOwnersFault<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const { code, message, suggestion, exitCode } = describeFailure(cause);
    const lasts = LASTING.includes(code) ||
      cause instanceof StoreError && LASTING_OF_STORE.includes(cause.code);
    if (exitCode !== 1 || !lasts) throw cause;
    throw new UsageError(message, suggestion, code, { cause });
  }
}
