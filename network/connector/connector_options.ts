/**
 * What a connector is made of.
 *
 * @module
 */
import type { WireName } from "../../protocols/wires/names.ts";
import type { ClaimChain, PayingKeeper } from "../../peers/connector/paid_channels.ts";
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
import type { Route } from "./routing_table.ts";

/** A peer that may sign in. */
export interface PeerOptions {
  readonly username: string;
  /** The secret; never shown. */
  readonly token: string;
  /**
   * The channel between it and us, both directions. Null: channels are found by `settlementAddress`, or, where there is none, the
   * peer knows no claims.
   */
  readonly channelId: string | null;
  /** Its payment address, or a name, for people. */
  readonly peerAddress: string;
  /**
   * Its pinned payment address, `0x` and 40 hex digits: it pays through any channel between exactly it and us, and is paid through
   * the open one that its sign-in proves or the channel manager names. A channel may be replaced by another at any sign-in.
   */
  readonly settlementAddress?: string;
  /** W toward it, base units; the connector's own unless told. */
  readonly windowUnits?: bigint;
  /** The most that is written off at it a day, base units; the connector's own unless told. */
  readonly writeOffLimitUnits?: bigint;
  /** What to take it for until it showed a `claim-ack`; `credit` unless told. */
  readonly peerRule?: "credit" | "strict";
  /** What a peer without claims may owe in all; 0 unless told. */
  readonly trustUnits?: bigint;
  /** Its ILP address as ILDCP tells it; ours and its name unless told. */
  readonly ilpAddress?: string;
  /** The largest packet that goes to it, W unless told and never more; F08 with both amounts above it. */
  readonly maxPacketUnits?: bigint;
  /** The most of its money that may be held here at once, base units; T04 above it. */
  readonly maxHeldUnits?: bigint;
  /** We dial it, instead of it us; its own sign-in is refused then, and `token` unused. */
  readonly dial?: DialOptions;
}

/** How a peer is reached that we dial. */
export interface DialOptions {
  /** `btp+ws://host:port` or `btp+wss://`. */
  readonly url: string;
  readonly wire: WireName;
  /** Our name and secret there; null where it takes guests. */
  readonly auth: { readonly username: string; readonly token: string } | null;
}

/** A connector's settings. Everything survives a structured clone. */
export interface ConnectorOptions {
  readonly ilpAddress: string;
  /** Loopback unless told otherwise; port 0 picks a free one. */
  readonly listen: { readonly hostname: string; readonly port: number };
  readonly chain: ClaimChain;
  readonly peers: readonly PeerOptions[];
  readonly routes: readonly Route[];
  /** What is kept of packets that are forwarded; nothing unless told. */
  readonly fee?: Fee;
  /** What amounts are in; told to children (ILDCP). M2M of scale 6 unless told. */
  readonly asset?: { readonly code: string; readonly scale: number };
  /** How much earlier the next hop must answer, 1 s unless told. */
  readonly expiryMarginMs?: number;
  /** 3,600 on `dev`; 86,400 unless told. */
  readonly minSettlementTimeoutS?: number;
  /** Deposit worth 20 claims' gas (`depositWorthClaims`), 0 unless told. */
  readonly minDepositUnits?: bigint;
  /** The most data of a PREPARE on any wire; what the widest allows unless told. */
  readonly maxDataBytes?: number;
  /** Packets of amount 0 at once and a second, for each session; 20 and 5 unless told. */
  readonly freePackets?: readonly [number, number];
  /** Refused packets of one payer at once and a second, 1,000 and 2 unless told; its next packets wait. */
  readonly refusals?: readonly [number, number];
  /** How long closing waits for what is held; not at all unless told. */
  readonly drainMs?: number;
  /** When an unknown next hop's packet is answered at our loss, 600,000 unless told. */
  readonly writeOffMs?: number;
  /** The most that is written off at each peer a day, base units; W toward it unless told. */
  readonly writeOffLimitUnits?: bigint;
  /** W toward each peer, base units; see PayerOptions. */
  readonly windowUnits?: bigint;
  /** Connections that have not shown a peer's secret yet, 256 unless told; the oldest gives way to a new one. */
  readonly maxPending?: number;
  /** The same from one address, 128 unless told. */
  readonly maxPendingPerAddress?: number;
  /** Sessions of one peer, 64 unless told. The places are its own: whatever others do, it gets in. */
  readonly sessionsPerPeer?: number;
  /** Lets names in that are not configured: they may pay, never receive. Nobody unless told. */
  readonly guests?: { readonly maxSessions: number };
  /** Time from the first moment of a connection to its sign-in, 5 s unless told. */
  readonly authMs?: number;
}

/** What a connector works on. */
export interface ConnectorDeps {
  readonly store: Store;
  readonly signer: Pick<Signer, "identity" | "signClaims" | "lastClaim" | "signChallenge">;
  readonly chain: Chain;
  /** Simulates first claims, and every 1,000th; none where a file speaks for the chain. */
  readonly evm?: Pick<EvmChain, "simulate">;
  readonly timers: Timers;
  readonly log: Log;
  /** Finds and funds channels toward pinned peers, and says through which packets may be taken. */
  readonly manager?: PayingKeeper & Pick<ChannelManager, "refusesPackets">;
  /** Local delivery, by the names that routes use. */
  readonly terminals: Readonly<Record<string, Terminal>>;
}

/** One session, for people. */
export interface SessionStatus {
  /** `guest` for one that is not configured. */
  readonly username: string;
  readonly guest: boolean;
  /** Told by its first frame. */
  readonly wire: WireName;
  /** Whether it receives packets. */
  readonly proven: boolean;
  /** We dialed it. */
  readonly dialed: boolean;
  readonly sinceMs: number;
  /** Its requests under way here, and ours there. */
  readonly inFlight: number;
}

/** A peer that we dial, for people. */
export interface LineTo {
  readonly peer: string;
  readonly url: string;
  readonly line: LineStatus;
}

/** What a connector shows. */
export interface ConnectorStatus {
  readonly ilpAddress: string;
  readonly port: number;
  readonly sinceMs: number;
  /** New packets are refused; what is held is finished. */
  readonly draining: boolean;
  readonly sessions: readonly SessionStatus[];
  /** Connections that have not shown a secret. */
  readonly pendingConnections: number;
  readonly lines: readonly LineTo[];
  /** Channels as payer, by peer. */
  readonly payers: readonly (PayerStatus & { readonly username: string })[];
  /** What was written off at each peer that a route leads to. */
  readonly nextHops: readonly (WriteOffStatus & { readonly peer: string })[];
  /** Accounts as receiver. */
  readonly accounts: readonly ReceiverStatus[];
  readonly routes: readonly Route[];
  readonly fee: Fee;
  /** Packets answered since the start: `fulfilled`, or the code of the refusal. */
  readonly outcomes: Readonly<Record<string, number>>;
  /** Of the last ten seconds. */
  readonly packetsPerSecond: number;
  /** Answered upstream at our own loss so far, base units, also what the next hop refused later. */
  readonly writtenOffUnits: bigint;
}
