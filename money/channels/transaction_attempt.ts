/**
 * One account nonce on its way: the transaction that was signed for it and its replacements, of which one will be in a block.
 *
 * @module
 */
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import type { TransactionRow } from "../../store/store.ts";
import { ChannelError } from "../claims/channel_manager.ts";

/** A transaction with its replacements. */
export class TransactionAttempt {
  /** Oldest first. */
  rows: readonly TransactionRow[];
  /** When its bytes were sent last. */
  sentAtMs = -Infinity;
  /** When it is replaced; null until it was looked at. */
  replaceAtMs: number | null = null;
  /** What went wrong last on the way, and may pass. */
  problem: Error | null = null;
  readonly #mined = Promise.withResolvers<TransactionRow>();
  readonly #ended = Promise.withResolvers<TransactionRow>();

  /** A transaction attempt of one signed row. */
  constructor(row: TransactionRow, readonly call: ChainCall, public urgent: boolean) {
    this.rows = [row];
    // Nobody may be waiting, and that is no error of the process.
    this.#mined.promise.catch(() => {});
    this.#ended.promise.catch(() => {});
  }

  /** The newest of its rows. */
  get newest(): TransactionRow {
    return this.rows[this.rows.length - 1];
  }

  /** The channel's row that it belongs to. */
  get channelRef(): string | null {
    return this.newest.channelRef;
  }

  /** Resolves when it is in a block, which may still go; rejects with {@link AttemptFailure}. */
  get mined(): Promise<TransactionRow> {
    return this.#mined.promise;
  }

  /** Resolves when it is confirmed; rejects with {@link AttemptFailure}. */
  get ended(): Promise<TransactionRow> {
    return this.#ended.promise;
  }

  /** A replacement. */
  add(row: TransactionRow): void {
    this.rows = [...this.rows, row];
  }

  /** A row's new state. */
  replaceRow(row: TransactionRow): void {
    this.rows = this.rows.map((old) => old.hash === row.hash ? row : old);
  }

  /** It is in a block. */
  seen(row: TransactionRow): void {
    this.#mined.resolve(row);
  }

  /** It is confirmed. */
  finish(row: TransactionRow): void {
    this.#mined.resolve(row);
    this.#ended.resolve(row);
  }

  /** It ended otherwise. */
  fail(error: Error): void {
    this.#mined.reject(error);
    this.#ended.reject(error);
  }

  /** This process stops following it. */
  abandon(): void {
    this.fail(
      new ChannelError(
        "state",
        `${this.call.call} continues with the next start: ${this.newest.hash}`,
      ),
    );
  }
}

/** A transaction that did not do what it was signed for. */
export class AttemptFailure extends Error {
  /** `AttemptFailure`. */
  override readonly name = "AttemptFailure";
  /** `reverted`: the contract refused; `replaced`: its nonce was spent by another; `cancelled`: by one of ours that moves nothing. */
  readonly code: "reverted" | "replaced" | "cancelled";
  /** Its row. */
  readonly row: TransactionRow;
  /** Makes a failure. */
  constructor(code: AttemptFailure["code"], row: TransactionRow, message: string) {
    super(message);
    this.code = code;
    this.row = row;
  }
}

/** The contract's error by name, whether it refused the simulation or the transaction; null where it was something else. */
export function contractReason(error: unknown): string | null {
  if (error instanceof AttemptFailure) return error.row.reason;
  const { reason } = (error ?? {}) as { readonly reason?: unknown };
  return typeof reason === "string" ? reason : null;
}
