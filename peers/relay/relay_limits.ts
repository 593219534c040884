/**
 * The most that a session accepts from a relay. These limits are our own, because relays do not always keep the limits that they advertise
 * (NIP-11).
 *
 * @module
 */

/** The bounds of one session. */
export interface RelayLimits {
  /** One WebSocket frame; a larger one ends the connection. */
  readonly maxFrameBytes: number;
  /** One event in its received encoding; a larger one is dropped and counted. */
  readonly maxEventBytes: number;
  /** The bounds of a subscription's queue. When either is reached, the socket is paused. */
  readonly queueEvents: number;
  readonly queueBytes: number;
  /** The longest pause of a socket. After it, the subscription is closed, and requested again later. */
  readonly maxHoldMs: number;
  /** The most stored events, and their bytes, that one REQ may bring. With more, the connection is closed. */
  readonly maxStoredEvents: number;
  readonly maxStoredBytes: number;
  /** The longest time from opening the socket to the end of the WebSocket handshake. */
  readonly connectTimeoutMs: number;
  /** Time between pings. If nothing arrives between two pings, the connection is closed. */
  readonly pingEveryMs: number;
  /** If no stored event arrives for this long, the end of the stored phase is assumed. */
  readonly eoseTimeoutMs: number;
  /** The number of consecutive unreadable messages after which the connection is closed. */
  readonly maxMalformed: number;
  /**
   * The most messages in ten seconds for subscriptions that are not open. A relay may send some after a CLOSE; one that goes on ignores it,
   * and the connection is closed for the longest wait.
   */
  readonly maxUnasked: number;
  /** The most events that wait for OK at the same time. */
  readonly maxPublishing: number;
}

/** The default limits. */
export const RELAY_LIMITS: RelayLimits = {
  maxFrameBytes: 1_048_576,
  maxEventBytes: 65_536,
  queueEvents: 256,
  queueBytes: 4_194_304,
  maxHoldMs: 10_000,
  maxStoredEvents: 100_000,
  maxStoredBytes: 536_870_912,
  connectTimeoutMs: 10_000,
  pingEveryMs: 30_000,
  eoseTimeoutMs: 30_000,
  maxMalformed: 32,
  maxUnasked: 10_000,
  maxPublishing: 1_024,
};
