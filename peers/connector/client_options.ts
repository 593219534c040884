/**
 * The settings of a session with a connector, what it needs, and its interface to the rest of the program.
 *
 * @module
 */
import type { WireName } from "../../protocols/wires/names.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import type { IldcpResponse } from "../../protocols/ilp/ildcp.ts";
import type { Chain } from "../../money/evm/chain.ts";
import type { EvmChain, GasMarket } from "../../money/evm/chain_connection.ts";
import type { AccountFigures } from "../../money/claims/claim_ack.ts";
import type { CommitLane } from "../../money/claims/commit_lane.ts";
import type { ClaimChain, PayingManager } from "./paid_channels.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { Log } from "../../base/log/log.ts";
import type { PacketOutcome } from "../../money/claims/outcome.ts";
import type { PayerStatus } from "../../money/payer/payer_options.ts";
import type { PayRequest } from "../../money/payer/payment_entry.ts";
import type { PayingAccount, ReceiverStatus } from "../../money/receiver/receiver_options.ts";
import type { SpendingGuard } from "../../money/payer/spending_limits.ts";
import type { Receiver } from "../../money/receiver/receiver.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { Timers } from "../../base/timers.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { OutgoingPacketRow, Store } from "../../store/store.ts";
import type { LineStatus } from "./dialer.ts";

/** The connector, and the channel that pays it. */
export interface ConnectorClientOptions {
  /** Its name, to show to people. Default: the URL. */
  readonly name?: string;
  /** `btp+ws://host:port` or `btp+wss://`. */
  readonly url: string;
  readonly auth: { readonly username: string; readonly token: string } | null;
  readonly wire: WireName;
  readonly peerRule: "credit" | "strict";
  /**
   * Null: the connector supports no claims and keeps balances itself. If `channelId` is null, the channel manager finds or opens a channel
   * with `peerAddress` when a payment needs it.
   */
  readonly channel:
    | { readonly channelId: string | null; readonly peerAddress: string }
    | null;
  readonly chain: ClaimChain;
  /** Our public key or name, as our claims state it. */
  readonly senderId: string;
  /** W, see PayerOptions. */
  readonly windowUnits?: bigint;
  /** See PayerOptions. */
  readonly maxForfeitUnits?: bigint;
  /** Makes the session receive packets. For this, the session proves the channel's key at sign-in. */
  readonly receive?: ReceiveOptions;
  readonly pingMs?: number;
  /** The largest frame that is read. Default: 1 MiB. */
  readonly maxFrameBytes?: number;
  /** True if only addresses of the public internet are connected. */
  readonly publicOnly?: boolean;
}

/** How packets are received. */
interface ReceiveOptions {
  readonly terminal: Terminal;
  /** Our ILP address. */
  readonly ilpAddress: string;
  /** The channel that pays us. Default: `channel`. Null, together with `trustUnits`, for a peer without claims. */
  readonly channelId?: string | null;
  readonly trustUnits?: bigint;
  readonly minSettlementTimeoutS?: number;
  /** The least deposit that pays the gas of 20 claims (`depositWorthClaims`). Default: 0. */
  readonly minDepositUnits?: bigint;
  /** How many units of the token one whole unit of the chain's currency is worth, to price gas. Default: 0, and gas is then ignored. */
  readonly unitsPerNative?: bigint;
}

