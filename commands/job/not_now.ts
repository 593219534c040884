/**
 * Errors after which a command that only shows a job goes on without opening the home.
 *
 * @module
 */

/** Their codes. */
export const NOT_NOW: readonly string[] = [
  "no_wallet",
  "no_passphrase",
  "locked",
  "wallet_format",
  "unopened",
];
