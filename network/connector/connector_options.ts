/**
 * The options, services and status of a connector.
 *
 * @module
 */
import type { WireName } from "../../protocols/wires/names.ts";
import type { ClaimChain, PayingManager } from "../../peers/connector/paid_channels.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { Log } from "../../base/log/log.ts";
import type { PayerStatus } from "../../money/payer/payer_options.ts";
import type { WriteOffStatus } from "../../money/payer/write_offs.ts";
import type { ReceiverStatus } from "../../money/receiver/receiver_options.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { Timers } from "../../base/timers.ts";
import type { Chain } from "../../money/evm/chain.ts";
import type { EvmChain } from "../../money/evm/chain_connection.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { Store } from "../../store/store.ts";
import type { LineStatus } from "../../peers/connector/dialer.ts";
import type { Fee } from "../../protocols/ilp/fee.ts";
import type { PacketTrace } from "./packet_trace.ts";
import type { Route } from "./routing_table.ts";

/** A peer that may sign in. */
export interface PeerOptions {
  readonly username: string;
  /** The secret. It is never shown. */
  readonly token: string;
  /**
   * The channel between the peer and us, for both directions. Null: channels are found by `settlementAddress`. Without that address too,
   * the peer uses no claims.
   */
  readonly channelId: string | null;
  /** The peer's payment address, or a name to show to people. */
  readonly peerAddress: string;
  /**
   * The peer's pinned payment address, `0x` and 40 hex digits. The peer may pay through every channel between this address and us. We pay
   * it through the open channel that its sign-in proves, or that the channel manager returns. Each sign-in may bring another channel.
   */
  readonly settlementAddress?: string;
  /** The window W toward the peer, in base units. Default: that of the connector. */
  readonly windowUnits?: bigint;
  /** The most that may be written off at the peer in a day, in base units. Default: that of the connector. */
  readonly writeOffLimitUnits?: bigint;
  /** The rule that is assumed for the peer until it has sent a `claim-ack`. Default: `credit`. */
  readonly peerRule?: "credit" | "strict";
  /** The most that a peer without claims may owe. Default: 0. */
  readonly trustUnits?: bigint;
  /** The ILP address that ILDCP assigns to the peer. Default: our address, a dot and its username. */
  readonly ilpAddress?: string;
  /** The largest packet that is forwarded to the peer. A larger one is refused with F08 and both amounts. Default and maximum: W. */
  readonly maxPacketUnits?: bigint;
  /** The most of the peer's money that may be held here at the same time, in base units. Above it, packets are refused with T04. */
  readonly maxHeldUnits?: bigint;
  /** If present, we dial the peer. Its own sign-in is then refused, and `token` is not used. */
  readonly dial?: DialOptions;
}

/** How to reach a peer that we dial. */
export interface DialOptions {
  /** `btp+ws://host:port` or `btp+wss://`. */
  readonly url: string;
  readonly wire: WireName;
  /** Our username and secret at the peer; null if it accepts guests. */
  readonly auth: { readonly username: string; readonly token: string } | null;
}