/** The services that a session needs. */
export interface ConnectorClientDeps {
  readonly store: Store;
  /** The lane that all sessions of this process share. Default: one of its own. */
  readonly lane?: CommitLane;
  /** The receiver that all sessions of this process share, and that its maker resumes and closes. Default: one of its own. */
  readonly receiver?: Receiver;
  readonly signer: Pick<Signer, "identity" | "signClaims" | "lastClaim" | "signChallenge">;
  readonly chain: Chain;
  /** Simulates first claims, and every 1,000th. Missing if a file supplies the facts of the chain. */
  readonly evm?: Pick<EvmChain, "simulate"> & GasMarket;
  /** Limits for each job and provider. Without them, only the signer's ceilings apply. */
  readonly spending?: SpendingGuard;
  readonly timers: Timers;
  /** From 0 to below 1, for the backoff. */
  readonly random: () => number;
  readonly log: Log;
  /** Finds and funds the channel, and says whether the channel may receive packets. */
  readonly manager?: PayingManager & Pick<ChannelManager, "list" | "refusesPackets">;
  /** See PayerDeps: strict peers only. */
  readonly evidence?: (
    packet: OutgoingPacketRow,
  ) => Promise<"found" | "not_found" | "unknown">;
  /** Why no new packet may be signed for this connector now; null if packets may. Missing if nothing limits it. */
  readonly barred?: () => Promise<string | null>;
}

/** The status of line, payer and receiver, to show to people. */
export interface ConnectorStatus {
  readonly url: string;
  readonly line: LineStatus;
  /** Null until the store has been read, and while no channel is known. */
  readonly payer: PayerStatus | null;
  readonly receiver: readonly ReceiverStatus[];
}

/** A session with a connector. */
export interface ConnectorClient {
  /** Pays an obligation once, and tries again after some refusals (pay_again.ts). Never throws; see PacketOutcome. */
  pay(
    request: Omit<PayRequest, "incoming" | "expiresAtMs">,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PacketOutcome>;
  /** Sends a packet of amount 0. A quote arrives in the data of the refusal. `unknown` if there is no line or no answer in time. */
  probe(
    request: { readonly destination: string; readonly data: Uint8Array },
    options?: { readonly signal?: AbortSignal },
  ): Promise<PacketOutcome>;
  /**
   * Sends a packet of amount 0 once, as soon as there is a line. The packet has no claim and no row in the store, so if no answer comes,
   * only its effect can show that it arrived. Never throws.
   */
  sendFree(
    request: Pick<PayRequest, "destination" | "data" | "condition">,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PacketOutcome>;
  /** Sends every open packet again now, and waits until all are closed or `signal` aborts. Returns the number still open. */
  resolve(options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** Requests the connector's figures of our account. Null if there is no line or the connector does not support the request. */
  account(): Promise<AccountFigures | null>;
  /** Requests our ILP address and asset from the connector (ILDCP). Null if there is no line or the connector does not answer. */
  address(): Promise<IldcpResponse | null>;
  /** The current status. */
  status(): Promise<ConnectorStatus>;
  /** Calls the listener at each change of the line. Returns a function that removes the listener. */
  onStatus(listener: (status: LineStatus) => void): () => void;
  /** Ends the session. Open packets stay open in the store. */
  close(): Promise<void>;
}

/** The configured sign-in, or else the sign-in that the wire uses without one. */
export function authOf(
  { auth, wire, senderId }: ConnectorClientOptions,
): ConnectorClientOptions["auth"] {
  return auth ?? wireOf(wire).namelessAuth(senderId);
}

/** The account whose packets this side accepts. Null if it accepts none. */
export function payingAccount(options: ConnectorClientOptions): PayingAccount | null {
  const { receive, channel, auth } = options;
  if (receive === undefined) return null;
  if (receive.channelId === undefined && channel !== null) {
    // The profile pins the connector's address, so the connector may also pay through a channel that it opened.
    const payer = pinnedAddress(channel.peerAddress);
    return payer === null
      ? { kind: "channel", channelId: channel.channelId }
      : { kind: "channel", channelId: null, payer };
  }
  if (receive.channelId) return { kind: "channel", channelId: receive.channelId };
  const name = auth?.username ?? "";
  return { kind: "trust", name, units: receive.trustUnits ?? 0n };
}

/** The connector's payment address in lower case. Null if the profile has a name instead. */
export function pinnedAddress(text: string): string | null {
  return /^0x[0-9a-f]{40}$/i.test(text) ? text.toLowerCase() : null;
}
