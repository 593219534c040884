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
  /** A folder for the client's store. */
  readonly folder: string;
  /** How the two speak. */
  readonly wire: "interledger" | "crosstown";
  /** The channel. */
  readonly channelId: string;
  /** The connector's address on the chain. */
  readonly peerAddress: string;
  /** What the channel holds. */
  readonly depositUnits: bigint;
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
  /** Payments a second. */
  readonly perSecond: number;
}
