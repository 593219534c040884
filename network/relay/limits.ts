/**
 * What the relay takes from anybody at most. NIP-11 tells them to clients.
 *
 * @module
 */

/** The bounds of a relay server. */
export interface RelayServerLimits {
  /** One WebSocket message; a larger one closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** One event as it came, TOON or JSON. */
  readonly maxEventBytes: number;
  /** Tags of one event. */
  readonly maxEventTags: number;
  /** How deep a client's JSON may nest. */
  readonly maxDepth: number;
  /**
   * Connections that have not sent a whole request yet; above, the oldest of them is cut. With `maxConnections` less than the files
   * that the process may have open.
   */
  readonly maxPending: number;
  /** The same from one address. */
  readonly maxPendingPerAddress: number;
  /** How long a connection may take to send its request and to read an answer that is not a WebSocket. */
  readonly requestMs: number;
  /** Connections in all; above, a new one is closed with 1013. */
  readonly maxConnections: number;
  /** Connections from one address; above, as above. */
  readonly maxConnectionsPerAddress: number;
  /** Open subscriptions of one connection. */
  readonly maxSubscriptions: number;
  readonly maxFilters: number;
  /** Values in all lists of all open filters of one connection. */
  readonly maxFilterValues: number;
  readonly maxSubidLength: number;
  /** Stored events a filter brings at most, and how many where it names no limit. */
  readonly maxLimit: number;
  /** Where COUNT stops counting and says `approximate`. */
  readonly maxCounted: number;
  /** Bytes that wait for one reader; above, the reader is dropped as too slow. */
  readonly maxBufferedBytes: number;
  /** A reader that takes nothing for this long while stored events wait is dropped. */
  readonly maxStallMs: number;
  /** How long a connection may take to go once it was told to. */
  readonly closeGraceMs: number;
  /** A connection that answers no ping for twice this long is gone. */
  readonly pingMs: number;
  /** Messages a connection may send a second, on average over ten. */
  readonly maxMessagesPerSecond: number;
  /** Events of one connection that wait for their OK; above, nothing more is read from it. */
  readonly maxPendingEvents: number;
  /** Signed proofs (NIP-42) that a connection may send in all; each costs a verification. */
  readonly maxProofs: number;
  /** How far in the future an event may claim to be from. */
  readonly maxAheadS: number;
}

/** The limits of the `dev` network. */
export const RELAY_SERVER_LIMITS: RelayServerLimits = {
  maxMessageBytes: 524_288,
  maxEventBytes: 65_536,
  maxEventTags: 2_000,
  maxDepth: 16,
  maxPending: 512,
  maxPendingPerAddress: 256,
  requestMs: 10_000,
  maxConnections: 16_384,
  maxConnectionsPerAddress: 1_024,
  maxSubscriptions: 200,
  maxFilters: 10,
  maxFilterValues: 20_000,
  maxSubidLength: 64,
  maxLimit: 500,
  maxCounted: 100_000,
  maxBufferedBytes: 4_194_304,
  maxStallMs: 10_000,
  closeGraceMs: 1_000,
  pingMs: 60_000,
  maxMessagesPerSecond: 1_000,
  maxPendingEvents: 256,
  maxProofs: 16,
  maxAheadS: 900,
};
