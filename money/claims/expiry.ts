/**
 * How far ahead a packet may expire.
 *
 * @module
 */

/** How far ahead a packet may expire: well within the time after which a connector writes a packet off (docs/money.md#write-off). */
export const MAX_EXPIRY_AHEAD_MS = 300_000;
