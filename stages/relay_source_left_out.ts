/**
 * The log message about a further relay that refuses the subscription permanently. The status of a daemon reads it from the log.
 *
 * @module
 */

/** The message; its fields are `relay` and `reason`. */
export const LEFT_OUT = "further relay left out";
