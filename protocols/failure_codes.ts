/**
 * Codes of failed jobs that several parts of the program compare.
 *
 * @module
 */

/** The command of the job ran and exited with another code than 0. The job has a result, so its provider did what it was paid for. */
export const EXIT_CODE = "exit_code";

/** The result does not match the schema that its provider announced. */
export const BAD_RESULT = "bad_result";

/** The provider that was asked next gave no quote that counts. It was not paid. */
export const UNQUOTED = "unquoted";

/** The provider was paid, and nothing was heard of it for half of the time that was left (docs/money.md#failover). */
export const SILENT = "silent";

/** No provider that fits the job is paid upfront for it. Nothing was sent. */
export const NO_UPFRONT = "no_upfront";

/** This buyer pays no more to strangers today before their results (docs/money.md#strangers). The provider was not paid. */
export const STRANGERS = "strangers";

/** No provider that fits is trusted with a payment upfront (docs/money.md#distrust). Nothing was sent. */
export const DISTRUSTED = "distrusted";
