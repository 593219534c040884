/**
 * A transaction attempt: one account nonce, with the transaction that was signed for it and its replacements. One of them will be in a
 * block.
 *
 * @module
 */
import type { ChainCall } from "../../protocols/evm/contract_call.ts";
import type { TransactionRow } from "../../store/store.ts";
import { ChannelError } from "../claims/channel_manager.ts";

/** A transaction with its replacements. */
export class TransactionAttempt {
  /** The signed transactions, the oldest first. */
  rows: readonly TransactionRow[];
  /** When its bytes were last broadcast. */
  sentAtMs = -Infinity;
  /** When it will be replaced. Null until its first check. */
  replaceAtMs: number | null = null;
  /** The last problem, which may be temporary. */
  problem: Error | null = null;
  readonly #mined = Promise.withResolvers<TransactionRow>();
  readonly #ended = Promise.withResolvers<TransactionRow>();

  /** An attempt with one signed row. */
  constructor(row: TransactionRow, readonly call: ChainCall, public urgent: boolean) {
    this.rows = [row];
    // A rejection that nobody waits for must not count as an unhandled error.
    this.#mined.promise.catch(() => {});
    this.#ended.promise.catch(() => {});
  }

  /** The newest of its rows. */
  get newest(): TransactionRow {
    return this.rows[this.rows.length - 1];
  }

  /** The ref of the channel to which it belongs. */
  get channelRef(): string | null {
    return this.newest.channelRef;
  }

  /** Resolves when it is in a block, which a reorganisation may still remove. Rejects with {@link AttemptFailure}. */
  get mined(): Promise<TransactionRow> {
    return this.#mined.promise;
  }

  /** Resolves when it is confirmed. Rejects with {@link AttemptFailure}. */
  get ended(): Promise<TransactionRow> {
    return this.#ended.promise;
  }

  /** Adds a replacement. */
  add(row: TransactionRow): void {
    this.rows = [...this.rows, row];
  }

  /** Replaces a row by its new state. */
  replaceRow(row: TransactionRow): void {
    this.rows = this.rows.map((old) => old.hash === row.hash ? row : old);
  }

  /** Records that it is in a block. */
  seen(row: TransactionRow): void {
    this.#mined.resolve(row);
  }

  /** Records that it is confirmed. */
  finish(row: TransactionRow): void {
    this.#mined.resolve(row);
    this.#ended.resolve(row);
  }

  /** Records that it failed. */
  fail(error: Error): void {
    this.#mined.reject(error);
    this.#ended.reject(error);
  }

  /** Stops following it in this process. */
  abandon(): void {
    this.fail(
      new ChannelError(
        "state",
        `${this.call.call} continues with the next start: ${this.newest.hash}`,
      ),
    );
  }
}

/** A transaction that did not have its intended effect. */
export class AttemptFailure extends Error {
  /** `AttemptFailure`. */
  override readonly name = "AttemptFailure";
  /**
   * `reverted`: the contract refused it. `replaced`: another transaction used its nonce. `cancelled`: our own transaction that moves
   * nothing used its nonce.
   */
  readonly code: "reverted" | "replaced" | "cancelled";
  /** The transaction's row. */
  readonly row: TransactionRow;
  /** Makes a failure. */
  constructor(code: AttemptFailure["code"], row: TransactionRow, message: string) {
    super(message);
    this.code = code;
    this.row = row;
  }
}

/** The name of the contract's error, from the simulation or the transaction. Null if it was another error. */
export function contractReason(error: unknown): string | null {
  if (error instanceof AttemptFailure) return error.row.reason;
  const { reason } = (error ?? {}) as { readonly reason?: unknown };
  return typeof reason === "string" ? reason : null;
}
