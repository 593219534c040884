/**
 * Decides whether a buyer pays an invoice. Pure.
 *
 * @see docs/money.md#lightning
 * @module
 */
import type { Invoice } from "../../protocols/lightning/bolt11.ts";
import type { BitcoinNetwork } from "../../protocols/lightning/bitcoin_network.ts";

/** What the owner allows. */
export interface InvoiceRules {
  readonly network: BitcoinNetwork;
  /** The most that one invoice may ask, in millisatoshis. */
  readonly mostMsats: bigint;
  /** The most that is paid in a day (UTC), in millisatoshis, fees included. */
  readonly dayMsats: bigint;
}

/** Why an invoice is not paid. */
interface Misfit {
  readonly code:
    | "wrong_network"
    | "wrong_amount"
    | "invoice_expired"
    | "wrong_description"
    | "invoice_limit"
    | "day_limit";
  readonly message: string;
}

/** What is known when an invoice is to be paid. */
interface AskedPayment {
  readonly invoice: Invoice;
  /** What the provider's `amount` tag asks. */
  readonly askedMsats: bigint;
  /** SHA-256 hashes, hex, that the hash of a description may be. */
  readonly descriptions: readonly string[];
  /** What was paid, or may have been paid, today. */
  readonly todayMsats: bigint;
  readonly nowS: number;
}

/** A payment takes a moment. An invoice that expires sooner could end between two tries. */
const LEAST_LEFT_S = 10;
const SKEW_S = 300;

/** Null if it may be paid. */
export function misfitOf(
  { invoice, askedMsats, descriptions, todayMsats, nowS }: AskedPayment,
  { network, mostMsats, dayMsats }: InvoiceRules,
): Misfit | null {
  const { amountMsats, descriptionHash } = invoice;
  if (invoice.network !== network) {
    return misfit("wrong_network", `it is of the network ${invoice.network}, not ${network}`);
  }
  if (amountMsats === null || amountMsats !== askedMsats || askedMsats === 0n) {
    const is = amountMsats === null ? "names no amount" : `is for ${amountMsats} msats`;
    return misfit("wrong_amount", `the provider asks ${askedMsats} msats and the invoice ${is}`);
  }
  if (invoice.expiresAtS < nowS + LEAST_LEFT_S) {
    return misfit("invoice_expired", "it has expired");
  }
  if (invoice.createdAtS > nowS + SKEW_S) {
    return misfit("invoice_expired", "it is dated in the future");
  }
  if (descriptionHash !== null && !descriptions.includes(descriptionHash)) {
    return misfit("wrong_description", "its description hash is not the one of this request");
  }
  if (askedMsats > mostMsats) {
    return misfit(
      "invoice_limit",
      `${askedMsats} msats are above invoice_msats under [lightning], ${mostMsats}`,
    );
  }
  return todayMsats + askedMsats > dayMsats
    ? misfit(
      "day_limit",
      `with it, ${todayMsats + askedMsats} msats were paid today, above day_msats, ${dayMsats}`,
    )
    : null;
}

function misfit(code: Misfit["code"], message: string): Misfit {
  return { code, message };
}
