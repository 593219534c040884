/**
 * Makes an invoice with the home's Lightning wallet, for a provider.
 *
 * @see docs/money.md#lightning
 * @module
 */
import { InvoiceError, readInvoice } from "../../protocols/lightning/bolt11.ts";
import { type BitcoinNetwork } from "../../protocols/lightning/bitcoin_network.ts";
import { WalletConnectError } from "../../protocols/nostr/wallet_connect.ts";
import type { WalletClient } from "./wallet_client.ts";

/** What is asked of a buyer. */
interface AskedInvoice {
  /** In millisatoshis. */
  readonly amountMsats: bigint;
  readonly description: string;
  readonly expiryS: number;
}

/** An invoice that the wallet made, checked. */
interface MadeInvoice {
  readonly invoice: string;
  readonly paymentHash: string;
  readonly expiresAtS: number;
}

/** Makes invoices. */
export interface InvoiceMaker {
  /** Rejects with WalletConnectError if the wallet makes none, or another one. */
  makeInvoice(asked: AskedInvoice): Promise<MadeInvoice>;
}

const MAKE_MS = 20_000;

/** See {@link InvoiceMaker}. */
export async function makeInvoice(
  wallet: WalletClient,
  network: BitcoinNetwork,
  clock: () => number,
  { amountMsats, description, expiryS }: AskedInvoice,
): Promise<MadeInvoice> {
  const params = { amount: Number(amountMsats), description, expiry: expiryS };
  const answer = await wallet.ask("make_invoice", params, AbortSignal.timeout(MAKE_MS));
  if ("error" in answer) {
    throw new WalletConnectError("refused", `it makes no invoice: ${answer.error.code}`);
  }
  const { invoice } = answer.result;
  try {
    const read = readInvoice(typeof invoice === "string" ? invoice : "");
    const right = read.network === network && read.amountMsats === amountMsats &&
      read.expiresAtS > clock() / 1_000;
    if (right) {
      const { paymentHash, expiresAtS } = read;
      return { invoice: (invoice as string).toLowerCase(), paymentHash, expiresAtS };
    }
  } catch (cause) {
    if (!(cause instanceof InvoiceError)) throw cause;
    throw new WalletConnectError("wrong_invoice", "it made an invoice that cannot be read");
  }
  throw new WalletConnectError(
    "wrong_invoice",
    "it made an invoice of another network or amount, or one that has expired",
  );
}
