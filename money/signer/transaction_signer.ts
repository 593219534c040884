/**
 * The signer's interface for transactions (docs/money.md#keys). It encodes them itself from typed fields, only for the chains, contracts
 * and recipients on its allow list, and counts deposits, transfers and gas against its ceilings.
 *
 * @module
 */
import type { TransactionFields } from "../../protocols/evm/contract_call.ts";

/**
 * A signed transaction. It is stored before it is broadcast, and after a crash the same bytes are broadcast again (docs/money.md#channels).
 */
export interface SignedTransaction {
  /** `0x` and the bytes for `eth_sendRawTransaction`. */
  readonly raw: string;
  /** `0x` and 64 lowercase hex digits. */
  readonly hash: string;
  /** `0x` and 40 lowercase hex digits. */
  readonly from: string;
  /** The snapshot to commit with it, as with a claim. */
  readonly snapshot: { readonly counter: number; readonly sealed: Uint8Array };
}

/** Signs transactions of the payment key. */
export interface TransactionSigner {
  /**
   * Refuses with SignerError: `not_allowed` (chain, contract, token or recipient), `ceiling` (deposit, transfer, gas, total locked),
   * `nonce` (other bytes were signed for that account nonce, and this is not a replacement with a higher fee), `bad_field`. The same fields
   * always give the same bytes.
   */
  signTransaction(fields: TransactionFields): Promise<SignedTransaction>;
}
