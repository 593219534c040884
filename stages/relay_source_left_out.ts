/**
 * What the log says of a further relay that refuses relaySource for good; a daemon's status reads it there.
 *
 * @module
 */

/** The message; its fields are `relay` and `reason`. */
export const LEFT_OUT = "further relay left out";
