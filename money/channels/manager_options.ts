/**
 * The options and dependencies of a channel manager.
 *
 * @module
 */
import { type Asset, wholeUnits } from "../../protocols/ilp/asset.ts";
import type { EvmChain, GasMarket } from "../evm/chain_connection.ts";
import type { KeySigner } from "../signer/key_signer.ts";
import type { Signer } from "../signer/signer.ts";
import type { UnlockableSigner } from "../signer/signer_service.ts";
import type { TransactionSigner } from "../signer/transaction_signer.ts";
import type { Store } from "../../store/store.ts";
import type { ClaimState } from "../claims/claim_ack.ts";
import type { PinnedPeer } from "../claims/channel_manager.ts";
import type { Log } from "../../base/log/log.ts";
import type { Timers } from "../../base/timers.ts";

/** A manager's settings. They survive a structured clone. Amounts are base units, which equal raw units of the token. */
export interface ChannelManagerOptions {
  /** Peers with pinned addresses. Their channels are found again after a disk was lost. */
  readonly peers?: readonly PinnedPeer[];
  /** Whether a payment may open its channel or raise its deposit automatically. Default: true. */
  readonly automaticDeposits?: boolean;
  /** The most automatic deposits into the channels with one peer in a day. Default: 1. */
  readonly automaticDepositsPerDay?: number;
  /**
   * The deposit of an automatic opening, and the most by which a channel is raised automatically. A payment that needs more gets what it
   * needs. Default: 50 M2M.
   */
  readonly automaticDepositUnits?: bigint;
  /** The asset in which amounts are shown. Default: M2M. */
  readonly asset?: Asset;
  /** The largest total deposit of one channel. Default: 100 M2M. */
  readonly maxDepositUnits?: bigint;
  /** The most units of ours in all open channels. Default: ten times `maxDepositUnits`. */
  readonly maxLockedUnits?: bigint;
  /** The most automatic openings with one peer in a day. Default: 1. */
  readonly automaticOpensPerDay?: number;
  /** The grace of channels that we open, in seconds. Default: 86,400. */
  readonly settlementTimeoutS?: number;
  /** Channels of others with a longer grace are not adopted, because they would lock our deposit. Default: 30 days. */
  readonly maxSettlementTimeoutS?: number;
  /** A channel below this percentage of its deposit is reported as low. Default: 10. */
  readonly lowBalancePercent?: number;
  /** Received money above this amount is claimed at once. Default: 10 M2M. */
  readonly claimAboveUnits?: bigint;
  /** Received money is claimed this long after the last claim. Default: 6 hours. */
  readonly claimEveryMs?: number;
  /** Received money below this amount is never claimed early. Default: 1. */
  readonly claimFloorUnits?: bigint;
  /** The units that one whole unit of the chain's currency is worth. Less than twice a claim's gas is not claimed early. Default: 0. */
  readonly unitsPerNative?: bigint;
  /** Whether closed channels are settled automatically when the grace ends. Default: true. */
  readonly settleByItself?: boolean;
  /**
   * Whether a lost channel is recovered automatically when a payment needs it and the peer proves what was signed. Default: true. Set it to
   * false if another process may use the same wallet; then a user must confirm with `recover` that none does.
   */
  readonly recoverByItself?: boolean;
  /** How often the channel watch runs while a channel is in work; three times as long otherwise. Default: 2 s. */
  readonly watchEveryMs?: number;
  /** A transaction that has waited this long is replaced by one with a higher fee; an urgent one after a third of it. Default: 45 s. */
  readonly replaceAfterMs?: number;
  /** How long a close waits for packets without an answer. Default: 10 s. */
  readonly closeWaitMs?: number;
  /** How long a call waits for the chain before it rejects. The operation continues in the background. Default: 120 s. */
  readonly patienceMs?: number;
}

/** Every setting with its value. */
export type ChannelManagerSettings = Required<ChannelManagerOptions>;

/** The settings with their defaults. */
export function channelManagerSettings(options: ChannelManagerOptions): ChannelManagerSettings {
  const asset = options.asset ?? { code: "M2M", scale: 6 };
  const whole = wholeUnits(asset);
  const maxDepositUnits = options.maxDepositUnits ?? 100n * whole;
  return {
    peers: options.peers ?? [],
    automaticDeposits: options.automaticDeposits ?? true,
    automaticDepositsPerDay: options.automaticDepositsPerDay ?? 1,
    asset,
    automaticDepositUnits: options.automaticDepositUnits ?? 50n * whole,
    maxDepositUnits,
    maxLockedUnits: options.maxLockedUnits ?? 10n * maxDepositUnits,
    automaticOpensPerDay: options.automaticOpensPerDay ?? 1,
    settlementTimeoutS: options.settlementTimeoutS ?? 86_400,
    maxSettlementTimeoutS: options.maxSettlementTimeoutS ?? 2_592_000,
    lowBalancePercent: options.lowBalancePercent ?? 10,
    claimAboveUnits: options.claimAboveUnits ?? 10n * whole,
    claimEveryMs: options.claimEveryMs ?? 21_600_000,
    claimFloorUnits: options.claimFloorUnits ?? 1n,
    unitsPerNative: options.unitsPerNative ?? 0n,
    settleByItself: options.settleByItself ?? true,
    recoverByItself: options.recoverByItself ?? true,
    watchEveryMs: options.watchEveryMs ?? 2_000,
    replaceAfterMs: options.replaceAfterMs ?? 45_000,
    closeWaitMs: options.closeWaitMs ?? 10_000,
    patienceMs: options.patienceMs ?? 120_000,
  };
}

/** Asks a channel's counterparty for our account there. Null if it is unknown, cannot be reached or does not support the question. */
export interface Counterparty {
  /** Our own best claim, and the figures that it proves (docs/money.md#channels). */
  claimState(channelId: string, peerAddress: string): Promise<ClaimState | null>;
}

/** The signer methods that a manager uses. */
export type ChannelManagerSigner =
  & TransactionSigner
  & Pick<Signer, "identity" | "signClaim" | "adoptClaim">
  & Pick<KeySigner, "noteSettled">
  & Partial<Pick<UnlockableSigner, "checkTransaction" | "allowRecipient">>;

/** What a manager needs. */
export interface ChannelManagerDeps {
  readonly store: Store;
  readonly chain: EvmChain & GasMarket;
  readonly signer: ChannelManagerSigner;
  readonly counterparty?: Counterparty;
  readonly timers: Timers;
  readonly log: Log;
}
