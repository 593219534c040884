/**
 * The one way in which this program's transactions reach a chain (docs/money.md#channels): a transaction is signed,
 * stored durably, then broadcast. The same bytes are broadcast again while no node knows them. A stuck transaction is replaced by one
 * with the same account nonce and a higher fee. A transaction ends only by a receipt, or when another confirmed transaction has used its
 * account nonce.
 *
 * Held: the transactions that have not ended, at most 4,096; one more is refused.
 *
 * @module
 */
import { codeOf, codeText } from "../../base/thrown.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import { reached } from "../../base/crash_point.ts";
import { snapshotName } from "../signer/signer.ts";
import type { SignedTransaction } from "../signer/transaction_signer.ts";
import type { Change, TransactionRow } from "../../store/store.ts";
import { ChannelError } from "../claims/channel_manager.ts";
import { callOfText, textOfCall } from "./call_text.ts";
import { replacementFee } from "./replacement_fee.ts";
import { TransactionAttempt } from "./transaction_attempt.ts";
import { type AttemptActions, checkAttempt } from "./attempt_check.ts";
import { pause } from "../../base/pause.ts";
import type { LaneDeps, LaneOptions, PlannedCall } from "./lane_options.ts";

const MAX_FLIGHTS = 4_096;
/** The number of attempts that are checked concurrently. */
const LOOKS = 16;
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 1_000;

/** The transactions of one account on one chain. */
export class TransactionLane {
  readonly #attempts = new Map<number, TransactionAttempt>();
  readonly #stop = new AbortController();
  #signing: Promise<unknown> = Promise.resolve();
  #highest = -1;
  #pumping: Promise<void> | null = null;
  #lookMs = FIRST_LOOK_MS;

  /** A lane without transactions. */
  constructor(readonly options: LaneOptions, readonly deps: LaneDeps) {}

  /** The attempts that have not ended. */
  get attempts(): readonly TransactionAttempt[] {
    return [...this.#attempts.values()];
  }

  /** Whether it no longer follows its attempts. The next lane continues with them. */
  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** The attempt of a channel with this call, or null. */
  attemptOf(channelRef: string, call: ChainCall["call"]): TransactionAttempt | null {
    return this.attempts.find((attempt) =>
      attempt.channelRef === channelRef && attempt.call.call === call
    ) ??
      null;
  }

  /** Continues the transactions that an earlier process left. */
  async resume(): Promise<void> {
    const { sender, contracts } = this.options;
    const rows = await this.deps.store.listTransactions({ sender, limit: MAX_FLIGHTS });
    for (const row of rows) {
      if (row.chainId !== contracts.chainId || row.genesisHash !== contracts.genesisHash) continue;
      this.#highest = Math.max(this.#highest, row.nonce);
      const attempt = this.#attempts.get(row.nonce);
      if (attempt === undefined) {
        this.#attempts.set(row.nonce, new TransactionAttempt(row, callOfText(row.call), false));
      } else attempt.add(row);
    }
    this.#pump();
  }

  /**
   * Signs, stores and broadcasts a transaction. Resolves after the broadcast, or after it is durable if the chain cannot be reached.
   *
   * @param also Returns further changes for the same commit
   * @throws {ChainError} if it cannot be priced (`reverted`, `funds`, `gas_ceiling`, `rpc`); SignerError; StoreError
   */
  async submit(
    planned: PlannedCall,
    also: (row: TransactionRow) => readonly Change[] = () => [],
  ): Promise<TransactionAttempt> {
    if (this.#attempts.size >= MAX_FLIGHTS) {
      throw new ChannelError("state", `Cannot send: ${MAX_FLIGHTS} transactions wait already`);
    }
    const quote = await this.deps.chain.quote(planned.call, this.options.sender);
    const attempt = await this.#inTurn(async () => {
      const { latest, pending } = await this.deps.chain.transactionCount(this.options.sender);
      const nonce = Math.max(latest, pending, this.#highest + 1);
      const row = await this.#sign(planned, nonce, quote, also);
      const attempt = new TransactionAttempt(row, planned.call, planned.urgent ?? false);
      this.#highest = nonce;
      this.#attempts.set(nonce, attempt);
      // Broadcasts run in the order of the nonces, because a node keeps a transaction with a missing predecessor only for a short time.
      await this.#broadcast(attempt);
      return attempt;
    });
    this.#lookMs = FIRST_LOOK_MS;
    this.#pump();
    return attempt;
  }

