/**
 * What a session with a connector is made of, and what it does for the rest of the program.
 *
 * @module
 */
import type { WireName } from "../../protocols/wires/names.ts";
import { wireOf } from "../../protocols/wires/wires.ts";
import type { IldcpResponse } from "../../protocols/ilp/ildcp.ts";
import type { Chain } from "../../money/evm/chain.ts";
import type { EvmChain, GasMarket } from "../../money/evm/chain_connection.ts";
import type { AccountFigures } from "../../money/claims/claim_ack.ts";
import type { ClaimChain, PayingKeeper } from "./paid_channels.ts";
import type { ChannelManager } from "../../money/claims/channel_manager.ts";
import type { Log } from "../../base/log/log.ts";
import type { PacketOutcome } from "../../money/claims/outcome.ts";
import type { PayerStatus } from "../../money/payer/payer_options.ts";
import type { PayRequest } from "../../money/payer/payment_entry.ts";
import type { PayingAccount, ReceiverStatus } from "../../money/receiver/receiver_options.ts";
import type { SpendingLimits } from "../../money/payer/spending_limits.ts";
import type { Terminal } from "../../money/receiver/terminal.ts";
import type { Timers } from "../../base/timers.ts";
import type { Signer } from "../../money/signer/signer.ts";
import type { OutgoingPacketRow, Store } from "../../store/store.ts";
import type { LineStatus } from "./dialer.ts";

/** Which connector, and which channel pays there. */
export interface ConnectorClientOptions {
  /** `btp+ws://host:port` or `btp+wss://`. */
  readonly url: string;
  readonly auth: { readonly username: string; readonly token: string } | null;
  readonly wire: WireName;
  readonly peerRule: "credit" | "strict";
  /**
   * Null: the connector knows no claims and keeps balances by itself. A null `channelId`: the channel manager finds or opens the
   * channel with `peerAddress` once a payment needs it.
   */
  readonly channel:
    | { readonly channelId: string | null; readonly peerAddress: string }
    | null;
  readonly chain: ClaimChain;
  /** Our public key or name, put into claims. */
  readonly senderId: string;
  /** W, see PayerOptions. */
  readonly windowUnits?: bigint;
  /** See PayerOptions. */
  readonly maxForfeitUnits?: bigint;
  /** What a job and a provider may cost; without them only the signer's ceilings hold. */
  readonly spending?: SpendingLimits;
  /** Takes packets in; its session proves the channel's key first. */
  readonly receive?: ReceiveOptions;
  readonly pingMs?: number;
  /** The largest frame that is read; 1 MiB unless told. */
  readonly maxFrameBytes?: number;
}

/** How packets are taken in. */
interface ReceiveOptions {
  readonly terminal: Terminal;
  /** Our ILP address. */
  readonly ilpAddress: string;
  /** The channel that pays us: `channel` itself unless told. Null together with `trustUnits`: a peer without claims. */
  readonly channelId?: string | null;
  readonly trustUnits?: bigint;
  readonly minSettlementTimeoutS?: number;
  /** Deposit worth 20 claims' gas (`depositWorthClaims`), 0 unless told. */
  readonly minDepositUnits?: bigint;
  /** Units that one whole unit of the chain's own currency buys: what gas is weighed with. 0 unless told, and then it costs nothing. */
  readonly unitsPerNative?: bigint;
}

/** What the session works on. */
export interface ConnectorClientDeps {
  readonly store: Store;
  readonly signer: Pick<Signer, "identity" | "signClaims" | "lastClaim" | "signChallenge">;
  readonly chain: Chain;
  /** Simulates first claims, and every 1,000th; none where a file speaks for the chain. */
  readonly evm?: Pick<EvmChain, "simulate"> & GasMarket;
  readonly timers: Timers;
  /** From 0 to below 1, for the backoff. */
  readonly random: () => number;
  readonly log: Log;
  /** Finds and funds the channel, and says whether packets may be taken through it. */
  readonly manager?: PayingKeeper & Pick<ChannelManager, "list" | "refusesPackets">;
  /** See PayerDeps: strict peers only. */
  readonly evidence?: (
    packet: OutgoingPacketRow,
  ) => Promise<"found" | "not_found" | "unknown">;
}

/** Line, payer and receiver, for people. */
export interface ConnectorStatus {
  readonly url: string;
  readonly line: LineStatus;
  /** Null until the store was read, and while no channel is known. */
  readonly payer: PayerStatus | null;
  readonly receiver: readonly ReceiverStatus[];
}

/** A session with a connector. */
export interface ConnectorClient {
  /** Pays an obligation once, with FR19's retries. Never throws; see PacketOutcome. */
  pay(
    request: Omit<PayRequest, "incoming" | "expiresAtMs">,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PacketOutcome>;
  /** Sends a packet of amount 0: a quote comes back as a refusal's data. `unknown` when there is no line or no answer in time. */
  probe(
    request: { readonly destination: string; readonly data: Uint8Array },
    options?: { readonly signal?: AbortSignal },
  ): Promise<PacketOutcome>;
  /**
   * Sends what costs 0 units, once, as soon as there is a line: it carries no claim and keeps no row, so only its effect says that
   * it arrived. Never throws.
   */
  sendFree(
    request: Pick<PayRequest, "destination" | "data" | "condition">,
    options?: { readonly signal?: AbortSignal },
  ): Promise<PacketOutcome>;
  /** Sends every open packet again now and waits until all are closed or `signal` aborts; the number still open. */
  resolve(options?: { readonly signal?: AbortSignal }): Promise<number>;
  /** The connector's own figures of our account, asked now; null when there is no line or it knows no such question. */
  account(): Promise<AccountFigures | null>;
  /** Our ILP address and asset as the connector has them (ILDCP), asked now; null when there is no line or it does not say. */
  address(): Promise<IldcpResponse | null>;
  /** Where everything stands. */
  status(): Promise<ConnectorStatus>;
  /** Calls the listener on each change of the line; the result stops that. */
  onStatus(listener: (status: LineStatus) => void): () => void;
  /** Ends the session; open packets stay open in the store. */
  close(): Promise<void>;
}

/** The sign-in that was given, else what the wire has for those who were given none. */
export function authOf(
  { auth, wire, senderId }: ConnectorClientOptions,
): ConnectorClientOptions["auth"] {
  return auth ?? wireOf(wire).namelessAuth(senderId);
}

/** Whose packets this side takes in; null where it takes none. */
export function payingAccount(options: ConnectorClientOptions): PayingAccount | null {
  const { receive, channel, auth } = options;
  if (receive === undefined) return null;
  if (receive.channelId === undefined && channel !== null) {
    // Pinned by its address, the connector may pay through a channel of its own opening.
    const payer = pinnedAddress(channel.peerAddress);
    return payer === null
      ? { kind: "channel", channelId: channel.channelId }
      : { kind: "channel", channelId: null, payer };
  }
  if (receive.channelId) return { kind: "channel", channelId: receive.channelId };
  const name = auth?.username ?? "";
  return { kind: "trust", name, units: receive.trustUnits ?? 0n };
}

/** The connector's payment address in lower case; null where the profile has a name in its place. */
export function pinnedAddress(text: string): string | null {
  return /^0x[0-9a-f]{40}$/i.test(text) ? text.toLowerCase() : null;
}
