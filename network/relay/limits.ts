/**
 * The limits of the relay for its clients. The NIP-11 document states them.
 *
 * @module
 */

/** The limits of a relay server. */
export interface RelayServerLimits {
  /** One WebSocket message; a larger one closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** One event in its received encoding, TOON or JSON. */
  readonly maxEventBytes: number;
  /** Tags of one event. */
  readonly maxEventTags: number;
  /** The deepest nesting of a client's JSON. */
  readonly maxDepth: number;
  /**
   * Connections that have not sent a complete request yet. Above it, the oldest of them is cut. The sum of this number and `maxConnections`
   * must be less than the number of files that the process may open.
   */
  readonly maxPending: number;
  /** The same from one address. */
  readonly maxPendingPerAddress: number;
  /** How long a connection may take to send its request and, without a WebSocket, to read the answer. */
  readonly requestMs: number;
  /** All established connections. Above it, a new one is closed with 1013. */
  readonly maxConnections: number;
  /** The same for one address. */
  readonly maxConnectionsPerAddress: number;
  /** Open subscriptions of one connection. */
  readonly maxSubscriptions: number;
  readonly maxFilters: number;
  /** Values in all lists of all open filters of one connection. */
  readonly maxFilterValues: number;
  readonly maxSubidLength: number;
  /** The most stored events for one filter, also if the filter has no limit. */
  readonly maxLimit: number;
  /** The number of rows after which COUNT stops and answers `approximate`. */
  readonly maxCounted: number;
  /** Bytes that wait for one reader. Above it, the reader is dropped as too slow. */
  readonly maxBufferedBytes: number;
  /** If stored events wait and the reader accepts nothing for this long, it is dropped. */
  readonly maxStallMs: number;
  /** How long a connection may stay open after our close frame. */
  readonly closeGraceMs: number;
  /** Time between pings. A connection that sends nothing between two pings is cut. */
  readonly pingMs: number;
  /** Messages that a connection may send in a second, on average over ten seconds. */
  readonly maxMessagesPerSecond: number;
  /** Events of one connection that wait for their OK. Above it, nothing more is read from the connection. */
  readonly maxPendingEvents: number;
  /** All NIP-42 proofs that a connection may send. Each costs a verification. */
  readonly maxProofs: number;
  /** How far `created_at` of an event may be in the future, in seconds. */
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
