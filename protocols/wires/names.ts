/**
 * The names of the wires, apart from their codecs: configuration and help need no more.
 *
 * @module
 */

/** How profiles name the wires; the first is taken where none is named. */
export const WIRE_NAMES = ["interledger", "crosstown"] as const;

/** One of them. */
export type WireName = typeof WIRE_NAMES[number];

/** The wire where a profile names none. */
export const DEFAULT_WIRE: WireName = WIRE_NAMES[0];
