/**
 * A network profile: the addresses of relay, connector and chain, and the rules for writing and paying on this network.
 *
 * @module
 */
import type { WireName } from "../protocols/wires/names.ts";
import type { Asset } from "../protocols/ilp/asset.ts";
import type { HopFee } from "../protocols/ilp/fee.ts";

/** The parts of a network. All addresses are checked when the profile is read. */
export interface Profile {
  /** `dev`, `base-sepolia`, or the NAME of `[networks.NAME]`. */
  readonly name: string;
  /** `ws://` is accepted for loopback only. */
  readonly relayUrl: string;
  /** Further relays that are only read, none of them `relayUrl`; absent where there are none. */
  readonly moreRelays?: readonly string[];
  /** The relay's Nostr key, ILP address and price; null if `write` is `nostr`, or if the terms are not known yet. */
  readonly relay: {
    readonly pubkey: string;
    readonly ilpAddress: string;
    readonly priceUnitsPerByte: bigint;
    /** Prices for events of these kinds, which replace it; 0 means free. */
    readonly kindPricesUnitsPerByte?: Readonly<Record<number, bigint>>;
  } | null;
  /** The server for inputs and results that are too large for an event, and its price for each MiB; absent if there is none. */
  readonly blobs?: {
    readonly url: string;
    readonly unitsPerMib: bigint;
    /** Further servers that get a copy, and that are asked if the first one is away; absent if there are none. */
    readonly mirrors?: readonly string[];
  };
  /** `ilp`: every write is a paid packet. `nostr`: events go free over WebSocket and only jobs are paid. */
  readonly write: "ilp" | "nostr";
  /** `btp+ws://host:port` or `btp+wss://`; null if nothing can be paid. */
  readonly connectorBtp: string | null;
  /** The login at the connector; from a file with mode 0600. */
  readonly connectorAuth: { readonly username: string; readonly token: string } | null;
  /** Prefixes that the main connector reaches; absent if it reaches every address. */
  readonly connectorReaches?: readonly string[];
  /** Further connectors, in their order; absent if there are none. */
  readonly moreConnectors?: readonly MoreConnector[];
  /**
   * The connector's settlement address, through which this home pays; pinned here (docs/money.md#channels). Null if nothing is paid, or if
   * it is not known yet. The channel with it is found or opened on the chain.
   */
  readonly peer: {
    readonly address: string;
    /** The channel in the facts file, if no chain is asked; null if there is an RPC. */
    readonly channelId: string | null;
  } | null;
  /**
   * The fees of hops, in the order in which a packet meets them. The payer sends more, so that the price arrives. A destination without a
   * matching prefix costs no fee.
   */
  readonly hopFees?: readonly HopFee[];
  /** This home's own address at the connector, if it can be paid (providers). */
  readonly ilpAddress?: string;
  /** The connector's wire: its form of BTP messages and claims. */
  readonly wire: WireName;
  /** Chain and contracts. Without a chain, `chainId` is 0 and the address is zero. */
  readonly chain: {
    readonly chainId: number;
    /** The only contract for which claims are signed. The registry at the RPC must name the same one. */
    readonly tokenNetworkAddress: string;
    /** File with facts of the channel, for profiles without an RPC. */
    readonly factsFile: string | null;
    /** JSON-RPC addresses of the chain; the first one that answers is used. Empty if a facts file replaces it, or if nothing is paid. */
    readonly rpcUrls: readonly string[];
    /** A channel or deposit is confirmed after this number of blocks, including its own. */
    readonly confirmations: number;
    /** The token's contract, if known. */
    readonly tokenAddress?: string;
    /** The registry that names the token network, if known. */
    readonly registryAddress?: string;
    /** Keccak-256 of the code at the token network's address, `0x` and 64 hex digits. If it is missing, `doctor` reports that. */
    readonly tokenNetworkCodeHash?: string;
    /** The block in which the registry was deployed; searches start there. */
    readonly deployBlock?: number;
    /** Raw units of the token in one base unit (docs/money.md#channels); only 1 is accepted. */
    readonly unitsPerBase?: bigint;
    /** Base units that are worth one whole unit of the chain's own currency, to compare amounts with gas; 0 if the token has no value. */
    readonly unitsPerNative?: bigint;
    /** Where people can look at transactions, and get test tokens. */
    readonly explorerUrl?: string;
    readonly faucetUrl?: string;
  };
  /**
   * The asset of amounts: one `code` is 10^scale base units, and the token on the chain has as many decimals. `announcedScale` is the scale
   * in the network's announcements, if they are known to name another one.
   */
  readonly asset: Asset & { readonly announcedScale?: number };
  /** False for a main network, which is refused before version 1.0. */
  readonly testnet: boolean;
  /** Whether a peer keeps credit after a refusal (docs/money.md, P3). */
  readonly peerRule: "credit" | "strict";
}

/** A connector beside the main one. */
export interface MoreConnector {
  /** 1 to 32 small letters, digits or `-`. */
  readonly name: string;
  /** `btp+ws://host:port` or `btp+wss://`. */
  readonly url: string;
  /** The login; null for a connector that needs none. */
  readonly auth: { readonly username: string; readonly token: string } | null;
  /** Its settlement address, which is pinned here. */
  readonly peerAddress: string;
  /** The ILP prefixes that it reaches. An empty list reaches every address. */
  readonly reaches: readonly string[];
  /** This home's own address there, if it is paid over this connector too (providers). */
  readonly ilpAddress?: string;
  /** Whether it keeps credit after a refusal. */
  readonly peerRule: "credit" | "strict";
  /** The announcement whose terms the user accepted; absent for a connector that the configuration names. */
  readonly announced?: AcceptedAnnouncement;
  /** True if only addresses of the public internet are connected, whatever the name of its host resolves to. */
  readonly publicOnly?: true;
}

/** An announcement (kind 10032) whose terms were accepted. */
export interface AcceptedAnnouncement {
  /** The pinned key that signed it: 64 lowercase hex digits. */
  readonly pubkey: string;
  /** Seconds since the epoch. */
  readonly createdAtS: number;
  /** The time until which it is valid, in seconds since the epoch. */
  readonly expiresAtS: number;
}
