/**
 * What a signer promises about transactions (docs/money.md#keys): it encodes them itself from typed fields, only for the chain, contracts and
 * recipients on its allow-list, and counts deposits, transfers and gas against its ceilings.
 *
 * @module
 */
import type { TransactionFields } from "../../protocols/evm/contract_call.ts";

/** A signed transaction: durable before it is broadcast, and broadcast again as these bytes after a crash (docs/money.md#channels). */
export interface SignedTransaction {
  /** `0x` and the bytes for `eth_sendRawTransaction`. */
  readonly raw: string;
  /** `0x` and 64 lowercase hex digits. */
  readonly hash: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly from: string;
  /** To be committed with it, as with a claim. */
  readonly snapshot: { readonly counter: number; readonly sealed: Uint8Array };
}

/** Signs transactions of the payment key. */
export interface TransactionSigner {
  /**
   * Refuses with SignerError: `not_allowed` (chain, contract, token or recipient), `ceiling` (deposit, transfer, gas, total locked),
   * `nonce` (that account nonce was signed for other bytes with the same or a lower fee: only a replacement with a higher fee is
   * signed again), `bad_field`. The same fields again give the same bytes.
   */
  signTransaction(fields: TransactionFields): Promise<SignedTransaction>;
}
