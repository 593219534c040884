/**
 * The limit of amounts. A file of its own, because settings need the number and not the codec of packets.
 *
 * @module
 */

/** The largest amount of a PREPARE. */
export const MAX_AMOUNT = 2n ** 64n - 1n;
