/**
 * Reads what a packet would pay for: the signed request in its data, and the quote if one is paid. All checks of both happen here, before
 * any work.
 *
 * @module
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { contentOpening, fulfils } from "../protocols/ilp/condition.ts";
import type { Prepare } from "../protocols/ilp/packet.ts";
import type { NostrEvent } from "../protocols/nostr/event.ts";
import { EventError } from "../protocols/nostr/event_error.ts";
import type { EventVerifier } from "../protocols/nostr/verifier.ts";
import { ToonError } from "../protocols/toon/decode.ts";
import type { TerminalReject } from "../money/receiver/terminal.ts";
import type { Signer } from "../money/signer/signer.ts";
import { type Admission, type AdmissionRules, admit } from "./admission.ts";
import { InputError } from "./packing/input_error.ts";
import { isPrivate } from "../protocols/nostr/private_event.ts";
import { openRequest } from "./private_request.ts";
import { checkPaidQuote } from "./quotes/check_quote.ts";
import { type PaidRequest, readPaidRequest } from "../protocols/nostr/job_payment.ts";
import { type Quote, QuoteError, readQuote } from "../protocols/nostr/job_quote.ts";
import type { Quoting } from "./quotes/quoting.ts";

/** What reading a payment needs. */
export interface PaymentReader {
  /** Called for each packet, because prices and lists may change while the provider runs. */
  readonly rules: () => AdmissionRules;
  /** Computes fulfilments, and decrypts private requests. */
  readonly signer: Pick<Signer, "packetFulfilments" | "decrypt">;
  /** Verifies id and signature of request and quote. */
  readonly verifier: EventVerifier;
  /** Makes quotes. Without it only the announced price can be paid. */
  readonly quoting?: Quoting;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
}

/** What a packet would pay for. */
export interface Payment {
  readonly event: NostrEvent;
  /** The request's bytes as they will be stored. */
  readonly bytes: Uint8Array;
  /** The admitted request. If a quote is paid, its price is the amount that the quote asks before the job runs. */
  readonly admission: Extract<Admission, { priceUnits: bigint }>;
  /** The quote that is paid. Null if the announced price is paid. */
  readonly quote: Quote | null;
  /** The signed quote as it was received. Null if the announced price is paid. */
  readonly signedQuote: NostrEvent | null;
}

type Read = Payment | { readonly reject: TerminalReject };

/**
 * Reads and checks a payment. With `timely` false, the checks that depend on time are left out, because the packet passed them when it was
 * held.
 */
export function readPayment(prepare: Prepare, options: PaymentReader, timely = true): Read {
  let paid: PaidRequest;
  try {
    paid = readPaidRequest(prepare.data);
  } catch (error) {
    if (!(error instanceof EventError || error instanceof ToonError)) throw error;
    return { reject: refusal("F06", "malformed", `the data is not a request: ${error.message}`) };
  }
  const { request: event, bytes } = paid;
  const verdict = options.verifier.verify(event);
  if (verdict !== "ok") {
    return { reject: refusal("F06", verdict, "the request's id or signature is wrong") };
  }
  // A request that was in time when it was held stays valid.
  const nowMs = timely ? options.clock() : event.created_at * 1000;
  const admission = admit(event, bytes.length, options.rules(), nowMs);
  if ("fault" in admission) {
    return { reject: refusal("F99", admission.fault, admission.message) };
  }
  if (paid.quote === null) return { event, bytes, admission, quote: null, signedQuote: null };
  try {
    const quote = paidQuote(paid.quote, event, options, Math.floor(nowMs / 1_000));
    const priceUnits = quote.depositUnits;
    return {
      event,
      bytes,
      admission: { ...admission, priceUnits },
      quote,
      signedQuote: paid.quote,
    };
  } catch (error) {
    if (!(error instanceof QuoteError)) throw error;
    return { reject: refusal("F99", error.code, error.message) };
  }
}

/** The request in the data of a payment, whose signature is not checked; null if there is none. */
export function requestIn(data: Uint8Array): NostrEvent | null {
  try {
    return readPaidRequest(data).request;
  } catch (error) {
    if (!(error instanceof EventError || error instanceof ToonError)) throw error;
    return null;
  }
}

/** The quote in the payment. It must have this provider's signature, be for this request, and not be expired. Throws QuoteError. */
function paidQuote(
  signed: NostrEvent,
  request: NostrEvent,
  { rules, verifier, quoting }: PaymentReader,
  nowS: number,
): Quote {
  if (quoting === undefined) throw new QuoteError("foreign_quote", "no quotes are given here");
  if (verifier.verify(signed) !== "ok") {
    throw new QuoteError("bad_quote", "the quote's id or signature is wrong");
  }
  const quote = readQuote(signed);
  checkPaidQuote(quote, request, { pubkey: rules().pubkey, nowS });
  return quote;
}

/** Reads and checks a payment, and also decrypts an encrypted request and checks it, before the payment is accepted. */
export async function readOpenPayment(prepare: Prepare, options: PaymentReader): Promise<Read> {
  const read = readPayment(prepare, options);
  if ("reject" in read || !isPrivate(read.event)) return read;
  try {
    const open = await openRequest(read.event, options.signer);
    const size = read.bytes.length;
    const admission = admit(read.event, size, options.rules(), options.clock(), open);
    if ("fault" in admission) {
      return { reject: refusal("F99", admission.fault, admission.message) };
    }
    // The price of the quote counts, even if the announced price has changed.
    const priceUnits = read.quote?.depositUnits ?? admission.priceUnits;
    return { ...read, admission: { ...admission, priceUnits } };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { reject: refusal("F99", error.code, error.message) };
  }
}

/**
 * The fulfilment of the packet's condition. Null if there is none. On the crosstown wire the content gives it. If a quote is paid, the
 * quote's receipt is tried. Otherwise it is a value that only buyer and provider can compute.
 */
export async function opening(
  { data, condition }: Prepare,
  { event: { id, pubkey }, quote }: Payment,
  { signer, quoting }: Pick<PaymentReader, "signer" | "quoting">,
): Promise<Uint8Array | null> {
  const content = contentOpening(data, condition);
  if (content !== null) return content;
  // The condition of an on-delivery quote is the key to the sealed result, which must not be given for the deposit.
  if (quote !== null && quote.mode !== "on-delivery" && quoting !== undefined) {
    const receipt = await quoting.receipt(id);
    if (fulfils(receipt, condition)) return receipt;
  }
  const [own] = await signer.packetFulfilments([{ peer: pubkey, dataSha256: sha256(data) }]);
  return fulfils(own, condition) ? own : null;
}

/** A refusal whose data states the reason for programs. */
export function refusal(code: string, reason: string, message: string): TerminalReject {
  return { code, message, data: refusalData({ code: reason, message }) };
}

/** JSON in the data of an answer. */
export function refusalData(value: object): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
