/**
 * The size limit of a result that is sent by reference.
 *
 * @module
 */

/** The largest content of such a result, in bytes. A buyer accepts no larger one. */
export const MAX_LARGE_RESULT_BYTES = 16 << 20;
