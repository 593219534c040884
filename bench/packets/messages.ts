/**
 * What the packet bench and its paying client say to each other. The client is in a worker of its own, as it is in a process of
 * its own where it is deployed.
 *
 * @module
 */

/** Where and how to pay. */
export interface ClientStart {
  /** The connector. */
  readonly url: string;
  /** How the client signs in. */
  readonly username: string;
  /** See `username`. */
  readonly token: string;
  /** A folder for the client's store. */
  readonly folder: string;
  /** How the two speak. */
  readonly wire: "interledger" | "crosstown";
  /** Null where the connector knows no claims. */
  readonly channel: {
    readonly channelId: string;
    readonly peerAddress: string;
    readonly depositUnits: bigint;
  } | null;
  /** Where packets go. */
  readonly destination: string;
  /** A relay whose live events are counted, and whose events the packets carry; null for packets of no meaning. */
  readonly relayUrl: string | null;
}

/** A number of payments, so many at once. */
export interface Flight {
  /** Open at once. */
  readonly width: number;
  /** In all. */
  readonly count: number;
}

/** How they went. */
export interface Flown {
  /** Of each payment. */
  readonly timesMs: number[];
  /** Payments a second; with a relay, until the last event was seen by its subscriber. */
  readonly perSecond: number;
}
