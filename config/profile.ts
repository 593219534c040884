/**
 * A network profile: where the relay, the connector and the chain are and under which rules one writes and pays there.
 *
 * @module
 */
import type { WireName } from "../protocols/wires/names.ts";
import type { Asset } from "../protocols/ilp/asset.ts";
import type { HopFee } from "../protocols/ilp/fee.ts";

/** How a profile's parts are reached and paid. All addresses are checked when the profile is read. */
export interface Profile {
  /** `dev`, `base-sepolia`, or the NAME of `[networks.NAME]`. */
  readonly name: string;
  /** `ws://` is accepted for loopback only (S3). */
  readonly relayUrl: string;
  /** The relay's Nostr key, ILP address and price; null where `write` is `nostr`, or where the terms are not known yet. */
  readonly relay: {
    readonly pubkey: string;
    readonly ilpAddress: string;
    readonly priceUnitsPerByte: bigint;
    /** Instead of it, for events of these kinds; 0 is free. */
    readonly kindPricesUnitsPerByte?: Readonly<Record<number, bigint>>;
  } | null;
  /** Where inputs and results go that are too large for an event, and what a MiB of storage costs; absent where there is no such server. */
  readonly blobs?: {
    readonly url: string;
    readonly unitsPerMib: bigint;
    /** Further servers that are sent a copy and asked where that one is away; none where absent. */
    readonly mirrors?: readonly string[];
  };
  /** `ilp`: every write is a paid packet. `nostr`: events go free over WebSocket and only jobs are paid. */
  readonly write: "ilp" | "nostr";
  /** `btp+ws://host:port` or `btp+wss://`; null where nothing can be paid. */
  readonly connectorBtp: string | null;
  /** How to sign in at the connector; from the profile's own 0600 file. */
  readonly connectorAuth: { readonly username: string; readonly token: string } | null;
  /**
   * Whom this home pays through: the connector's settlement address, pinned here (docs/money.md#channels). Null where nothing is paid, or where it
   * is not known yet. The channel with it is found or opened on the chain.
   */
  readonly peer: {
    readonly address: string;
    /** The channel that the facts file states, where no chain is asked; null where there is an RPC. */
    readonly channelId: string | null;
  } | null;
  /**
   * What hops keep of packets that they forward, in the order in which a packet meets them: more is sent, so that the price arrives.
   * A destination that no prefix holds costs no fee.
   */
  readonly hopFees?: readonly HopFee[];
  /** This home's own address at the connector, where it can be paid (providers). */
  readonly ilpAddress?: string;
  /** The framing of BTP and ILP that the connector speaks. */
  readonly wire: WireName;
  /** Chain and contracts. `chainId` 0 and the zero address where the profile has no chain. */
  readonly chain: {
    readonly chainId: number;
    /** Claims are signed for this contract and no other; an RPC's registry must name the same. */
    readonly tokenNetworkAddress: string;
    /** File with the channel facts, for profiles without an RPC. */
    readonly factsFile: string | null;
    /** JSON-RPC of the chain, the first that answers is asked; none where a facts file speaks for it, or nothing is paid. */
    readonly rpcUrls: readonly string[];
    /** Blocks, its own among them, after which a channel and a deposit count. */
    readonly confirmations: number;
    /** The token's contract, where known. */
    readonly tokenAddress?: string;
    /** The registry from which the token network is looked up, where known. */
    readonly registryAddress?: string;
    /** Keccak-256 of the code at the token network's address, `0x` and 64 hex digits; where it is missing, `doctor` says so. */
    readonly tokenNetworkCodeHash?: string;
    /** The block of the registry's deployment: nothing is looked for before it. */
    readonly deployBlock?: number;
    /** Raw units of the token in one base unit (docs/money.md#channels); only 1 is taken. */
    readonly unitsPerBase?: bigint;
    /** Units that one whole unit of the chain's own currency buys, to weigh amounts against gas; 0 where the token is worth nothing. */
    readonly unitsPerNative?: bigint;
    /** Where people look at transactions, and where test tokens come from. */
    readonly explorerUrl?: string;
    readonly faucetUrl?: string;
  };
  /**
   * What amounts are read, shown and exported in: one `code` is 10^scale base units, and the token on the chain has as many decimals.
   * `announcedScale` is what the network's announcements say instead, where they are known to say another scale.
   */
  readonly asset: Asset & { readonly announcedScale?: number };
  /** False for a main network, which is refused before 1.0 (S9). */
  readonly testnet: boolean;
  /** Whether a peer keeps credit after a refusal (docs/money.md, P3). */
  readonly peerRule: "credit" | "strict";
}
