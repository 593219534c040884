/**
 * Messages between the packet bench and its paying client. The client runs in its own worker, because in production it is another process.
 *
 * @module
 */
import type { WireName } from "../../protocols/wires/names.ts";

/** Where and how the client pays. */
export interface ClientStart {
  /** The connector. */
  readonly url: string;
  /** The client's login. */
  readonly username: string;
  /** See `username`. */
  readonly token: string;
  /** A folder for the client's store. */
  readonly folder: string;
  /** The wire between the two. */
  readonly wire: WireName;
  /** Null if the connector knows no claims. */
  readonly channel: {
    readonly channelId: string;
    readonly peerAddress: string;
    readonly depositUnits: bigint;
  } | null;
  /** The packets' destination. */
  readonly destination: string;
  /** A relay whose live events are counted, and whose events the packets carry; null for packets without content. */
  readonly relayUrl: string | null;
}

/** A number of payments, several at once. */
export interface Flight {
  /** How many are open at once. */
  readonly width: number;
  /** How many in total. */
  readonly count: number;
}

/** The result. */
export interface Flown {
  /** The time of each payment. */
  readonly timesMs: number[];
  /** Payments per second; with a relay, until its subscriber has received the last event. */
  readonly perSecond: number;
}
