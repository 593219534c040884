/**
 * Money that a person moves outside of channels: through the same lane of transactions as the channels' own, so that no two share an
 * account nonce and a crash loses none.
 *
 * @module
 */
import type { GasQuote } from "../evm/chain_connection.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";

/** The calls that a person may ask for. */
export type MoneyCall = ChainCall & { readonly call: "transfer" | "faucet" | "send" };

/** What became of one. */
export interface MovedMoney {
  /** Of the transaction that is in a block; a replacement where the first one was stuck. */
  readonly hash: string;
  readonly blockNumber: number | null;
  readonly feeWei: bigint;
}

/** Moves money. */
export interface MoneyMover {
  /**
   * Signs, makes durable, broadcasts and waits until it is confirmed. Rejects with ChainError (priced before it is signed), SignerError
   * (recipient or ceiling), ChannelError `chain` when the chain is slow: it goes on by itself.
   *
   * @param passphrase The wallet's, for a recipient that the signer was not started with.
   */
  move(call: MoneyCall, passphrase?: string): Promise<MovedMoney>;
  /** What it would cost, if chain and ceilings allow it; nothing is signed. Rejects with ChainError, SignerError `ceiling`. */
  price(call: MoneyCall): Promise<GasQuote>;
}