  /** Stops without waiting. The next lane continues the stored transactions. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#pumping;
    for (const attempt of this.#attempts.values()) attempt.abandon();
    this.#attempts.clear();
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#signing.then(task, task);
    this.#signing = turn.catch(() => {});
    return turn;
  }

  async #sign(
    { call, channelRef }: Pick<PlannedCall, "call" | "channelRef">,
    nonce: number,
    fees: Pick<
      TransactionRow,
      "gasLimit" | "maxFeePerGasWei" | "maxPriorityFeePerGasWei"
    >,
    also: (row: TransactionRow) => readonly Change[],
  ): Promise<TransactionRow> {
    const { chainId, genesisHash } = this.options.contracts;
    const { gasLimit, maxFeePerGasWei, maxPriorityFeePerGasWei } = fees;
    const signed = await this.deps.signer.signTransaction({
      chainId,
      nonce,
      gasLimit,
      maxFeePerGasWei,
      maxPriorityFeePerGasWei,
      call,
    });
    reached("transaction.signed");
    const row: TransactionRow = {
      hash: signed.hash,
      chainId,
      genesisHash,
      sender: this.options.sender,
      nonce,
      channelRef: channelRef === "own" ? signed.hash : channelRef,
      call: textOfCall(call),
      raw: signed.raw,
      gasLimit,
      maxFeePerGasWei,
      maxPriorityFeePerGasWei,
      state: "signed",
      blockNumber: null,
      blockHash: null,
      feeWei: null,
      openedChannelId: null,
      reason: null,
      createdAtMs: this.deps.timers.now(),
    };
    await this.deps.store.commit([
      { op: "putTransaction", row },
      ...also(row),
      ...snapshotChanges(signed),
    ]);
    return row;
  }

  /** Never throws. If an RPC fails or refuses, the broadcast is repeated later, and the account's transaction count decides the outcome. */
  async #broadcast(attempt: TransactionAttempt): Promise<void> {
    const row = attempt.newest;
    attempt.sentAtMs = this.deps.timers.now();
    try {
      reached("transaction.before_broadcast");
      await this.deps.chain.broadcast(row.raw);
      reached("transaction.broadcast");
      attempt.problem = null;
      if (row.state === "signed") await this.#write(attempt, [{ ...row, state: "broadcast" }]);
    } catch (error) {
      attempt.problem = error instanceof Error ? error : new Error(String(error));
      const code = codeOf(error);
      if (code === "underpriced") attempt.replaceAtMs = 0;
      this.deps.log("warn", "transaction not broadcast", { hash: row.hash, code: code ?? "error" });
    }
  }

  async #write(attempt: TransactionAttempt, rows: readonly TransactionRow[]): Promise<void> {
    const { effects = () => [] } = this.options;
    await this.deps.store.commit(rows.flatMap((row): Change[] => [
      { op: "putTransaction", row },
      ...effects(row, callOfText(row.call)),
    ]));
    for (const row of rows) attempt.replaceRow(row);
  }

  #pump(): void {
    this.#pumping ??= this.#run().finally(() => {
      this.#pumping = null;
      if (this.#attempts.size > 0 && !this.#stop.signal.aborted) this.#pump();
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#attempts.size > 0 && !signal.aborted) {
      const waiting = [...this.attempts].sort((a, b) => a.newest.nonce - b.newest.nonce);
      let at = 0;
      await Promise.all(Array.from({ length: Math.min(LOOKS, waiting.length) }, async () => {
        while (at < waiting.length && !signal.aborted) await this.#lookSafely(waiting[at++]);
      }));
      if (this.#attempts.size === 0) break;
      await pause(this.#lookMs, signal, this.deps.timers);
      this.#lookMs = Math.min(Math.ceil(this.#lookMs * 1.5), LAST_LOOK_MS);
    }
  }

  async #lookSafely(attempt: TransactionAttempt): Promise<void> {
    try {
      await checkAttempt(this.#actions(), attempt);
    } catch (error) {
      attempt.problem = error instanceof Error ? error : new Error(String(error));
      const code = codeText(error);
      this.deps.log("warn", "transaction not followed", { hash: attempt.newest.hash, code });
    }
  }

  /** The actions for {@link checkAttempt}. */
  #actions(): AttemptActions {
    return {
      chain: this.deps.chain,
      sender: this.options.sender,
      write: (attempt, rows) => this.#write(attempt, rows),
      replaceIfStuck: (attempt) => this.#replaceIfStuck(attempt),
      ended: (attempt) => void this.#attempts.delete(attempt.newest.nonce),
      sendAgain: async (attempt) => {
        const since = this.deps.timers.now() - attempt.sentAtMs;
        if (since >= this.#lookMs) await this.#broadcast(attempt);
      },
    };
  }

  async #replaceIfStuck(attempt: TransactionAttempt): Promise<void> {
    const { replaceAfterMs } = this.options;
    const now = this.deps.timers.now();
    const patience = attempt.urgent ? Math.ceil(replaceAfterMs / 3) : replaceAfterMs;
    attempt.replaceAtMs ??= attempt.newest.createdAtMs + patience;
    if (now < attempt.replaceAtMs) return;
    attempt.replaceAtMs = now + patience;
    await this.#inTurn(async () => {
      const old = attempt.newest;
      // The simulation's result does not matter now: the transaction was signed, and its nonce must be used.
      const quote = await this.deps.chain.quote(attempt.call, this.options.sender).catch(() =>
        null
      );
      const row = await this.#sign(
        { call: attempt.call, channelRef: old.channelRef },
        old.nonce,
        {
          gasLimit: old.gasLimit,
          maxFeePerGasWei: replacementFee(old.maxFeePerGasWei, quote?.maxFeePerGasWei),
          maxPriorityFeePerGasWei: replacementFee(
            old.maxPriorityFeePerGasWei,
            quote?.maxPriorityFeePerGasWei,
          ),
        },
        () => [],
      );
      attempt.add(row);
      this.deps.log("warn", "transaction replaced with a higher fee", {
        hash: old.hash,
        by: row.hash,
        call: attempt.call.call,
      });
      await this.#broadcast(attempt);
    });
  }
}

/** The signer's snapshot, which must be stored with each signature, because the signer starts from it. */
function snapshotChanges({ from, snapshot }: SignedTransaction): Change[] {
  return [{ op: "putSnapshot", name: snapshotName(from), ...snapshot }];
}
