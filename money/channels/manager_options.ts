/**
 * What a channel manager is told, and what it works on.
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

/** A manager's settings; survives a structured clone. Amounts in base units, which are raw units of the token. */
export interface ChannelManagerOptions {
  /** Peers whose addresses were pinned: their channels are found again after a lost disk. */
  readonly peers?: readonly PinnedPeer[];
  /** Whether a payment may open or raise its channel by itself; true unless told. */
  readonly automaticDeposits?: boolean;
  /** Deposits by itself into the channels with one peer in a day, 1 unless told. */
  readonly automaticDepositsPerDay?: number;
  /**
   * What an automatic opening deposits, and the most by which a channel is raised by itself, 50 M2M unless told; a payment that needs
   * more gets what it needs.
   */
  readonly automaticDepositUnits?: bigint;
  /** How amounts are told; M2M unless told. */
  readonly asset?: Asset;
  /** The most that one channel's deposit may be in all, 100 M2M unless told (FR13). */
  readonly maxDepositUnits?: bigint;
  /** The most that all open channels may hold of ours, ten times that unless told. */
  readonly maxLockedUnits?: bigint;
  /** Automatic openings with one peer in a day, 1 unless told. */
  readonly automaticOpensPerDay?: number;
  /** Seconds from close to settle of channels that we open, 86,400 unless told. */
  readonly settlementTimeoutS?: number;
  /** Channels of others with a longer one are not adopted, as they would lock our deposit: 30 days unless told. */
  readonly maxSettlementTimeoutS?: number;
  /** Percent of the deposit below which a channel is reported as low, 10 unless told (FR12). */
  readonly lowBalancePercent?: number;
  /** Received money above this is claimed at once, 10 M2M unless told. */
  readonly claimAboveUnits?: bigint;
  /** Received money is claimed this long after the last claim, 6 hours unless told. */
  readonly claimEveryMs?: number;
  /** Received money below this is never worth its gas, 1 unless told. */
  readonly claimFloorUnits?: bigint;
  /** Units that one whole unit of the chain's own currency buys: less than a claim's gas is then not claimed early. 0 unless told. */
  readonly unitsPerNative?: bigint;
  /** Settles closed channels when their time has come; true unless told. */
  readonly settleByItself?: boolean;
  /**
   * Takes a lost channel up again when a payment needs it and the peer proves what was signed; true unless told. Where the same
   * wallet may be at work elsewhere, somebody must say that it is not: `recover`.
   */
  readonly recoverByItself?: boolean;
  /** How often the channel watch looks, 2 s unless told. */
  readonly watchEveryMs?: number;
  /** A transaction that waits this long is replaced by one with a higher fee, 45 s unless told; a third of it in danger. */
  readonly replaceAfterMs?: number;
  /** How long a close waits for packets without an answer; 10 s by default. */
  readonly closeWaitMs?: number;
  /** How long an operation waits for the chain before it says so (and goes on by itself), 120 s unless told. */
  readonly patienceMs?: number;
}

/** Every setting with its value. */
export type ChannelManagerSettings = Required<ChannelManagerOptions>;

/** The settings with what was not told. */
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

/** Asks a channel's counterparty for our account there; null when it cannot be reached or does not know the question. */
export interface Counterparty {
  /** Our own best claim, with the figures that it proves (docs/money.md#channels). */
  claimState(channelId: string): Promise<ClaimState | null>;
}

/** What a manager asks of the signer. */
export type ChannelManagerSigner =
  & TransactionSigner
  & Pick<Signer, "identity" | "signClaim" | "adoptClaim">
  & Pick<KeySigner, "noteSettled">
  & Partial<Pick<UnlockableSigner, "checkTransaction" | "allowRecipient">>;

/** What a manager works on. */
export interface ChannelManagerDeps {
  readonly store: Store;
  readonly chain: EvmChain & GasMarket;
  readonly signer: ChannelManagerSigner;
  readonly counterparty?: Counterparty;
  readonly timers: Timers;
  readonly log: Log;
}
