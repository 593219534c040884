/**
 * The names of the wires, without their codecs. Configuration and help need only the names.
 *
 * @module
 */

/** The names of the wires in profiles. The first is the default. */
export const WIRE_NAMES = ["interledger", "crosstown"] as const;

/** One of these names. */
export type WireName = typeof WIRE_NAMES[number];

/** The wire of a profile that names none. */
export const DEFAULT_WIRE: WireName = WIRE_NAMES[0];
