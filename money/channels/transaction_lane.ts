/**
 * The one way in which this program's transactions reach a chain (docs/money.md#channels): signed, durable, then broadcast; broadcast again as the
 * same bytes for as long as nobody knows them; replaced with the same account nonce and a higher fee where they are stuck. Only a
 * receipt, or the account nonce used by another confirmed transaction, ends one.
 *
 * Held: the transactions that have not ended, at most 4,096; one more is refused.
 *
 * @module
 */
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import { type ChainContracts, type EvmChain } from "../evm/chain_connection.ts";
import { reached } from "../../base/crash_point.ts";
import { snapshotName } from "../signer/signer.ts";
import type { SignedTransaction, TransactionSigner } from "../signer/transaction_signer.ts";
import type { Change, Store, TransactionRow } from "../../store/store.ts";
import { ChannelError } from "../claims/keeper.ts";
import type { MoneyLog } from "../../base/log/money_log.ts";
import type { Timers } from "../../base/timers.ts";
import { callOfText, textOfCall } from "./call_text.ts";
import { Flight } from "./flight.ts";
import { type FlightHands, lookAtFlight } from "./flight_look.ts";
import { pause } from "./wait.ts";

const MAX_FLIGHTS = 4_096;
/** Flights looked at side by side. */
const LOOKS = 16;
const FIRST_LOOK_MS = 10;
const LAST_LOOK_MS = 1_000;
/** Nodes ask for an eighth more before they take a replacement. */
const BUMP_PERCENT = 15n;

/** What a lane works on. */
export interface LaneDeps {
  readonly store: Pick<Store, "commit" | "listTransactions">;
  readonly chain: EvmChain;
  readonly signer: TransactionSigner;
  readonly timers: Timers;
  readonly log: MoneyLog;
}

/** What a lane is told. */
export interface LaneOptions {
  /** The account whose transactions they are. */
  readonly sender: string;
  readonly contracts: Pick<ChainContracts, "chainId" | "genesisHash">;
  /** A transaction that waits this long is replaced. */
  readonly replaceAfterMs: number;
  /** What a new state of a transaction changes besides, in the same commit. */
  readonly effects?: (row: TransactionRow, call: ChainCall) => readonly Change[];
}

/** What is to be done on the chain. */
export interface PlannedCall {
  readonly call: ChainCall;
  /** The channel's row it belongs to, null for none, or `own`: a new row named by this transaction's hash. */
  readonly channelRef: string | null | "own";
  /** Replaced three times as soon. */
  readonly urgent?: boolean;
}

/** The transactions of one account on one chain. */
export class TransactionLane {
  readonly #flights = new Map<number, Flight>();
  readonly #stop = new AbortController();
  #signing: Promise<unknown> = Promise.resolve();
  #highest = -1;
  #pumping: Promise<void> | null = null;
  #lookMs = FIRST_LOOK_MS;

  /** A lane that holds nothing yet. */
  constructor(readonly options: LaneOptions, readonly deps: LaneDeps) {}

  /** Flights that have not ended. */
  get flights(): readonly Flight[] {
    return [...this.#flights.values()];
  }

  /** Whether it stopped following its flights; the next lane goes on with them. */
  get closed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Those of a channel, by call. */
  flightOf(channelRef: string, call: ChainCall["call"]): Flight | null {
    return this.flights.find((flight) =>
      flight.channelRef === channelRef && flight.call.call === call
    ) ??
      null;
  }

  /** Takes up what an earlier process left. */
  async resume(): Promise<void> {
    const { sender, contracts } = this.options;
    const rows = await this.deps.store.listTransactions({ sender, limit: MAX_FLIGHTS });
    for (const row of rows) {
      if (row.chainId !== contracts.chainId || row.genesisHash !== contracts.genesisHash) continue;
      this.#highest = Math.max(this.#highest, row.nonce);
      const flight = this.#flights.get(row.nonce);
      if (flight === undefined) {
        this.#flights.set(row.nonce, new Flight(row, callOfText(row.call), false));
      } else flight.add(row);
    }
    this.#pump();
  }

  /**
   * Signs, makes durable and broadcasts. Resolves once it was broadcast, or once it is durable where the chain cannot be reached.
   *
   * @param also Changes of the same commit, given the signed row
   * @throws {ChainError} of pricing it (`reverted`, `funds`, `gas_ceiling`, `rpc`); SignerError; StoreError
   */
  async submit(
    planned: PlannedCall,
    also: (row: TransactionRow) => readonly Change[] = () => [],
  ): Promise<Flight> {
    if (this.#flights.size >= MAX_FLIGHTS) {
      throw new ChannelError("state", `Cannot send: ${MAX_FLIGHTS} transactions wait already`);
    }
    const quote = await this.deps.chain.quote(planned.call, this.options.sender);
    const flight = await this.#inTurn(async () => {
      const { latest, pending } = await this.deps.chain.transactionCount(this.options.sender);
      const nonce = Math.max(latest, pending, this.#highest + 1);
      const row = await this.#sign(planned, nonce, quote, also);
      const flight = new Flight(row, planned.call, planned.urgent ?? false);
      this.#highest = nonce;
      this.#flights.set(nonce, flight);
      // In turn, since a node keeps a transaction only for a while when one before it is missing.
      await this.#broadcast(flight);
      return flight;
    });
    this.#lookMs = FIRST_LOOK_MS;
    this.#pump();
    return flight;
  }

