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
  /** How deep a client's JSON may nest. */
  readonly maxDepth: number;
  readonly maxConnections: number;
  readonly maxSubscriptions: number;
  readonly maxFilters: number;
  readonly maxSubidLength: number;
  /** Stored events a filter brings at most, and how many where it names no limit. */
  readonly maxLimit: number;
  /** Bytes that wait for one reader; above, the reader is dropped as too slow. */
  readonly maxBufferedBytes: number;
  /** A reader that takes nothing for this long while stored events wait is dropped. */
  readonly maxStallMs: number;
  /** Messages a connection may send a second, on average over ten. */
  readonly maxMessagesPerSecond: number;
  /** How far in the future an event may claim to be from. */
  readonly maxAheadS: number;
}

/** The limits of the `dev` network. */
export const RELAY_SERVER_LIMITS: RelayServerLimits = {
  maxMessageBytes: 524_288,
  maxEventBytes: 65_536,
  maxDepth: 16,
  maxConnections: 1_024,
  maxSubscriptions: 20,
  maxFilters: 10,
  maxSubidLength: 64,
  maxLimit: 500,
  maxBufferedBytes: 4_194_304,
  maxStallMs: 10_000,
  maxMessagesPerSecond: 1_000,
  maxAheadS: 900,
};
