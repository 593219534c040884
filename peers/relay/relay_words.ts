/**
 * Lines of a relay session's log that another part of the program reads.
 *
 * @module
 */

/** The log messages about a connection. The status of a daemon reads them from its log. */
export const RELAY_WORDS = {
  connected: "relay connected",
  lost: "relay lost",
  notReached: "relay not reached",
  answered: "relay answered a ping",
} as const;