  /** Ends without waiting; what is durable is taken up by the next lane. */
  async close(): Promise<void> {
    this.#stop.abort();
    await this.#pumping;
    for (const flight of this.#flights.values()) flight.abandon();
    this.#flights.clear();
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

  /** Never throws: an RPC that is away or refuses is asked again, and the count of the account's nonce decides. */
  async #broadcast(flight: Flight): Promise<void> {
    const row = flight.newest;
    flight.sentAtMs = this.deps.timers.now();
    try {
      reached("transaction.before_broadcast");
      await this.deps.chain.broadcast(row.raw);
      reached("transaction.broadcast");
      flight.problem = null;
      if (row.state === "signed") await this.#write(flight, [{ ...row, state: "broadcast" }]);
    } catch (error) {
      flight.problem = error instanceof Error ? error : new Error(String(error));
      const { code } = error as { code?: string };
      if (code === "underpriced") flight.replaceAtMs = 0;
      this.deps.log("warn", "transaction not broadcast", { hash: row.hash, code: code ?? "error" });
    }
  }

  async #write(flight: Flight, rows: readonly TransactionRow[]): Promise<void> {
    const { effects = () => [] } = this.options;
    await this.deps.store.commit(rows.flatMap((row): Change[] => [
      { op: "putTransaction", row },
      ...effects(row, callOfText(row.call)),
    ]));
    for (const row of rows) flight.replaceRow(row);
  }

  #pump(): void {
    this.#pumping ??= this.#run().finally(() => {
      this.#pumping = null;
      if (this.#flights.size > 0 && !this.#stop.signal.aborted) this.#pump();
    });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (this.#flights.size > 0 && !signal.aborted) {
      const waiting = [...this.flights].sort((a, b) => a.newest.nonce - b.newest.nonce);
      let at = 0;
      await Promise.all(Array.from({ length: Math.min(LOOKS, waiting.length) }, async () => {
        while (at < waiting.length && !signal.aborted) await this.#lookSafely(waiting[at++]);
      }));
      if (this.#flights.size === 0) break;
      await pause(this.deps.timers, this.#lookMs, signal);
      this.#lookMs = Math.min(Math.ceil(this.#lookMs * 1.5), LAST_LOOK_MS);
    }
  }

  async #lookSafely(flight: Flight): Promise<void> {
    try {
      await lookAtFlight(this.#hands(), flight);
    } catch (error) {
      flight.problem = error instanceof Error ? error : new Error(String(error));
      const { code = "error" } = error as { code?: string };
      this.deps.log("warn", "transaction not followed", { hash: flight.newest.hash, code });
    }
  }

  /** What {@link lookAtFlight} may do here. */
  #hands(): FlightHands {
    return {
      chain: this.deps.chain,
      sender: this.options.sender,
      write: (flight, rows) => this.#write(flight, rows),
      replaceIfStuck: (flight) => this.#replaceIfStuck(flight),
      ended: (flight) => void this.#flights.delete(flight.newest.nonce),
      sendAgain: async (flight) => {
        const since = this.deps.timers.now() - flight.sentAtMs;
        if (since >= this.#lookMs) await this.#broadcast(flight);
      },
    };
  }

  async #replaceIfStuck(flight: Flight): Promise<void> {
    const { replaceAfterMs } = this.options;
    const now = this.deps.timers.now();
    const patience = flight.urgent ? Math.ceil(replaceAfterMs / 3) : replaceAfterMs;
    flight.replaceAtMs ??= flight.newest.createdAtMs + patience;
    if (now < flight.replaceAtMs) return;
    flight.replaceAtMs = now + patience;
    await this.#inTurn(async () => {
      const old = flight.newest;
      // What it would do now does not matter: it was signed, and its nonce must go.
      const quote = await this.deps.chain.quote(flight.call, this.options.sender).catch(() => null);
      const row = await this.#sign(
        { call: flight.call, channelRef: old.channelRef },
        old.nonce,
        {
          gasLimit: old.gasLimit,
          maxFeePerGasWei: higher(old.maxFeePerGasWei, quote?.maxFeePerGasWei),
          maxPriorityFeePerGasWei: higher(
            old.maxPriorityFeePerGasWei,
            quote?.maxPriorityFeePerGasWei,
          ),
        },
        () => [],
      );
      flight.add(row);
      this.deps.log("warn", "transaction replaced with a higher fee", {
        hash: old.hash,
        by: row.hash,
        call: flight.call.call,
      });
      await this.#broadcast(flight);
    });
  }
}

/** What must be stored with a signature, so that the signer starts from it. */
function snapshotChanges({ from, snapshot }: SignedTransaction): Change[] {
  return [{ op: "putSnapshot", name: snapshotName(from), ...snapshot }];
}

function higher(old: bigint, now = 0n): bigint {
  const bumped = old + old * BUMP_PERCENT / 100n + 1n;
  return now > bumped ? now : bumped;
}
