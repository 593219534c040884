/**
 * The greatest time until a packet may expire.
 *
 * @module
 */

/**
 * The greatest time from now until a packet's expiry, in milliseconds. It is much shorter than the time after which a connector writes a
 * packet off (docs/money.md#write-off).
 */
export const MAX_EXPIRY_AHEAD_MS = 300_000;