/** A connector's settings. All values can be cloned (structured clone). */
export interface ConnectorOptions {
  readonly ilpAddress: string;
  /** Where it listens. Port 0 chooses a free port. */
  readonly listen: { readonly hostname: string; readonly port: number };
  readonly chain: ClaimChain;
  readonly peers: readonly PeerOptions[];
  readonly routes: readonly Route[];
  /** The fee for forwarded packets. Default: none. */
  readonly fee?: Fee;
  /** The asset of all amounts. ILDCP tells it to children. Default: M2M with scale 6. */
  readonly asset?: { readonly code: string; readonly scale: number };
  /** How much earlier the packet to the next hop expires. Default: 1 s. */
  readonly expiryMarginMs?: number;
  /** The shortest settlement timeout of a channel that is accepted. Default: 86,400 s; 3,600 s on `dev`. */
  readonly minSettlementTimeoutS?: number;
  /** The least deposit that pays the gas of 20 claims (`depositWorthClaims`). Default: 0. */
  readonly minDepositUnits?: bigint;
  /** The most data of a PREPARE on any wire. Default: the largest maximum of all wires. */
  readonly maxDataBytes?: number;
  /** The most packets of amount 0 in each session: in a burst, and per second. Default: 20 and 5. */
  readonly freePackets?: readonly [number, number];
  /** The most refused packets of one payer: in a burst, and per second. Above it, the payer's next packets wait. Default: 1,000 and 2. */
  readonly refusals?: readonly [number, number];
  /** How long closing waits for held packets. Default: 0. */
  readonly drainMs?: number;
  /** After this time without an answer of the next hop, a packet is written off. Default: 600,000. */
  readonly writeOffMs?: number;
  /** The most that may be written off at each peer in a day, in base units. Default: W toward the peer. */
  readonly writeOffLimitUnits?: bigint;
  /** The window W toward each peer, in base units; see PayerOptions. */
  readonly windowUnits?: bigint;
  /** The most connections that have not signed in yet. Above it, a new one replaces the oldest. Default: 256. */
  readonly maxPending?: number;
  /** The same for one address. Default: 128. */
  readonly maxPendingPerAddress?: number;
  /** The most sessions of one peer. They are reserved: other clients cannot use up a peer's sessions. Default: 64. */
  readonly sessionsPerPeer?: number;
  /** Accepts guests, whose usernames are not configured. They may pay, but never receive. Default: no guests. */
  readonly guests?: { readonly maxSessions: number };
  /** The most time from the start of a connection to its sign-in. Default: 5 s. */
  readonly authMs?: number;
}

/** The services that a connector needs. */
export interface ConnectorDeps {
  readonly store: Store;
  readonly signer: Pick<Signer, "identity" | "signClaims" | "lastClaim" | "signChallenge">;
  readonly chain: Chain;
  /** Simulates first claims, and every 1,000th. Missing if a file supplies the facts of the chain. */
  readonly evm?: Pick<EvmChain, "simulate">;
  readonly timers: Timers;
  readonly log: Log;
  /** Finds and funds channels toward pinned peers, and says which channels may receive packets. */
  readonly manager?: PayingManager & Pick<ChannelManager, "refusesPackets">;
  /** The terminals for local delivery, by the names that routes use. */
  readonly terminals: Readonly<Record<string, Terminal>>;
  /** Makes the spans of packets. Missing unless traces are on. */
  readonly trace?: PacketTrace;
}

/** The status of a session, to show to people. */
export interface SessionStatus {
  /** The peer's username, or `guest`. */
  readonly username: string;
  readonly guest: boolean;
  /** The wire of the session's first frame. */
  readonly wire: WireName;
  /** Whether this session receives packets. */
  readonly proven: boolean;
  /** Whether we dialed it. */
  readonly dialed: boolean;
  readonly sinceMs: number;
  /** The number of unanswered requests, of the peer and of us. */
  readonly inFlight: number;
}

/** The line to a peer that we dial, to show to people. */
export interface LineTo {
  readonly peer: string;
  readonly url: string;
  readonly line: LineStatus;
}

/** The status of a connector. */
export interface ConnectorStatus {
  readonly ilpAddress: string;
  readonly port: number;
  readonly sinceMs: number;
  /** True while the connector closes: it refuses new packets and finishes held ones. */
  readonly draining: boolean;
  readonly sessions: readonly SessionStatus[];
  /** Connections that have not signed in. */
  readonly pendingConnections: number;
  readonly lines: readonly LineTo[];
  /** Our channels as payer, with the peer. */
  readonly payers: readonly (PayerStatus & { readonly username: string })[];
  /** What was written off at each peer that has a route. */
  readonly nextHops: readonly (WriteOffStatus & { readonly peer: string })[];
  /** Our accounts as receiver. */
  readonly accounts: readonly ReceiverStatus[];
  readonly routes: readonly Route[];
  readonly fee: Fee;
  /** The number of packets answered since the start, by outcome: `fulfilled`, or the code of the refusal. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** The average of the last ten seconds. */
  readonly packetsPerSecond: number;
  /** The total that was ever written off, in base units. Includes packets that the next hop refused later. */
  readonly writtenOffUnits: bigint;
}
