/**
 * What a session takes from a relay at most. Relays advertise limits that they do not keep (NIP-11), so these are our own.
 *
 * @module
 */

/** The bounds of one session. */
export interface RelayLimits {
  /** One WebSocket frame; a larger one ends the connection. */
  readonly maxFrameBytes: number;
  /** One event as it came; a larger one is dropped and counted. */
  readonly maxEventBytes: number;
  /** A subscription's queue: when either is reached the socket is paused. */
  readonly queueEvents: number;
  readonly queueBytes: number;
  /** A paused socket is held no longer than this, then the subscription is closed and asked for again. */
  readonly maxHoldMs: number;
  /** Stored events and their bytes that one REQ may bring before it counts as a flood. */
  readonly maxStoredEvents: number;
  readonly maxStoredBytes: number;
  /** From opening the socket to the WebSocket handshake's end. */
  readonly connectTimeoutMs: number;
  /** A ping goes out after this much silence; twice this without an answer ends the connection. */
  readonly pingEveryMs: number;
  /** Silence in the stored phase after which its end is assumed. */
  readonly eoseTimeoutMs: number;
  /** Messages that could not be read, in a row, before the connection is given up. */
  readonly maxMalformed: number;
  /** Events being published at once. */
  readonly maxPublishing: number;
}

/** The limits that hold unless a caller says otherwise. */
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
  maxPublishing: 1_024,
};
