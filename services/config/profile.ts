/**
 * A network profile: where the relay, the connector and the chain are and under which rules one writes and pays there.
 *
 * @module
 */

/** How a profile's parts are reached and paid. All addresses are checked when the profile is read. */
export interface Profile {
  readonly name: string;
  /** `ws://` is accepted for loopback only (S3). */
  readonly relayUrl: string;
  /** The relay's Nostr key, ILP address and price; null where `write` is `nostr`. */
  readonly relay: {
    readonly pubkey: string;
    readonly ilpAddress: string;
    readonly priceUnitsPerByte: bigint;
  } | null;
  /** `ilp`: every write is a paid packet. `nostr`: events go free over WebSocket and only jobs are paid. */
  readonly write: "ilp" | "nostr";
  /** `btp+ws://host:port` or `btp+wss://`; null where nothing can be paid. */
  readonly connectorBtp: string | null;
  /** How to sign in at the connector; from the profile's own 0600 file. */
  readonly connectorAuth: { readonly username: string; readonly token: string } | null;
  /** The channel this home pays through, and the one it is paid through (providers). */
  readonly channel: { readonly channelId: string; readonly peerAddress: string } | null;
  readonly wire: "interledger" | "crosstown";
  readonly chain: {
    readonly chainId: number;
    readonly tokenNetworkAddress: string;
    /** File with the channel facts, for profiles without an RPC yet. */
    readonly factsFile: string | null;
  };
  readonly asset: { readonly code: string; readonly scale: number };
  readonly testnet: boolean;
  /** Whether a peer keeps credit after a refusal (MONEY 1, P3). */
  readonly peerRule: "credit" | "strict";
}
