/**
 * Money that a person moves outside of channels. It uses the same transaction lane as the channels, so no two transactions share an account
 * nonce and a crash loses none.
 *
 * @module
 */
import type { GasQuote } from "../evm/chain_connection.ts";
import type { ChainCall } from "../../protocols/evm/contract_call.ts";

/** The calls that a person may request. */
export type MoneyCall = ChainCall & { readonly call: "transfer" | "faucet" | "send" };

/** The result of such a call. */
export interface MovedMoney {
  /** The hash of the confirmed transaction. It is a replacement's hash if the first transaction was stuck. */
  readonly hash: string;
  readonly blockNumber: number | null;
  readonly feeWei: bigint;
}

/** Moves money. */
export interface MoneyMover {
  /**
   * Signs, stores, broadcasts and waits until the transaction is confirmed. Rejects with ChainError (the price is known before it is
   * signed), SignerError (recipient or ceiling), or ChannelError `chain` if the chain is slow; then it continues automatically.
   *
   * @param passphrase The wallet's passphrase, needed for a recipient that the signer does not allow yet.
   */
  move(call: MoneyCall, passphrase?: string): Promise<MovedMoney>;
  /** The cost of the call, if chain and ceilings allow it. Nothing is signed. Rejects with ChainError, SignerError `ceiling`. */
  price(call: MoneyCall): Promise<GasQuote>;
}
