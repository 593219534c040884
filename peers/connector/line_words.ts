/**
 * Lines of the log that another part of the program reads.
 *
 * @module
 */

/** The connector answered a ping; with `latency_ms`. */
export const CONNECTOR_ANSWERED = "connector answered a ping";
